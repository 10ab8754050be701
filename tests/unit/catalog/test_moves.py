"""What moves is not deleted: renamed repositories and files, entities that go from one file to another."""

from collections.abc import AsyncIterator
from operator import itemgetter
from pathlib import Path

import pytest

from cuelight.catalog import Applied, Brake, Cause, apply
from cuelight.catalog.ownership.moves import ANY_MOVING
from cuelight.catalog.tables import CHANGES, CONFLICTS, DELETIONS, REFRESH_REFERENCES
from cuelight.clock import ManualClock
from tests.database import database
from tests.unit.catalog.world import World, component, given, location, locations, world, yaml

OLD = "https://host/o/old/blob/main/catalog-info.yaml"
NEW = "https://host/o/new/blob/main/catalog-info.yaml"
OTHER = "https://host/o/other/blob/main/catalog-info.yaml"
PAY = "component:default/pay"


@pytest.fixture
async def braked(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, brake=Brake()) as made:
        yield made


def ref_of(target: str) -> str:
    return f"location:default/{location(target).entity['metadata']['name']}"


async def actions(catalog: World, ref: str = PAY) -> list[str]:
    rows = await catalog.rows(CHANGES, entity_ref=ref)
    return [row["action"] for row in sorted(rows, key=itemgetter("sequence"))]


async def states(catalog: World) -> list[str]:
    return sorted(row["state"] for row in await catalog.rows(DELETIONS))


async def rename(catalog: World, *, files: bool = True) -> None:
    """Have what was at OLD be at NEW, as a renamed repository is."""
    if files:
        catalog.files.held[NEW] = catalog.files.held.pop(OLD)
    await catalog.give(location(NEW), removed=[ref_of(OLD)])


async def test_a_renamed_location_takes_its_entities_along(braked: World):
    braked.files.held[OLD] = yaml(component("pay"))
    await braked.give(location(OLD))
    await rename(braked)
    assert set(await braked.finals()) == {ref_of(NEW), PAY}
    assert await actions(braked) == ["created", "updated"]
    assert await braked.rows(CONFLICTS) == []


async def test_a_rename_of_everything_is_no_deletion_and_brakes_nothing(braked: World):
    braked.files.held[OLD] = yaml(*(component(f"c{number}") for number in range(40)))
    await braked.give(location(OLD))
    await rename(braked)
    assert len(await braked.finals()) == 41
    assert await states(braked) == ["moved"]


async def test_many_renames_in_one_hour_brake_nothing(braked: World):
    for number in range(20):
        braked.files.held[f"{OLD}{number}"] = yaml(component(f"c{number}"))
    await braked.give(*(location(f"{OLD}{number}") for number in range(20)))
    for number in range(20):
        braked.files.held[f"{NEW}{number}"] = braked.files.held.pop(f"{OLD}{number}")
        await braked.give(location(f"{NEW}{number}"), removed=[ref_of(f"{OLD}{number}")])
    assert len(await braked.finals()) == 40
    assert await states(braked) == ["moved"] * 20


async def test_nested_locations_are_waited_for_too(braked: World):
    braked.files.held |= {OLD: yaml(locations("in", OTHER)), OTHER: yaml(component("pay"))}
    await braked.give(location(OLD))
    await rename(braked)
    assert await actions(braked) == ["created", "updated"]
    assert await actions(braked, "location:default/in") == ["created", "updated"]


async def test_what_a_rename_loses_is_deleted(braked: World):
    braked.files.held[OLD] = yaml(component("pay"), component("ship"))
    await braked.give(location(OLD))
    braked.files.held[NEW] = yaml(component("ship"))
    await rename(braked, files=False)
    assert set(await braked.finals()) == {ref_of(NEW), "component:default/ship"}
    assert await actions(braked) == ["created", "deleted"]


async def test_a_rename_that_loses_too_much_is_held_back(braked: World):
    braked.files.held[OLD] = yaml(*(component(f"c{number}") for number in range(40)))
    await braked.give(location(OLD))
    await rename(braked, files=False)
    assert len(await braked.finals()) == 41
    (row,) = await braked.rows(DELETIONS)
    assert (row["state"], row["entities"]) == ("held", 41)


@pytest.mark.parametrize(("others", "state"), [(8, "held"), (13, "done")])
async def test_what_a_rename_loses_is_counted_once(braked: World, others: int, state: str):
    braked.files.held[OLD] = yaml(*(component(f"c{number}") for number in range(40)))
    await braked.give(location(OLD), *(given(f"o{number}") for number in range(others)))
    braked.files.held[NEW] = yaml(*(component(f"c{number}") for number in range(30)))
    await rename(braked, files=False)
    assert set(await states(braked)) == {state}


@pytest.mark.parametrize("order", [1, -1])
async def test_an_entity_that_goes_from_one_file_to_another_is_updated(braked: World, order: int):
    braked.files.held |= {OLD: yaml(component("pay")), NEW: yaml(component("ship"))}
    await braked.give(*[location(OLD), location(NEW)][::order])
    braked.files.held |= {OLD: yaml(component("ship")), NEW: yaml(component("pay"))}
    await braked.touch(*[OLD, NEW][::order])
    assert await actions(braked) == ["created", "updated"]
    assert await actions(braked, "component:default/ship") == ["created", "updated"]
    assert await states(braked) == []


async def test_what_goes_alone_goes_at_once(braked: World):
    await braked.give(given("pay"), given("ship"))
    cause = braked.cause()
    assert await braked.db.transact(lambda tx: apply(tx, "p", (), [PAY], cause)) == Applied(deleted=1)


async def test_what_moved_when_the_process_died_is_decided_by_the_next(tmp_path: Path):
    async with world(tmp_path, brake=Brake()) as before:
        before.files.held[OLD] = yaml(component("pay"))
        await before.give(location(OLD))
    async with database(tmp_path, ManualClock()) as db:
        cause = Cause(id="cut short", at=0)
        applied = await db.transact(lambda tx: apply(tx, "p", [location(NEW)], [ref_of(OLD)], cause))
        assert applied == Applied(moving=2)
        assert await db.get(ANY_MOVING) is not None
    async with world(tmp_path, brake=Brake()) as after:
        after.files.held[NEW] = yaml(component("pay"))
        await after.engine.settled()
        assert await actions(after) == ["created", "updated"]
        assert [row["source"] for row in await after.rows(REFRESH_REFERENCES, target_ref=PAY)] == [
            f"entity:{ref_of(NEW)}"
        ]
