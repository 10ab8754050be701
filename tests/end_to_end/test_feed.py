"""The change feed of the whole program: from a push to whoever reads along, and what becomes of readers and server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import httpx2

from cuelight.api.context import MOST_STREAMS
from tests.end_to_end.world import Cuelight, World, component, connected

FEED: Final = "/api/cuelight/v1/changes/stream"
DESCRIPTOR: Final = "catalog-info.yaml"
PATIENCE: Final = 30.0
PROMPTLY: Final = 5.0
"""Seconds in which a server is gone: less than the time that it gives to requests which do not end by themselves."""


class Reading:
    """Somebody who reads along. `place` is the id of the last event, which a browser would come back with."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.aiter_lines()
        self.place = ""

    async def change(self) -> dict[str, Any]:
        """The next change."""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line.startswith("id: "):
                    self.place = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    return found
        raise AssertionError("the feed ended")

    async def ended(self) -> None:
        """Return once nothing more comes."""
        async with asyncio.timeout(PATIENCE):
            async for _ in self._lines:
                pass


@asynccontextmanager
async def reading(program: Cuelight, *, place: str = "", **query: str) -> AsyncIterator[Reading]:
    """Read along in *program*'s feed, from *place* on or from now."""
    headers = {"Last-Event-ID": place} if place else {}
    async with program.client.stream("GET", FEED, params=query, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Reading(answer)


@asynccontextmanager
async def many(program: Cuelight) -> AsyncIterator[Cuelight]:
    """*program*, to whom as many connections are made as are asked for."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(
        base_url=program.program.address, trust_env=False, timeout=60, limits=limits
    ) as client:
        yield Cuelight(program.program, client, program.database, since=0)


async def test_a_push_is_told_within_a_moment(world: World):
    await world.host.create("told")
    async with reading(world.cuelight, ref="component:told") as feed:
        pushed_at = time.monotonic()
        await world.host.commit("told", {DESCRIPTOR: component("told")})
        change = await feed.change()
    assert (change["entityRef"], change["action"]) == ("component:default/told", "created")
    assert time.monotonic() - pushed_at < PROMPTLY


async def test_whoever_comes_back_gets_what_came_meanwhile_once_and_in_order(world: World):
    await world.host.create("absent", {DESCRIPTOR: component("absent", "0")})
    await world.cuelight.appeared("component:absent", "0")
    async with reading(world.cuelight, since="0", ref="component:absent") as feed:
        seen = [(await feed.change())["sequence"]]
    for description in ("1", "2", "3"):
        await world.host.commit("absent", {DESCRIPTOR: component("absent", description)})
        await world.cuelight.appeared("component:absent", description)
    async with reading(world.cuelight, place=feed.place, ref="component:absent") as feed:
        seen += [(await feed.change())["sequence"] for _ in range(3)]
    logged = [change["sequence"] for change in await world.cuelight.listed("changes", ref="component:absent")]
    assert seen == sorted(logged)


async def test_as_many_readers_as_may_be_are_told_and_hinder_nobody(world: World):
    await world.host.create("popular")
    async with AsyncExitStack() as readers:
        program = await readers.enter_async_context(many(world.cuelight))
        feeds = [
            await readers.enter_async_context(reading(program, ref="component:popular")) for _ in range(MOST_STREAMS)
        ]
        refused = await program.client.get(FEED)
        await world.host.commit("popular", {DESCRIPTOR: component("popular")})
        told = await asyncio.gather(*(feed.change() for feed in feeds))
    assert refused.status_code == 503
    assert {change["action"] for change in told} == {"created"}


async def test_a_server_that_is_told_to_stop_does_not_wait_for_its_readers(tmp_path):
    async with connected(tmp_path) as world, reading(world.cuelight) as feed:
        waiting = asyncio.create_task(world.cuelight.listed("changes", since=10_000, wait=30))
        told_at = time.monotonic()
        stopped = asyncio.create_task(world.cuelight.program.stop())
        await feed.ended()
        assert await stopped == 0
        assert time.monotonic() - told_at < PROMPTLY
        assert await waiting == []
