"""The change feed: each change once, in order, also across interruptions; and nobody is kept by it.

A change's number is one more than the greatest that is committed, taken in the transaction that commits it. So a greater
one cannot be seen before a smaller one, and the feed may read on from the last that it has seen.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cuelight.api import Context, routes
from cuelight.api.context import MOST_STREAMS
from cuelight.api.stream import BATCH, HEARTBEAT
from cuelight.api.waiting import Waiting
from cuelight.asgi import application
from cuelight.catalog.changelog import Change, record
from cuelight.catalog.channels import CHANGES
from cuelight.clock import ManualClock
from cuelight.db import Database, Transaction
from tests.database import database
from tests.rows import ADD_CHANGE, add, change

pytestmark = pytest.mark.usefixtures("dialect")

PATH = "/api/cuelight/v1/changes/stream"


class Reader:
    """Somebody who reads the feed, piece by piece."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message.get("body"):
            self._pieces.put_nowait(message["body"])
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def piece(self) -> str:
        return (await asyncio.wait_for(self._pieces.get(), 10)).decode()

    async def events(self, count: int) -> list[int]:
        """The sequences of the next *count* events."""
        found: list[int] = []
        while len(found) < count:
            piece = await self.piece()
            if "data: " in piece:
                found.append(json.loads(piece.partition("data: ")[2])["sequence"])
        return found


@asynccontextmanager
async def reading(context: Context, query: str = "", last: str | None = None) -> AsyncIterator[Reader]:
    """A reader who has the head of the feed, and the greeting."""
    reader = Reader()
    scope = {
        "type": "http",
        "method": "GET",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": query.encode(),
        "headers": [] if last is None else [(b"last-event-id", last.encode())],
    }
    task = asyncio.ensure_future(application(routes(context), context.clock)(scope, reader.receive, reader.send))
    await reader.piece()
    try:
        yield reader
    finally:
        reader.gone.set()
        await asyncio.wait_for(task, 10)


@pytest.fixture
def context(db: Database, clock: ManualClock) -> Context:
    return context_of(db, clock)


def context_of(db: Database, clock: ManualClock, **fields: Any) -> Context:
    async def nothing() -> Any:
        return {}

    return Context(db=db, clock=clock, metrics=nothing, readiness=nothing, **fields)


async def commit(db: Database, *rows: Mapping[str, Any]) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute_many(ADD_CHANGE, rows)
        tx.notify(CHANGES)

    await db.transact(work)


async def test_a_change_is_told_as_it_is_committed(db: Database, context: Context):
    async with reading(context) as reader:
        await commit(db, change(1, at=1))
        piece = await reader.piece()
    lines = piece.splitlines()
    assert lines[:2] == ["id: 1", "event: change"]
    assert json.loads(lines[2].removeprefix("data: "))["entityRef"] == "component:default/c1"


async def test_the_feed_is_an_event_stream_that_nobody_keeps(context: Context):
    async with reading(context) as reader:
        assert (reader.status, reader.headers["content-type"]) == (200, "text/event-stream")
        assert reader.headers["cache-control"] == "no-store"


async def test_without_a_place_the_feed_begins_now(db: Database, context: Context):
    await commit(db, change(1, at=1))
    async with reading(context) as reader:
        await commit(db, change(2, at=2))
        assert await reader.events(1) == [2]


@pytest.mark.parametrize(("query", "last"), [("since=1", None), ("", "1"), ("since=0", "1")])
async def test_a_reader_goes_on_after_the_last_event_that_it_has(
    db: Database, context: Context, query: str, last: str | None
):
    await commit(db, *(change(number, at=number) for number in (1, 2, 3)))
    async with reading(context, query, last) as reader:
        assert await reader.events(2) == [2, 3]


async def test_what_happens_between_two_servers_is_told_by_the_second(tmp_path: Path, clock: ManualClock):
    async with database(tmp_path, clock) as db:
        async with reading(context_of(db, clock)) as reader:
            await commit(db, change(1, at=1))
            first = await reader.events(1)
        await commit(db, change(2, at=2))
    async with database(tmp_path, clock) as db, reading(context_of(db, clock), last=str(first[-1])) as reader:
        await commit(db, change(3, at=3))
        assert await reader.events(2) == [2, 3]


async def test_a_long_absence_is_made_up_for_in_order(db: Database, context: Context):
    await add(db, ADD_CHANGE, *(change(number, at=number) for number in range(1, 2 * BATCH + 2)))
    async with reading(context, last="0") as reader:
        assert await reader.events(2 * BATCH + 1) == list(range(1, 2 * BATCH + 2))


async def test_writers_side_by_side_leave_no_gap_and_nothing_behind(db: Database, context: Context):
    def changed(number: int) -> Change:
        ref, after = f"component:default/c{number}", "{}"
        return Change(ref=ref, entity_id=ref, action="created", before=None, after=after, paths=["kind"], cause=None)

    async def write(number: int) -> None:
        await db.transact(lambda tx: record(tx, [changed(number), changed(number + 100)]))

    async with reading(context) as reader:
        await asyncio.gather(*map(write, range(20)))
        assert await reader.events(40) == list(range(1, 41))


@pytest.mark.parametrize(
    ("query", "told"),
    [("kind=Component", [1, 3]), ("kind=comp", []), ("ref=group:c2", [2]), ("ref=Component:default/C3", [3])],
)
async def test_a_filter_leaves_out_other_changes(db: Database, context: Context, query: str, told: list[int]):
    async with reading(context, query) as reader:
        refs = {1: "component:default/c1", 2: "group:default/c2", 3: "component:default/c3"}
        await commit(db, *(change(number, at=number, entity_ref=ref) for number, ref in refs.items()))
        assert await reader.events(len(told)) == told


# time moved by hand does not wait for a server's answers
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_a_filter_leaves_out_moves_a_quiet_readers_place(db: Database, clock: ManualClock, context: Context):
    async with reading(context, "kind=group") as reader:
        await commit(db, change(1, at=1))
        clock.advance(HEARTBEAT + 1)
        await commit(db, change(2, at=2))
        assert await reader.piece() in (": still here\nid: 1\n\n", ": still here\nid: 2\n\n")


async def test_a_place_past_the_end_is_the_end(db: Database, context: Context):
    await commit(db, change(1, at=1))
    async with reading(context, last="99") as reader:
        await commit(db, change(2, at=2))
        assert await reader.events(1) == [2]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 40])
async def test_a_place_that_is_none_is_refused(context: Context, last: str):
    async with reading(context, last=last) as reader:
        assert reader.status == 400


async def test_a_reader_who_is_gone_leaves_nothing_behind(db: Database, clock: ManualClock):
    streams = Waiting(MOST_STREAMS)
    async with reading(context_of(db, clock, streams=streams)) as reader:
        reader.gone.set()
    assert len(streams) == 0


async def test_there_are_no_more_feeds_than_may_be(db: Database, clock: ManualClock):
    context = context_of(db, clock, streams=Waiting(1))
    async with reading(context), reading(context) as second:
        assert (second.status, second.headers["retry-after"]) == (503, "10")


async def test_the_feeds_end_when_the_server_does(db: Database, clock: ManualClock):
    streams = Waiting(MOST_STREAMS)
    async with reading(context_of(db, clock, streams=streams)) as reader:
        streams.end()
        await asyncio.wait_for(reader.ended.wait(), 10)
