"""What a verification must not take on trust: lists that cannot be read, claims, our own bytes, providers that are gone."""

import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from cuelight.catalog import CatalogEngine, Cause, refresh_entity
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.clock import ManualClock
from cuelight.db import Database, Statement
from cuelight.errors import HostDenied
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Options, Run, Verifier
from cuelight.repair.verification import Report
from cuelight.repositories import RepositoryReader
from cuelight.repositories.tables import SOURCES
from cuelight.scm import Repository, Scope
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import World, component

FILE = "catalog-info.yaml"
REF = "component:default/shop"
RUN = Run(
    id="verify:1",
    kind="verify",
    state="running",
    options=Options(),
    asked_by="test",
    requested_at=0,
    started_at=0,
    finished_at=None,
    attempts=1,
    progress=None,
    result=None,
    error=None,
)


async def verified(world: World, hurried) -> Report:
    def engine(db: Database) -> CatalogEngine:
        processors = find_processors(Ingredients(urls=world.registry.urls_of))
        return CatalogEngine(db, world.clock, RepositoryReader(world.registry), processors)

    return await Verifier(world.db, world.registry, hurried, engine).verify(RUN, lambda _progress: None)


async def looked_at(world: World) -> None:
    await world.scan()
    await world.work()


async def change(world: World, statement: Any) -> None:
    await world.db.transact(lambda tx: tx.execute(Statement(statement)))


async def alter(world: World, ref: str, **spec: str) -> None:
    """Serve *ref* with other values in its spec than those that it has."""
    rows = await world.rows(Statement(select(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == ref)))
    entity = json.loads(rows[0]["entity"])
    altered = json.dumps({**entity, "spec": {**entity["spec"], **spec}})
    await change(world, update(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == ref).values(entity=altered))


@pytest.fixture
async def contested(world: World) -> World:
    """A world where two repositories claim the shop."""
    for owner in ("a", "b"):
        world.host.add(owner, {FILE: component("shop", owner=owner)})
    await looked_at(world)
    return world


async def denied(_scope: Scope) -> AsyncIterator[Repository]:
    for _ in range(1):
        raise HostDenied("the token may not list the organisation")
    yield Repository(host="", id="", full_name="", web_url="")


async def test_a_list_that_cannot_be_read_is_unknown(world: World, hurried):
    world.host.add("shop", {FILE: component("shop")})
    await looked_at(world)
    world.host.add("new", {FILE: component("new")})
    world.host.repositories = denied  # type: ignore[method-assign, assignment]
    coverage = (await verified(world, hurried)).coverage
    assert (coverage.checked, coverage.unknown_count, coverage.unlisted) == (1, 1, ("memory-provider:default",))
    assert [(each.repository, each.reason) for each in coverage.unknown] == [
        (
            "memory-provider:default",
            "the list of memory-provider:default could not be read: the token may not list the organisation",
        )
    ]


async def test_a_contested_entity_that_is_not_served_is_drift(contested: World, hurried):
    await change(contested, delete(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == REF))
    assert [item.subject for item in (await verified(contested, hurried)).drift] == [REF]


async def test_a_contested_entity_that_none_of_its_claimants_gives_is_drift(contested: World, hurried):
    await alter(contested, REF, owner="nobody")
    assert [item.subject for item in (await verified(contested, hurried)).drift] == [REF]


async def test_a_contested_entity_with_what_the_other_claimant_says_is_drift(contested: World, hurried):
    await alter(contested, REF, owner="b" if await contested.owner(REF) == "a" else "a")
    assert [item.subject for item in (await verified(contested, hurried)).drift] == [REF]


async def test_content_that_is_not_that_of_its_blob_is_not_believed(world: World, hurried):
    world.host.add("shop", {FILE: component("shop")})
    await looked_at(world)
    await change(world, update(SOURCES).values(content=zlib.compress(component("shop", "altered").encode())))
    await world.db.transact(lambda tx: refresh_entity(tx, REF, Cause(id="test", at=tx.now())))
    await world.settle()
    assert [item.subject for item in (await verified(world, hurried)).drift] == [REF]


class Others(MemoryProvider):
    """Implements `cuelight.scm.Provider` for owner other."""

    name = "memory-provider:others"
    scope = Scope(owner="other")

    def excluded(self, repository: Repository) -> str | None:
        return None if repository.full_name.startswith("other/") else f"{repository.full_name} does not belong to other"


class Renamed(MemoryProvider):
    """The same, under another id."""

    name = "memory-provider:renamed"


def configured_anew(world: World, provider: MemoryProvider) -> World:
    """*world* after a restart with no provider but *provider*."""
    now = World(world.db, world.clock, provider)
    now.host.__dict__.update(world.host.__dict__)
    return now


async def test_what_a_provider_gave_that_is_configured_no_more_is_explained(
    tmp_path: Path, clock: ManualClock, hurried
):
    async with database(tmp_path, clock) as db:
        before = World(db, clock, MemoryProvider(FILE), Others(FILE))
        before.host.add("shop", {FILE: component("shop")})
        before.host.add("lib", {FILE: component("lib")}, owner="other")
        await looked_at(before)
        report = await verified(configured_anew(before, MemoryProvider(FILE)), hurried)
    assert report.drift == []
    assert [item.explained_by for item in report.explained if item.subject.startswith("location:")] == [
        "provider memory-provider:others is no longer in the configuration; what came from it stays"
    ]


async def test_what_outlives_its_file_for_the_old_id_of_a_provider_is_explained(
    tmp_path: Path, clock: ManualClock, hurried
):
    async with database(tmp_path, clock) as db:
        before = World(db, clock, MemoryProvider(FILE))
        shop = before.host.add("shop", {FILE: component("shop")})
        before.host.add("keep", {FILE: component("keep")})
        await looked_at(before)
        now = configured_anew(before, Renamed(FILE))
        await looked_at(now)
        await now.push(shop, now.host.commit(shop, {"README.md": "moved"}))
        await now.work()
        report = await verified(now, hurried)
    assert report.drift == []
    assert [item.explained_by for item in report.explained] == [
        "provider memory-provider:default is no longer in the configuration; what came from it stays"
    ]
