"""A repository that goes from one configured owner to another: its entities are never absent, and nobody counts them."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from cuelight.catalog import Rules
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.worker import Worker
from cuelight.catalog.processing.writing import Register
from cuelight.catalog.tables import DELETIONS
from cuelight.clock import ManualClock
from cuelight.db import Statement
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Sweeper
from cuelight.repositories import RepositoryReader
from cuelight.scm import Repository, Scope
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ENTITIES, ROWS, World, component, location

GONE = Statement(select(DELETIONS))
R0 = "component:default/r0"


class Other(MemoryProvider):
    """A second provider, of what belongs to `other`."""

    name = "memory-provider:other"
    scope = Scope(owner="other")

    def excluded(self, repository: Repository) -> str | None:
        is_its = repository.full_name.startswith("other/")
        return None if is_its else f"{repository.full_name} does not belong to other"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, MemoryProvider(), Other())


async def loaded(world: World, count: int) -> list[str]:
    ids = [world.host.add(f"r{n}", {"catalog-info.yaml": component(f"r{n}")}) for n in range(count)]
    await world.scan()
    await world.work()
    return ids


async def transfer(world: World, repositories: Sequence[str], *, told: bool = True) -> None:
    for each in repositories:
        old = world.host.known[each]
        named = {name: getattr(old, name).replace("acme/", "other/") for name in ("full_name", "web_url")}
        world.host.known[each] = msgspec.structs.replace(old, **named)
        if told:
            await world.event(each, "transferred")


async def look(world: World, *, first: str) -> list[bool]:
    """Look at what is due, the rows of provider *first* before others, and process nothing; if R0 is there after each look."""
    seen = []
    claims = await world.reconciler.claim(10)
    for claim in sorted(claims, key=lambda each: each.tracked.provider != first):
        await world.reconciler.handle(claim)
        seen.append(R0 in await world.refs())
    return seen


async def process(world: World) -> None:
    """Process what is due, and nothing of what comes of it."""
    reader = RepositoryReader(world.registry)
    pipeline = Pipeline(find_processors(Ingredients(urls=world.registry.urls_of)))
    worker = Worker(world.db, pipeline, reader, Rules(), Register(reader, keep_orphans=False))
    for batch in await worker.claim(1):
        await worker.handle(batch)


async def uids(world: World) -> dict[str, str]:
    entities = [msgspec.json.decode(row["entity"]) for row in await world.rows(ENTITIES)]
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in entities if each["kind"] == "Component"}


async def passed(world: World) -> None:
    """Some minutes, with all that is due within them."""
    for _ in range(4):
        await world.work()
        world.clock.advance(70)


async def test_what_a_transferred_repository_holds_is_there_after_every_step(world: World):
    await transfer(world, await loaded(world, 2))
    seen = []
    while claims := await world.reconciler.claim(1):
        for claim in claims:
            await world.reconciler.handle(claim)
            await world.settle()
            seen.append(R0 in await world.refs())
    assert seen
    assert all(seen)


async def test_what_its_new_owner_took_up_stays_until_the_catalog_has_it_from_there(world: World):
    await transfer(world, await loaded(world, 2))
    assert await look(world, first=Other.name) == [True] * 4


async def test_what_a_location_of_its_new_owner_names_stays_until_the_catalog_has_it_from_there(world: World):
    (repository, _) = await loaded(world, 2)
    world.host.commit(repository, {"catalog-info.yaml": location("./r0.yaml"), "r0.yaml": component("r0")})
    await transfer(world, [repository])
    seen = []
    for _ in range(8):
        seen += await look(world, first=Other.name)
        await process(world)
        world.clock.advance(3)
    await passed(world)
    assert (all(seen), await world.drift()) == (True, [])


async def test_what_was_transferred_a_while_ago_is_there_after_every_step(world: World):
    await transfer(world, await loaded(world, 2))
    world.clock.advance(600)
    assert await look(world, first=MemoryProvider.name) == [True] * 4


async def test_a_transfer_that_only_a_sweep_finds_is_taken_up_before_it_is_let_go_of(world: World):
    await transfer(world, await loaded(world, 2), told=False)
    await Sweeper(world.db, world.registry, world.clock).sweep()
    seen = [there for _ in range(4) for there in await look(world, first=MemoryProvider.name)]
    await passed(world)
    assert (all(seen), await world.refs(), await world.drift()) == (True, [R0, "component:default/r1"], [])


async def test_the_old_owner_s_row_lets_go_in_the_end(world: World):
    await transfer(world, await loaded(world, 1))
    await passed(world)
    stood = {row["provider"]: row["status"] for row in await world.rows(ROWS)}
    assert stood == {"memory-provider:default": "excluded", "memory-provider:other": "tracked"}


async def test_what_a_transferred_repository_holds_keeps_its_uid(world: World):
    ids = await loaded(world, 2)
    before = await uids(world)
    await transfer(world, ids)
    await passed(world)
    assert await uids(world) == before


async def test_many_transferred_repositories_hold_nothing_back(world: World):
    await transfer(world, await loaded(world, 12))
    await passed(world)
    assert {row["state"] for row in await world.rows(GONE)} == {"moved"}
    assert (len(await world.refs()), await world.drift()) == (12, [])


async def test_a_new_owner_that_nobody_looks_at_is_waited_for_a_minute_at_most(world: World):
    (repository, _) = await loaded(world, 2)
    await transfer(world, [repository])
    for _ in range(2):
        for claim in await world.reconciler.claim(10):
            if claim.tracked.provider == "memory-provider:default":
                await world.reconciler.handle(claim)
        world.clock.advance(61)
    stood = {(row["provider"], row["status"]) for row in await world.rows(ROWS) if row["host_id"] == repository}
    assert stood == {("memory-provider:default", "excluded"), ("memory-provider:other", "candidate")}
