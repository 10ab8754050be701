"""The contract of an event engine, run against every backend that is found in the package.

A new backend is picked up by its file; `open_backend` says what it needs to run here. What an engine declares that it
cannot do (its traits) is not asked of it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

import cuelight.journal.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.clock import ManualClock
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.events import Backend, Event, EventsClient, Handler, RetryPolicy, backend_class, backend_names
from cuelight.events.consumer import Consumer
from cuelight.events.tables import DEAD_LETTERS, EVENT_LEDGER
from cuelight.schedule import Backoff
from cuelight.telemetry import Metrics
from tests.database import database

pytestmark = [pytest.mark.parametrize("name", backend_names()), pytest.mark.usefixtures("dialect")]

LONGEST = 4.0
POLICY = RetryPolicy(attempts=3, backoff=Backoff(first=1.0, cap=LONGEST))
LEDGER = Statement(select(func.count().label("n")).select_from(EVENT_LEDGER))
DEAD = Statement(select(DEAD_LETTERS))


class Recording:
    """A handler that notes what it got, and fails where told to."""

    def __init__(self, fails: Callable[[Event], bool] = lambda _event: False) -> None:
        self.fails = fails
        self.events: list[str] = []
        self.calls = 0

    async def __call__(self, events: Sequence[Event], _tx: Transaction) -> None:
        self.calls += 1
        if any(map(self.fails, events)):
            raise ValueError("cannot record this")
        self.events += [event.id for event in events]


class Bench:
    """A database, a clock, and as many clients of the backend under test as a case needs."""

    def __init__(self, name: str, db: Database, clock: ManualClock) -> None:
        self.name = name
        self.db = db
        self.clock = clock

    def backend(self) -> Backend:
        backend: Backend = backend_class(self.name)(self.db, self.clock)
        return backend

    async def client(
        self, *subscriptions: tuple[str, Sequence[str], Handler], start: str | int = "new"
    ) -> EventsClient:
        client = EventsClient(self.db, self.backend(), self.clock, Metrics(), POLICY)
        for subscription, topics, handler in subscriptions:
            client.subscribe(subscription, topics, handler, start=start)
        await client.open()
        return client

    async def count(self, statement: Statement) -> int:
        row = await self.db.read(lambda tx: tx.fetch_one(statement))
        return int(row["n"]) if row else 0

    async def dead(self) -> list[tuple[str, str, int]]:
        async def look(tx: Reading) -> list[tuple[str, str, int]]:
            return [(row["event_id"], row["reason"], row["attempts"]) for row in await tx.fetch(DEAD)]

        return await self.db.read(look)


@pytest.fixture
async def bench(name: str, tmp_path: Path) -> AsyncIterator[Bench]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield Bench(name, db, clock)


def event(number: int, topic: str = "github.push") -> Event:
    return Event(
        id=f"e{number}", topic=topic, key="r", data='{"n":1}', time=number, cause=f"d{number}", body=f"d{number}"
    )


async def drain(consumer: Consumer) -> int:
    total = 0
    while handled := await consumer.turn(0):
        total += handled
    return total


async def test_every_subscription_gets_every_event_of_its_topics(bench: Bench):
    one, two = Recording(), Recording()
    client = await bench.client(("one", ["github.push"], one), ("two", ["github.*"], two))
    await client.publish([event(1), event(2, "github.ping"), event(3, "gitlab.push")])
    await drain(client.consumer("one"))
    await drain(client.consumer("two"))
    assert (one.events, two.events) == (["e1"], ["e1", "e2"])


async def test_members_of_one_subscription_share_the_work(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(number) for number in range(500)])
    await asyncio.gather(*(drain(client.consumer("one")) for _ in range(4)))
    assert Counter(seen.events) == {f"e{number}": 1 for number in range(500)}


async def test_an_event_comes_with_everything_that_was_published(bench: Bench):
    got: list[Event] = []

    async def handler(events: Sequence[Event], _tx: Transaction) -> None:
        got.extend(events)

    client = await bench.client(("one", ["*"], handler))
    await client.publish([event(7)])
    await drain(client.consumer("one"))
    assert got == [event(7)]


async def test_publishing_the_same_event_twice_is_publishing_it_once(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(1)])
    await drain(client.consumer("one"))
    await client.publish([event(1)])
    await drain(client.consumer("one"))
    assert seen.events == ["e1"]


async def test_a_batch_has_at_most_two_hundred_events(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(number) for number in range(450)])
    await drain(client.consumer("one"))
    assert (len(seen.events), seen.calls) == (450, 3)


async def test_a_failing_event_does_not_hold_up_the_rest_of_its_batch(bench: Bench):
    seen = Recording(fails=lambda got: got.id == "e3")
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(number) for number in range(6)])
    await drain(client.consumer("one"))
    assert seen.events == ["e0", "e1", "e2", "e4", "e5"]


async def test_a_failed_event_is_tried_again_only_after_its_delay(bench: Bench):
    failing = True
    seen = Recording(fails=lambda _got: failing)
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(1)])
    await drain(client.consumer("one"))
    assert await drain(client.consumer("one")) == 0
    failing = False
    bench.clock.advance(LONGEST)
    await drain(client.consumer("one"))
    assert seen.events == ["e1"]


async def test_an_event_out_of_tries_is_a_dead_letter_with_its_reason(bench: Bench):
    client = await bench.client(("one", ["*"], Recording(fails=lambda _got: True)))
    await client.publish([event(1)])
    for _ in range(POLICY.attempts + 2):
        await drain(client.consumer("one"))
        bench.clock.advance(LONGEST)
    assert await bench.dead() == [("e1", "ValueError: cannot record this", POLICY.attempts)]


async def test_a_replayed_dead_letter_goes_to_whom_it_was_dead_for_alone(bench: Bench):
    broken = True
    failing, fine = Recording(fails=lambda _got: broken), Recording()
    client = await bench.client(("failing", ["*"], failing), ("fine", ["*"], fine))
    await client.publish([event(1)])
    await drain(client.consumer("fine"))
    for _ in range(POLICY.attempts):
        await drain(client.consumer("failing"))
        bench.clock.advance(LONGEST)
    broken = False
    assert await client.replay(["e1"]) == 1
    await drain(client.consumer("failing"))
    await drain(client.consumer("fine"))
    assert (failing.events, fine.events, await bench.dead()) == (["e1"], ["e1"], [])


async def test_a_handler_that_fails_leaves_nothing_in_the_ledger(bench: Bench):
    client = await bench.client(("one", ["*"], Recording(fails=lambda _got: True)))
    await client.publish([event(1)])
    await drain(client.consumer("one"))
    assert await bench.count(LEDGER) == 0


async def test_what_a_dead_member_held_is_handed_out_again_when_its_lease_ends(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(1)])
    held = await client._backend.receive("one", 10, 0)
    assert [message.event.id for message in held] == ["e1"]
    assert await drain(client.consumer("one")) == 0
    bench.clock.advance(31)
    await drain(client.consumer("one"))
    assert seen.events == ["e1"]


async def test_a_heartbeat_keeps_a_lease(bench: Bench):
    client = await bench.client(("one", ["*"], Recording()))
    await client.publish([event(1)])
    held = await client._backend.receive("one", 10, 0)
    bench.clock.advance(20)
    await client._backend.extend("one", held)
    bench.clock.advance(20)
    assert await client._backend.receive("one", 10, 0) == ()


async def test_a_member_that_leaves_hands_back_what_it_held_without_counting_a_try(bench: Bench):
    client = await bench.client(("one", ["*"], Recording()))
    await client.publish([event(1)])
    held = await client._backend.receive("one", 10, 0)
    await client._backend.release("one", held)
    again = await client._backend.receive("one", 10, 0)
    assert [message.attempt for message in again] == [1]


async def test_an_event_handled_after_its_lease_was_lost_counts_once(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    await client.publish([event(1)])
    consumer = client.consumer("one")
    late = await client._backend.receive("one", 10, 0)
    bench.clock.advance(31)
    await drain(client.consumer("one"))
    await consumer._handle(late)
    assert seen.events == ["e1"]


async def test_a_subscription_that_starts_new_gets_nothing_of_the_past(bench: Bench):
    first = await bench.client(("one", ["*"], Recording()))
    await first.publish([event(1)])
    seen = Recording()
    second = await bench.client(("late", ["*"], seen))
    await drain(second.consumer("late"))
    assert seen.events == []


async def test_a_subscription_that_starts_with_all_gets_what_is_kept(bench: Bench):
    first = await bench.client(("one", ["*"], Recording()))
    await first.publish([event(1), event(2, "gitlab.push")])
    seen = Recording()
    second = await bench.client(("late", ["github.*"], seen), start="all")
    await drain(second.consumer("late"))
    assert seen.events == ["e1"]


async def test_a_subscription_that_comes_back_gets_what_was_published_while_it_was_away(bench: Bench):
    first = await bench.client(("one", ["*"], Recording()))
    await first.publish([event(1)])
    seen = Recording()
    second = await bench.client(("one", ["*"], seen))
    await drain(second.consumer("one"))
    assert seen.events == ["e1"]


async def test_a_subscription_that_one_start_lacked_gets_what_was_published_meanwhile(bench: Bench):
    seen = Recording()
    await bench.client(("sometimes", ["*"], seen))
    other = await bench.client(("always", ["*"], Recording()))
    await other.publish([event(1)])
    back = await bench.client(("sometimes", ["*"], seen))
    await drain(back.consumer("sometimes"))
    assert seen.events == ["e1"]


async def test_a_dead_letter_of_a_subscription_that_is_away_waits_for_it_after_a_replay(bench: Bench):
    client = await bench.client(("sometimes", ["*"], Recording(fails=lambda _got: True)))
    await client.publish([event(1)])
    for _ in range(POLICY.attempts):
        await drain(client.consumer("sometimes"))
        bench.clock.advance(LONGEST)
    other = await bench.client(("always", ["*"], Recording()))
    assert await other.replay(["e1"]) == 1
    seen = Recording()
    back = await bench.client(("sometimes", ["*"], seen))
    await drain(back.consumer("sometimes"))
    assert seen.events == ["e1"]


async def test_a_publish_in_a_transaction_that_fails_did_not_happen(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    if not client._backend.traits.transactional:
        pytest.skip("this engine takes no part in transactions")

    async def work(tx: Transaction) -> None:
        await client.publish([event(1)], tx)
        raise LookupError

    with pytest.raises(LookupError):
        await bench.db.transact(work)
    await drain(client.consumer("one"))
    assert seen.events == []


@asynccontextmanager
async def running(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_running_client_handles_what_is_published_without_being_asked(bench: Bench):
    got = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def handler(_events: Sequence[Event], _tx: Transaction) -> None:
        loop.call_soon_threadsafe(got.set)

    client = await bench.client(("one", ["*"], handler))
    async with running(client.run()):
        await client.publish([event(1)])
        async with asyncio.timeout(5):
            await got.wait()


async def test_closing_under_load_loses_nothing(bench: Bench):
    seen = Recording()
    client = await bench.client(("one", ["*"], seen))
    async with running(client.run()):
        for number in range(300):
            await client.publish([event(number)])
    again = await bench.client(("one", ["*"], seen))
    bench.clock.advance(31)
    await drain(again.consumer("one"))
    assert Counter(seen.events) == {f"e{number}": 1 for number in range(300)}
