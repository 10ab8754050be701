"""Two providers that take the repositories of one owner: each has rows of its own, and they may want the same file."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cuelight.clock import ManualClock
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import FILES, World, component


class Teams(MemoryProvider):
    """A second provider of acme; it leaves out what has the topic `solo`."""

    name = "memory-provider:teams"

    def excluded(self, repository) -> str | None:
        return "its topics leave it to others" if "solo" in repository.topics else super().excluded(repository)


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[World]:
    """Each takes a path of its own."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, MemoryProvider("catalog-info.yaml"), Teams("team.yaml"))


@pytest.fixture
async def alike(tmp_path: Path) -> AsyncIterator[World]:
    """Both take the same path, and the second one comes first: its repository was signalled before."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, Teams("catalog-info.yaml"), MemoryProvider("catalog-info.yaml"))


async def test_one_push_reaches_both(apart: World):
    shop = apart.host.add("shop", {"catalog-info.yaml": component("shop"), "team.yaml": component("team")})
    await apart.scan()
    await apart.work()
    await apart.push_of(shop, {"catalog-info.yaml": component("shop", "next"), "team.yaml": component("team", "next")})
    await apart.work()
    assert (await apart.owner("component:default/shop"), await apart.owner("component:default/team")) == (
        "next",
        "next",
    )
    assert await apart.drift() == []


async def test_what_goes_from_one_leaves_the_other_s_alone(apart: World):
    shop = apart.host.add("shop", {"catalog-info.yaml": component("shop"), "team.yaml": component("team")})
    await apart.scan()
    await apart.work()
    await apart.push_of(shop, {"team.yaml": component("team")})
    await apart.work()
    assert await apart.refs() == ["component:default/team"]
    assert await apart.drift() == []


async def test_a_file_that_both_take_is_one_entity_and_follows_its_repository(alike: World):
    shop = alike.host.add("shop", {"catalog-info.yaml": component("shop")})
    await alike.scan()
    await alike.work()
    await alike.push_of(shop, {"catalog-info.yaml": component("shop", "next")})
    await alike.work()
    assert await alike.refs() == ["component:default/shop"]
    assert await alike.owner("component:default/shop") == "next"


async def test_a_file_that_one_of_two_lets_go_of_stays_with_the_other(alike: World):
    shop = alike.host.add("shop", {"catalog-info.yaml": component("shop")})
    await alike.scan()
    await alike.work()
    alike.host.known[shop] = msgspec.structs.replace(alike.host.known[shop], topics=("solo",))
    await alike.event(shop, "edited")
    await alike.work()
    assert await alike.refs() == ["component:default/shop"]
    assert len(await alike.rows(FILES)) == 1
    await alike.push_of(shop, {"catalog-info.yaml": component("shop", "next")})
    await alike.work()
    assert await alike.owner("component:default/shop") == "next"


async def test_a_file_that_both_lose_is_gone(alike: World):
    shop = alike.host.add("shop", {"catalog-info.yaml": component("shop")})
    await alike.scan()
    await alike.work()
    await alike.push_of(shop, {})
    await alike.work()
    assert await alike.refs() == []
    assert await alike.drift() == []
