"""Leases and the leader: of many, one works."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from cuelight.db import Database, Transaction
from cuelight.schedule import Leader, Lease, let_go_of_leases
from tests.database import database

pytestmark = pytest.mark.usefixtures("dialect")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def db(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    async with database(tmp_path, clock) as opened:
        yield opened


class Work:
    """Goes on until it is cancelled, or told to fail."""

    def __init__(self) -> None:
        self.running = 0
        self.begun = asyncio.Event()
        self.failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        self.running += 1
        self.begun.set()
        try:
            await asyncio.shield(self.failing)
        finally:
            self.running -= 1


async def nothing(_tx: Transaction) -> None:
    """Commits after everything that was asked for before."""


async def pass_time(db: Database, clock: ManualClock, seconds: int) -> None:
    """Let *seconds* pass one by one; after each, whoever was woken gets its answer."""
    for _ in range(seconds):
        clock.advance(1)
        for _ in range(3):
            await asyncio.sleep(0)
            await db.transact(nothing)


async def end(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_lease_that_is_held_is_nobody_elses(db: Database):
    first, second = Lease(db, "repair"), Lease(db, "repair")
    assert (await first.take(), await second.take()) == (True, False)


async def test_a_holder_renews_its_lease(db: Database, clock: ManualClock):
    first, second = Lease(db, "repair", term=30), Lease(db, "repair", term=30)
    await first.take()
    clock.advance(20)
    await first.take()
    clock.advance(20)
    assert not await second.take()


async def test_a_lease_that_ran_out_is_taken_over(db: Database, clock: ManualClock):
    first, second = Lease(db, "repair", term=30), Lease(db, "repair", term=30)
    await first.take()
    clock.advance(30)
    assert (await second.take(), await first.take()) == (True, False)


async def test_a_lease_that_was_let_go_is_free_at_once(db: Database):
    first, second = Lease(db, "repair"), Lease(db, "repair")
    await first.take()
    await first.let_go()
    assert await second.take()


async def test_letting_go_of_what_another_holds_changes_nothing(db: Database):
    first, second, third = (Lease(db, "repair") for _ in range(3))
    await first.take()
    await second.let_go()
    assert not await third.take()


async def test_leases_of_other_names_do_not_meet(db: Database):
    assert [await Lease(db, name).take() for name in ("repair", "other")] == [True, True]


async def test_a_process_alone_with_its_database_lets_go_of_what_it_finds(db: Database):
    await Lease(db, "repair").take()
    await let_go_of_leases(db)
    assert await Lease(db, "repair").take()


async def test_one_of_two_leaders_works(db: Database, clock: ManualClock):
    works = [Work(), Work()]
    leaders = [asyncio.create_task(Leader(Lease(db, "repair"), clock).run(work)) for work in works]
    await pass_time(db, clock, 120)
    assert sum(work.running for work in works) == 1
    await end(*leaders)


async def test_the_other_takes_over_once_the_leader_ended(db: Database, clock: ManualClock):
    first, second = Work(), Work()
    leading = asyncio.create_task(Leader(Lease(db, "repair"), clock).run(first))
    await first.begun.wait()
    waiting = asyncio.create_task(Leader(Lease(db, "repair"), clock).run(second))
    await end(leading)
    await pass_time(db, clock, 15)
    assert (first.running, second.running) == (0, 1)
    await end(waiting)


async def test_a_leader_whose_lease_was_taken_stops_its_work(db: Database, clock: ManualClock):
    work = Work()
    leading = asyncio.create_task(Leader(Lease(db, "repair"), clock).run(work))
    await work.begun.wait()
    await let_go_of_leases(db)
    await Lease(db, "repair", term=3600).take()
    await pass_time(db, clock, 15)
    assert work.running == 0
    await end(leading)


async def test_what_the_work_raises_is_raised_and_the_lease_let_go(db: Database, clock: ManualClock):
    work = Work()
    leading = asyncio.create_task(Leader(Lease(db, "repair"), clock).run(work))
    await work.begun.wait()
    work.failing.set_exception(LookupError("it broke"))
    with pytest.raises(LookupError, match="it broke"):
        await leading
    assert await Lease(db, "repair").take()
