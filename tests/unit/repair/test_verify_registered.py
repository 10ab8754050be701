"""What somebody registered over the API is verified like everything else."""

import pytest
from sqlalchemy import delete

from cuelight.catalog import StaticLocation
from cuelight.catalog.registered import register
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Statement
from tests.integration.repositories.world import World, component
from tests.unit.repair.test_verify_doubts import verified

TARGET = "https://github.com/others/tool/blob/main/catalog-info.yaml"
ABSENT = "https://github.com/others/tool/blob/main/nothing.yaml"


@pytest.fixture
async def tool(world: World) -> World:
    """A world with a repository that no provider has."""
    world.host.add("tool", {"catalog-info.yaml": component("tool")}, owner="others")
    return world


async def registered(world: World, target: str) -> str:
    """Register *target*, and do what follows; the ref of its entity."""
    made = await register(world.db, StaticLocation(type="url", target=target))
    await world.settle()
    await world.work()
    return made.entity_ref


async def test_a_location_that_is_served_needs_no_explanation(tool: World, hurried):
    await registered(tool, TARGET)
    report = await verified(tool, hurried)
    assert (report.drift, report.explained) == ([], [])


async def test_a_location_of_which_nothing_reads_needs_no_explanation(tool: World, hurried):
    await registered(tool, ABSENT)
    report = await verified(tool, hurried)
    assert (report.drift, report.explained) == ([], [])


async def test_a_location_that_is_not_served_is_drift(tool: World, hurried):
    ref = await registered(tool, TARGET)
    lost = Statement(delete(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == ref))
    await tool.db.transact(lambda tx: tx.execute(lost))
    assert [item.subject for item in (await verified(tool, hurried)).drift] == [ref]
