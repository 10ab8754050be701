"""What the journal keeps, what it knows again, and what it lets go of."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

import cuelight.repositories.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.clock import SECOND, ManualClock, timed_id
from cuelight.db import Database, Transaction
from cuelight.events import Event, EventsClient, RetryPolicy, backend_class
from cuelight.journal import Accepted, Journal, let_go
from cuelight.journal.queries import count_deliveries, get_delivery, list_deliveries
from cuelight.telemetry import Metrics
from tests.database import database

pytestmark = pytest.mark.usefixtures("dialect")


class Office:
    """A journal over a real database, whose one subscription can be told to fail."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db = db
        self.clock = clock
        self.failing = False
        metrics = Metrics()
        policy = RetryPolicy(attempts=1)
        self.events = EventsClient(db, backend_class("db")(db, clock), clock, metrics, policy)
        self.events.subscribe("test", ["*"], self._handle)
        self.journal = Journal(db, self.events, metrics)

    async def _handle(self, _events: Sequence[Event], _tx: Transaction) -> None:
        if self.failing:
            raise ValueError("cannot record this")

    async def deliver(self, key: str = "k", *, failed: bool = False) -> str:
        """Accept a delivery with one event, or one whose translation *failed*; its outcome."""
        delivery_id = timed_id(self.clock.now())
        event = Event(id=f"{delivery_id}.0", topic="t", key="r", data="", time=self.clock.now(), cause=delivery_id)
        body = b"{}"
        receipt = await self.journal.accept(
            Accepted(
                id=delivery_id,
                key=key,
                integration="test",
                event="push",
                guid=key,
                hook=None,
                state="failed" if failed else "published",
                reason="its translation failed" if failed else None,
                subject="acme/x",
                headers={"x-event": "push"},
                body=body,
                sha256=hashlib.sha256(body).digest(),
                received_at=self.clock.now(),
                events=() if failed else [event],
            )
        )
        return receipt.outcome

    async def handle(self) -> None:
        while await self.events.consumer("test").turn(0):
            pass

    async def states(self) -> list[str]:
        return [delivery.state for delivery in await list_deliveries(self.db, limit=100)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        made = Office(db, clock)
        await made.events.open()
        yield made


async def test_a_delivery_is_published_then_done(office: Office):
    await office.deliver()
    before = await office.states()
    await office.handle()
    assert (before, await office.states()) == (["published"], ["done"])


async def test_a_delivery_whose_event_is_a_dead_letter_is_dead_and_says_why(office: Office):
    office.failing = True
    await office.deliver()
    await office.handle()
    (delivery,) = await list_deliveries(office.db, limit=1)
    detail = await get_delivery(office.db, delivery.id)
    assert detail is not None
    assert (delivery.state, dict(detail.events[0].dead)) == ("dead", {"test": "ValueError: cannot record this"})


async def test_a_dead_delivery_that_is_sent_again_gets_another_round(office: Office):
    office.failing = True
    await office.deliver()
    await office.handle()
    office.failing = False
    assert await office.deliver() == "rearmed"
    await office.handle()
    assert await office.states() == ["done"]


async def test_a_delivery_that_could_not_be_read_is_acted_upon_once_it_can_be(office: Office):
    await office.deliver(failed=True)
    (first,) = await list_deliveries(office.db, limit=9)
    assert await office.deliver() == "rearmed"
    await office.handle()
    (second,) = await list_deliveries(office.db, limit=9)
    assert (first.state, second.id, second.state, second.reason) == ("failed", first.id, "done", None)


async def test_deliveries_are_listed_newest_first(office: Office):
    for number in range(3):
        await office.deliver(f"k{number}")
        office.clock.advance(1)
    assert [delivery.guid for delivery in await list_deliveries(office.db, limit=2)] == ["k2", "k1"]


async def test_what_is_done_is_let_go_of_when_it_is_old(office: Office):
    await office.deliver("old")
    await office.handle()
    office.clock.advance(100)
    await office.deliver("new")
    await office.handle()
    assert await let_go(office.db, kept=50 * SECOND) == 1
    assert [delivery.guid for delivery in await list_deliveries(office.db, limit=9)] == ["new"]


@pytest.mark.parametrize("dead", [True, False])
async def test_what_is_dead_or_still_to_be_handled_is_kept_however_old(office: Office, *, dead: bool):
    office.failing = True
    await office.deliver()
    if dead:
        await office.handle()
    office.clock.advance(100)
    assert await let_go(office.db, kept=SECOND) == 0
    assert await count_deliveries(office.db) == 1


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
async def test_what_comes_to_several_processes_at_once_is_one_delivery(office: Office, tmp_path: Path):
    async with database(tmp_path, office.clock) as db:
        other = Office(db, office.clock)
        await other.events.open()
        for key in map(str, range(20)):
            outcomes = await asyncio.gather(office.deliver(key), other.deliver(key))
            assert sorted(outcomes) == ["accepted", "doubled"]
    assert len(await office.states()) == 20
