"""The writer's promises: one transaction after the other, group commits first, nothing half done."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy import text as text_of

from cuelight.clock import ManualClock
from cuelight.db import METADATA, Database, ForeignAwaitError, Statement, Transaction, integer, text
from cuelight.db.sqlite.lock import FileLock
from cuelight.db.sqlite.writer import Writer
from cuelight.errors import ConfigurationError, ServiceUnavailableError
from tests.database import database

NOTES = Table("test_notes", METADATA, text("name", primary_key=True), integer("at"))
ADD = Statement(insert(NOTES))
COUNT = Statement(select(func.count().label("n")).select_from(NOTES))
FIND = Statement(select(NOTES).where(NOTES.c.name == bindparam("name")))
AMONG = Statement(lambda words: select(NOTES.c.name).where(NOTES.c.name.in_(words.each("names"))))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as opened:
        yield opened


async def add(tx: Transaction, name: str) -> str:
    await tx.execute(ADD, {"name": name, "at": tx.now()})
    return name


async def count(db: Database) -> int:
    row = await db.get(COUNT)
    assert row is not None
    return int(row["n"])


async def test_what_a_transaction_wrote_is_read_once_it_returned(db: Database):
    assert await db.transact(lambda tx: add(tx, "a")) == "a"
    assert await count(db) == 1


async def test_an_error_in_a_transaction_leaves_nothing_of_it(db: Database):
    async def work(tx: Transaction) -> None:
        await add(tx, "a")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await db.transact(work)
    assert await count(db) == 0


async def test_a_transaction_that_awaits_something_else_is_refused_and_rolled_back(db: Database):
    async def work(tx: Transaction) -> None:
        await add(tx, "a")
        await asyncio.sleep(0)

    with pytest.raises(ForeignAwaitError):
        await db.transact(work)
    assert await count(db) == 0


async def test_deliveries_that_wait_together_share_one_commit(db: Database):
    batches: list[int] = []

    async def work(tx: Transaction, items: Sequence[str]) -> list[str]:
        batches.append(len(items))
        return [await add(tx, item) for item in items]

    lane = db.lane(work, max_items=256, max_bytes=1_000_000)
    await asyncio.gather(*(lane.submit(f"item {n}", 10) for n in range(100)))
    assert await count(db) == 100
    assert len(batches) < 50


async def test_a_lane_is_capped_by_bytes_but_takes_one_item_of_any_size(db: Database):
    batches: list[list[str]] = []

    async def work(_tx: Transaction, items: Sequence[str]) -> list[str]:
        batches.append(list(items))
        return list(items)

    lane = db.lane(work, max_items=256, max_bytes=100)
    async with asyncio.TaskGroup() as tasks:
        for name, size in (("huge", 1000), ("a", 50), ("b", 50), ("c", 50)):
            tasks.create_task(_submitted(lane.submit(name, size)))
    assert all(len(batch) <= 2 for batch in batches)
    assert [name for batch in batches for name in batch] == ["huge", "a", "b", "c"]


async def _submitted(waiting: object) -> None:
    await waiting  # type: ignore[misc]


async def test_an_item_that_fails_does_not_take_the_rest_of_its_batch_along(db: Database):
    async def work(tx: Transaction, items: Sequence[str]) -> list[str]:
        return [await add(tx, item) for item in items]

    lane = db.lane(work, max_items=256, max_bytes=1_000_000)
    outcomes = await asyncio.gather(*(lane.submit(name, 1) for name in ("a", "b", "a", "c")), return_exceptions=True)
    assert [isinstance(outcome, BaseException) for outcome in outcomes] == [False, False, True, False]
    assert await count(db) == 3


async def test_a_lane_and_ordinary_transactions_both_get_their_turn(db: Database):
    async def work(tx: Transaction, items: Sequence[str]) -> list[str]:
        return [await add(tx, item) for item in items]

    lane = db.lane(work, max_items=1, max_bytes=1_000_000)
    order: list[str] = []

    async def note(waiting: object, name: str) -> None:
        await waiting  # type: ignore[misc]
        order.append(name)

    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            tasks.create_task(note(lane.submit(f"lane {n}", 1), "lane"))
        for n in range(20):
            tasks.create_task(note(db.transact(lambda tx, n=n: add(tx, f"other {n}")), "other"))  # type: ignore[misc]
    assert "other" in order[:6]
    assert "lane" in order[:6]


async def test_a_commit_wakes_who_listens_and_a_rollback_does_not(db: Database):
    listener = db.listen("notes")

    async def work(tx: Transaction, *, fail: bool) -> None:
        tx.notify("notes")
        if fail:
            raise LookupError

    with pytest.raises(LookupError):
        await db.transact(lambda tx: work(tx, fail=True))
    assert not await listener.wait(0)
    await db.transact(lambda tx: work(tx, fail=False))
    assert await listener.wait(1)


async def test_a_list_travels_as_one_parameter(db: Database):
    for name in ("a", "b", "c"):
        await db.transact(lambda tx, name=name: add(tx, name))  # type: ignore[misc]
    rows = await db.read(lambda tx: tx.fetch(AMONG, {"names": '["a","c","x"]'}))
    assert sorted(row["name"] for row in rows) == ["a", "c"]


async def test_readers_cannot_write(db: Database):
    with pytest.raises(Exception, match="readonly"):
        await db.read(lambda tx: add(tx, "a"))  # type: ignore[arg-type]


def test_a_second_holder_of_the_file_is_told_which_process_has_it(tmp_path: Path):
    lock = FileLock(tmp_path / "x.db")
    with pytest.raises(ConfigurationError, match=r"held by another process \(pid"):
        FileLock(tmp_path / "x.db")
    lock.release()
    FileLock(tmp_path / "x.db").release()


async def test_a_lane_that_forgets_an_item_commits_nothing_and_the_writer_goes_on(db: Database):
    async def work(tx: Transaction, items: Sequence[str]) -> list[str]:
        return [await add(tx, item) for item in items][1:]

    lane = db.lane(work, max_items=256, max_bytes=1_000_000)
    with pytest.raises(RuntimeError, match="each needs one"):
        await lane.submit("a", 1)
    assert await db.transact(lambda tx: add(tx, "b")) == "b"
    assert await count(db) == 1


async def test_after_its_end_a_database_refuses_instead_of_waiting_for_ever(tmp_path: Path):
    async with database(tmp_path, ManualClock()) as db:
        pass
    with pytest.raises(ServiceUnavailableError, match="it is closed"):
        await db.transact(lambda tx: add(tx, "a"))


async def test_a_writer_that_ends_says_so_to_everybody_who_waits(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Writer, "_turn", lambda _self: 1 / 0)
    with pytest.raises(ServiceUnavailableError, match="ZeroDivisionError"):
        await db.transact(lambda tx: add(tx, "a"))
    assert db.trouble is not None


async def test_an_error_in_a_statement_is_not_taken_for_the_disk_s(db: Database):
    with pytest.raises(sqlite3.OperationalError):
        await db.transact(lambda tx: tx.execute(Statement(text_of("SELECT nothing FROM nowhere"))))
