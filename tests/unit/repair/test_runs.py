"""Run records: asked for, done by the leader, told of, taken up again, forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from cuelight.clock import ManualClock
from cuelight.db import Database, Statement
from cuelight.errors import HostDenied
from cuelight.repair import Options, Progress, Run, get_run, list_runs, request_run
from cuelight.repair.runner import Ended, Runner, Tell, Work
from cuelight.repair.runs import CHANNEL, KEPT, TRIES, begin_next, end_run, take_up_runs
from cuelight.repair.tables import RUNS
from tests.database import database

ADD = Statement(insert(RUNS))


class Count(msgspec.Struct, frozen=True):
    asked: int


@pytest.fixture
async def db(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    async with database(tmp_path, clock) as opened:
        yield opened


@asynccontextmanager
async def serving(db: Database, clock: ManualClock, work: Work) -> AsyncIterator[None]:
    running = asyncio.create_task(Runner(db, clock, {"sweep": work}).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def ended(db: Database, run: Run) -> Run:
    listener = db.listen(CHANNEL)
    async with asyncio.timeout(10):
        while not run.ended:
            run = await get_run(db, run.id) or run
            if not run.ended:
                await listener.wait(1)
    return run


async def count(_run: Run, _tell: Tell) -> Ended:
    return Ended(result=Count(7))


async def refuse(_run: Run, _tell: Tell) -> Ended:
    raise HostDenied("the token was revoked")


async def break_(_run: Run, _tell: Tell) -> Ended:
    raise LookupError("nobody thought of this")


async def some(_run: Run, _tell: Tell) -> Ended:
    return Ended(result=Count(1), error="one provider could not be scanned")


async def test_a_run_that_is_asked_for_waits(db: Database):
    run = await request_run(db, "sweep", "api")
    assert (run.state, run.asked_by, run.ended) == ("waiting", "api", False)
    assert await get_run(db, run.id) == run


async def test_what_waits_already_is_not_asked_for_twice(db: Database):
    first = await request_run(db, "sweep", "api")
    assert (await request_run(db, "sweep", "schedule")).id == first.id


async def test_other_options_are_another_run(db: Database):
    first = await request_run(db, "verify", "api")
    assert (await request_run(db, "verify", "api", Options(repair=True))).id != first.id


async def test_a_run_is_done_and_says_what_it_came_to(db: Database, clock: ManualClock):
    async with serving(db, clock, count):
        run = await ended(db, await request_run(db, "sweep", "api"))
    assert (run.state, run.attempts, msgspec.json.decode(run.result or b"")) == ("done", 1, {"asked": 7})


async def test_a_run_that_was_asked_for_before_is_done_too(db: Database, clock: ManualClock):
    asked = await request_run(db, "sweep", "api")
    async with serving(db, clock, count):
        assert (await ended(db, asked)).state == "done"


@pytest.mark.parametrize(
    ("work", "error"),
    [(refuse, "the token was revoked"), (break_, "it failed with LookupError inside the server; its log tells more")],
)
async def test_a_run_that_fails_says_why_and_the_next_one_is_done(db: Database, clock: ManualClock, work, error: str):
    async with serving(db, clock, work):
        run = await ended(db, await request_run(db, "sweep", "api"))
        again = await ended(db, await request_run(db, "sweep", "api"))
    assert (run.state, run.error, again.state) == ("failed", error, "failed")


async def test_a_run_of_which_something_failed_has_a_result_as_well(db: Database, clock: ManualClock):
    async with serving(db, clock, some):
        run = await ended(db, await request_run(db, "sweep", "api"))
    assert (run.state, run.error) == ("failed", "one provider could not be scanned")
    assert run.result is not None


async def test_how_far_a_run_is_can_be_read_meanwhile(db: Database, clock: ManualClock):
    told, finish = asyncio.Event(), asyncio.Event()

    async def slow(_run: Run, tell: Tell) -> Ended:
        tell(Progress(step="asking for heads", seen=100, of=300))
        told.set()
        await finish.wait()
        return Ended(result=Count(1))

    async with serving(db, clock, slow), asyncio.timeout(10):
        run = await request_run(db, "sweep", "api")
        await told.wait()
        while (now := await get_run(db, run.id)) is None or now.progress is None:
            clock.advance(1)
            await db.transact(nothing)
        finish.set()
        await ended(db, run)
    assert now.progress == Progress(step="asking for heads", seen=100, of=300)


async def nothing(_tx) -> None:
    """Commits after everything that was asked for before."""


async def test_a_run_whose_process_died_is_taken_up_again(db: Database):
    run = await request_run(db, "sweep", "api")
    await begin_next(db, "sweep")
    assert await take_up_runs(db) == 1
    assert [each.state for each in await list_runs(db, limit=5)] == ["waiting"]
    begun = await begin_next(db, "sweep")
    assert begun is not None
    assert begun.id == run.id


async def test_a_run_that_keeps_dying_fails(db: Database):
    run = await request_run(db, "sweep", "api")
    for _ in range(TRIES):
        await begin_next(db, "sweep")
        await take_up_runs(db)
    found = await get_run(db, run.id)
    assert found is not None
    assert found.state == "failed"
    assert "ended 3 times" in (found.error or "")


async def test_the_newest_runs_of_a_kind_are_remembered(db: Database, clock: ManualClock):
    verification = await request_run(db, "verify", "api")
    empty = dict.fromkeys(column.name for column in RUNS.c)
    row = {**empty, "kind": "sweep", "state": "done", "options": "{}", "asked_by": "api", "attempts": 1}
    rows = [{**row, "id": f"sweep:{at:03}", "requested_at": at, "finished_at": at} for at in range(KEPT + 2)]
    await db.transact(lambda tx: tx.execute_many(ADD, rows))
    run = await request_run(db, "sweep", "api")
    await begin_next(db, "sweep")
    await end_run(db, run.id, result=Count(1))
    runs = await list_runs(db, limit=500)
    assert {runs[0].id, runs[1].id} == {verification.id, run.id}
    assert (runs[2].id, runs[-1].id, len(runs)) == ("sweep:201", "sweep:003", KEPT + 1)


async def test_runs_of_a_kind_are_listed_alone(db: Database):
    for kind in ("sweep", "scan"):
        await request_run(db, kind, "api")
    assert [run.kind for run in await list_runs(db, limit=5, kind="scan")] == ["scan"]
