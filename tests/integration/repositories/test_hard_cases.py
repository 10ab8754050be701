"""Histories in which several things go together: names that move on, access that comes and goes, replicas that lag."""

import asyncio
from typing import ClassVar

import msgspec
import pytest
from sqlalchemy import select

from cuelight.catalog import CatalogEngine
from cuelight.catalog.tables import DELETIONS
from cuelight.db import Statement
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Sweeper
from cuelight.repositories import Reconciler, Recorder, Registry, RepositoryReader
from cuelight.scm import Repository
from cuelight.telemetry import Metrics
from tests.integration.repositories.host import HOST, MemoryHost, MemoryIntegration, MemoryProvider
from tests.integration.repositories.world import FILES, World, component, location

REST = 40
"""Reconciles after which a world that has not come to rest never will."""
DOCUMENT = "https://github.com/{}/blob/{}/docs/x.yaml"
STATES = Statement(select(DELETIONS.c.state))


class Redirecting(MemoryHost):
    """A host that follows renames."""

    moved: ClassVar[dict[str, str]] = {"stranger/x": "stranger/y"}

    def _named(self, full_name: str) -> Repository | None:
        return super()._named(self.moved.get(full_name.lower(), full_name))


def change(world: World, repository: str, **facts: object) -> Repository:
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], **facts)
    return world.host.known[repository]


def lost(world: World, repository: str) -> None:
    """The repository is deleted, and its name is free."""
    change(world, repository, full_name="-/-")
    world.host.hidden.add(repository)


async def sweep(world: World) -> None:
    async def passing() -> None:
        while True:
            await asyncio.sleep(0)
            world.clock.advance(1)

    time = asyncio.create_task(passing())
    try:
        await Sweeper(world.db, world.registry, world.clock).sweep()
    finally:
        time.cancel()


async def work(world: World) -> None:
    """Work until rest, which has to come."""
    count = 0
    while claims := await world.reconciler.claim(10):
        for claim in claims:
            await world.reconciler.handle(claim)
        count += len(claims)
        assert count < REST, f"{count} reconciles, and no rest"
        await world.settle()


async def scanned(world: World) -> None:
    world.clock.advance(10)
    await world.scan()
    await work(world)


async def swept(world: World) -> None:
    """Let a sweep and a scan find what is to be found."""
    for _ in range(2):
        world.clock.advance(120)
        await sweep(world)
        await work(world)
        await scanned(world)


async def test_a_file_that_was_asked_for_while_access_was_away_is_read_afterwards(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("a"), "docs/x.yaml": component("x")})
    await scanned(world)
    world.host.hidden.add(a)
    world.host.add("b", {"catalog-info.yaml": location(DOCUMENT.format("acme/a", "main"))})
    await scanned(world)
    world.host.hidden.clear()
    await swept(world)
    assert "component:default/x" in await world.refs()


async def test_a_file_that_was_asked_for_while_access_was_away_is_not_taken_for_absent_by_the_next_push(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("a"), "docs/x.yaml": component("x")})
    await scanned(world)
    world.host.hidden.add(a)
    world.host.add("b", {"catalog-info.yaml": location(DOCUMENT.format("acme/a", "main"))})
    await scanned(world)
    world.host.hidden.clear()
    await world.push_of(a, {"catalog-info.yaml": component("a", "other"), "docs/x.yaml": component("x")})
    await work(world)
    states = {row["path"]: row["state"] for row in await world.rows(FILES)}
    assert states["docs/x.yaml"] == "present"


async def test_a_provider_that_got_another_id_shows_what_is_pushed(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("a", "one")})
    await scanned(world)
    other = MemoryProvider("catalog-info.yaml", "services/*/catalog-info.yaml")
    other.name = "memory-provider:main"
    world.registry = Registry([MemoryIntegration(world.host, (other,))])
    world.reconciler = Reconciler(world.db, world.registry, world.clock, Metrics())
    world.recorder = Recorder(world.registry.providers)
    processors = find_processors(Ingredients(urls=world.registry.urls_of))
    world.engine = CatalogEngine(world.db, world.clock, RepositoryReader(world.registry), processors)
    await scanned(world)
    await world.push_of(a, {"catalog-info.yaml": component("a", "two")})
    await work(world)
    assert await world.owner("component:default/a") == "two"


async def test_a_location_by_a_former_name_is_read_and_comes_to_rest(world: World):
    world.host.__class__ = Redirecting
    world.host.add("y", {"docs/x.yaml": component("x")}, owner="stranger")
    world.host.add("c", {"catalog-info.yaml": location(DOCUMENT.format("stranger/x", "main"))})
    await scanned(world)
    assert "component:default/x" in await world.refs()


async def test_a_location_into_a_repository_that_was_made_again_is_read(world: World):
    x = world.host.add("x", {"docs/x.yaml": component("x", "old")}, owner="stranger")
    world.host.add("c", {"catalog-info.yaml": location(DOCUMENT.format("stranger/x", "main"))})
    await scanned(world)
    lost(world, x)
    world.host.add("x", {"docs/x.yaml": component("x", "new")}, owner="stranger")
    await swept(world)
    assert await world.owner("component:default/x") == "new"


async def test_a_wanted_file_of_a_provider_s_repository_that_was_made_again_is_read(world: World):
    x = world.host.add("x", {"catalog-info.yaml": component("d"), "docs/x.yaml": component("x", "old")})
    world.host.add("c", {"catalog-info.yaml": location(DOCUMENT.format("acme/x", "main"))})
    await scanned(world)
    told = world.host.known[x]
    lost(world, x)
    await world.event(x, "deleted", repository=told)
    await work(world)
    world.host.add("x", {"catalog-info.yaml": component("d"), "docs/x.yaml": component("x", "new")})
    await scanned(world)
    assert await world.owner("component:default/x") == "new"


async def test_a_location_at_a_branch_that_ceases_to_be_the_default_one_stays_live(world: World):
    files = {"catalog-info.yaml": component("a"), "docs/x.yaml": component("x", "one")}
    a = world.host.add("a", files)
    world.host.add("c", {"catalog-info.yaml": location(DOCUMENT.format("acme/a", "main"))})
    await scanned(world)
    world.host.commit(a, files, branch="develop")
    await world.event(a, "edited", repository=change(world, a, default_branch="develop"))
    await work(world)
    await world.push(a, world.host.commit(a, {**files, "docs/x.yaml": component("x", "two")}))
    await work(world)
    assert await world.owner("component:default/x") == "two"


async def test_a_location_without_a_branch_follows_the_default_branch(world: World):
    x = world.host.add("x", {"docs/x.yaml": component("x", "one")}, owner="stranger")
    world.host.add("c", {"catalog-info.yaml": location(DOCUMENT.format("stranger/x", "HEAD"))})
    await scanned(world)
    world.host.commit(x, {"docs/x.yaml": component("x", "two")}, branch="develop")
    change(world, x, default_branch="develop")
    await swept(world)
    assert await world.owner("component:default/x") == "two"


async def test_files_that_move_in_large_numbers_are_neither_deleted_nor_held_back(world: World):
    a = world.host.add("a", {f"services/a{i}/catalog-info.yaml": component(f"s{i}") for i in range(250)})
    await scanned(world)
    world.clock.advance(7200)
    world.host.commit(a, {f"services/b{i}/catalog-info.yaml": component(f"s{i}") for i in range(250)})
    await world.push(a, world.host.heads_at[a, "main"])
    await work(world)
    assert {row["state"] for row in await world.rows(STATES)} <= {"moved"}


async def test_a_name_that_a_newcomer_took_over_is_the_newcomer_s(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("one")})
    await scanned(world)
    change(world, a, full_name="acme/old", web_url=f"https://{HOST}/acme/old")
    b = world.host.add("a", {"catalog-info.yaml": component("two")})
    await world.push(b, world.host.heads_at[b, "main"])
    await work(world)
    await scanned(world)
    assert await world.refs() == ["component:default/one", "component:default/two"]


async def test_a_push_to_a_branch_that_is_made_again_is_waited_for(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("a", "one")})
    await scanned(world)
    after = world.host.commit(a, {"catalog-info.yaml": component("a", "two")})
    del world.host.heads_at[a, "main"]  # it was deleted in between, and a replica has only seen that
    await world.push(a, after)
    await work(world)
    world.host.heads_at[a, "main"] = after
    world.clock.advance(10)
    await work(world)
    assert await world.owner("component:default/a") == "two"


async def test_the_second_of_two_pushes_that_came_first_is_waited_for(world: World):
    a = world.host.add("a", {"catalog-info.yaml": component("a", "one")})
    await scanned(world)
    first = world.host.commit(a, {"catalog-info.yaml": component("a", "two")})
    second = world.host.commit(a, {"catalog-info.yaml": component("a", "three")})
    world.host.heads_at[a, "main"] = first
    await world.push(a, second)
    await world.push(a, first)
    await work(world)
    world.host.heads_at[a, "main"] = second
    world.clock.advance(10)
    await work(world)
    assert await world.owner("component:default/a") == "three"


class TestDeclared:
    @pytest.fixture
    def provider(self) -> MemoryProvider:
        return MemoryProvider("**/*.{yaml,yml}", declared=True)

    async def test_a_wanted_file_that_nobody_names_any_more_does_not_stop_its_repository(self, world: World):
        values = {"values.yaml": "replicas: 3\n"}
        a = world.host.add("a", {**values, "all.yaml": location("./values.yaml"), "c.yaml": component("c", "o0")})
        await scanned(world)
        for number in range(1, 4):
            world.clock.advance(100)
            await sweep(world)
            await world.push_of(a, {**values, "c.yaml": component("c", f"o{number}")})
            await work(world)
        assert await world.owner("component:default/c") == "o3"
