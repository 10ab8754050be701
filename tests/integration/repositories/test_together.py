"""What is looked up or noted for many repositories together comes to what it would for each by itself."""

import os
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from cuelight.catalog.reader import Absent, Answer, Found, Pending
from cuelight.clock import ManualClock
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.repositories import LOCATIONS, RepositoryReader, Signal, note, note_all, track, track_all
from cuelight.repositories.lookups import SMALL
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from cuelight.repositories.turns import urgency
from cuelight.scm import Repository
from tests.database import database
from tests.tracked import ADD_REPOSITORY, ADD_SOURCE, HOST, registry, repository, source

PROVIDER: Final = "github-provider:default"
SCAN: Final = Signal(id="scan:1", kind="scan", cause="scan", caused_at=1)
NOTES: Final = Statement(select(SIGNALS.c.repository_id).order_by(SIGNALS.c.repository_id))
DUE: Final = Statement(
    select(REPOSITORIES.c.full_name).where(REPOSITORIES.c.due_at.is_not(None)).order_by(REPOSITORIES.c.full_name)
)
ROWS: Final = Statement(select(REPOSITORIES.c.host_id).order_by(REPOSITORIES.c.host_id))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as db:
        yield db


def listed(*names: str) -> list[tuple[Repository, str | None]]:
    found = (
        Repository(host=HOST, id=each, full_name=f"acme/{each}", web_url=f"https://{HOST}/acme/{each}")
        for each in names
    )
    return [(each, "main") for each in found]


async def test_each_repository_of_a_list_is_tracked_by_one_row(db: Database):
    await db.transact(lambda tx: track_all(tx, PROVIDER, listed("a", "b", "a")))
    await db.transact(lambda tx: track_all(tx, PROVIDER, listed("b", "c")))
    assert [row["host_id"] for row in await db.read(lambda tx: tx.fetch(ROWS))] == ["a", "b", "c"]


async def test_rows_come_in_the_order_of_the_list(db: Database):
    [(one, branch)] = listed("b")
    known = await db.transact(lambda tx: track(tx, PROVIDER, one, branch))
    rows = await db.transact(lambda tx: track_all(tx, PROVIDER, listed("a", "b", "c")))
    assert rows.index(known) == 1


async def test_an_empty_list_is_noted_on_nothing(db: Database):
    await db.transact(lambda tx: note_all(tx, [], SCAN))
    assert await db.read(lambda tx: tx.fetch(NOTES)) == []


async def test_a_signal_on_many_makes_each_due(db: Database):
    rows = await db.transact(lambda tx: track_all(tx, PROVIDER, listed("a", "b")))
    await db.transact(lambda tx: note_all(tx, rows, SCAN))
    assert [row["full_name"] for row in await db.read(lambda tx: tx.fetch(DUE))] == ["acme/a", "acme/b"]


async def test_a_new_repository_waits_as_it_would_once_the_signal_is_noted(db: Database):
    place = Statement(select(REPOSITORIES.c.due_at, REPOSITORIES.c.urgency))
    urgent = urgency([SCAN.kind])

    async def track_and_note(tx: Transaction) -> list[tuple[int, int]]:
        rows = await track_all(tx, PROVIDER, listed("a"), urgent=urgent)
        before = await tx.fetch(place)
        await note_all(tx, rows, SCAN)
        return [(row["due_at"], row["urgency"]) for row in (*before, *await tx.fetch(place))]

    before, after = await db.transact(track_and_note)
    assert before == after


async def test_what_waits_moves_up_where_a_signal_is_more_urgent(db: Database):
    rows = await db.transact(lambda tx: track_all(tx, PROVIDER, listed("a"), urgent=urgency([SCAN.kind])))
    push = Signal(id="e1", kind="push", cause="d1", caused_at=1)
    await db.transact(lambda tx: note_all(tx, rows, push))
    found = await db.read(lambda tx: tx.fetch_one(Statement(select(REPOSITORIES.c.urgency))))
    assert found is not None
    assert found["urgency"] == urgency(["push"])


async def test_a_signal_that_was_noted_before_is_one(db: Database):
    rows = await db.transact(lambda tx: track_all(tx, PROVIDER, listed("a", "b", "c")))
    await db.transact(lambda tx: note(tx, rows[1], SCAN))
    await db.transact(lambda tx: note_all(tx, [*rows, rows[0]], SCAN))
    assert [row["repository_id"] for row in await db.read(lambda tx: tx.fetch(NOTES))] == sorted(rows)


def page(name: str, path: str) -> str:
    return f"https://{HOST}/acme/{name}/blob/main/{path}"


async def hold(db: Database) -> None:
    """Three repositories: one of two files, one of none that is small, and one that was not looked at yet."""
    names = {each: {"id": f"r{each}", "full_name": f"acme/{each}", "folded_name": f"acme/{each}"} for each in "abc"}
    rows = [repository(provider=LOCATIONS, host_id=each, **name) for each, name in names.items()]
    rows[2] |= {"head": None, "status": "candidate"}
    large = os.urandom(SMALL + 1)
    files = [
        source(repository_id="ra", path="one.yaml", content=zlib.compress(b"one of a")),
        source(repository_id="ra", path="two.yaml", state="absent", content=None),
        source(repository_id="rb", path="one.yaml", content=zlib.compress(large)),
    ]
    await db.transact(lambda tx: tx.execute_many(ADD_REPOSITORY, rows))
    await db.transact(lambda tx: tx.execute_many(ADD_SOURCE, files))


PAGES: Final = (
    page("a", "one.yaml"),
    page("A", "two.yaml"),
    page("a", "three.yaml"),
    page("b", "one.yaml"),
    page("b", "two.yaml"),
    page("c", "one.yaml"),
    page("d", "one.yaml"),
    "https://elsewhere.example/x.yaml",
)


class WithoutQuestions:
    """In the place of a snapshot that is not to be asked any more."""

    async def fetch(self, *_: object) -> None:
        raise AssertionError

    fetch_one = fetch


async def answers(tx: Reading, reader: RepositoryReader) -> list[Answer]:
    return [await reader.read(tx, url) for url in PAGES]


async def test_who_looked_ahead_says_the_same(db: Database):
    await hold(db)
    reader = RepositoryReader(registry())

    async def ahead(tx: Reading) -> list[Answer]:
        return await answers(tx, await reader.ahead(tx, PAGES))

    assert await db.read(ahead) == await db.read(lambda tx: answers(tx, reader))


@pytest.mark.parametrize("held", ["r1", "r2"])
async def test_of_two_rows_that_were_seen_at_one_moment_both_choose_the_same(db: Database, held: str):
    rows = [repository(id=each, provider=LOCATIONS, host_id="1") for each in ("r2", "r1")]
    await db.transact(lambda tx: tx.execute_many(ADD_REPOSITORY, rows))
    file = source(repository_id=held, path="one.yaml", content=zlib.compress(b"one"))
    await db.transact(lambda tx: tx.execute(ADD_SOURCE, file))
    reader, url = RepositoryReader(registry()), page("shop", "one.yaml")

    async def ahead(tx: Reading) -> Answer:
        return await (await reader.ahead(tx, [url])).read(tx, url)

    assert await db.read(ahead) == await db.read(lambda tx: reader.read(tx, url))


async def test_who_looked_ahead_asks_no_more(db: Database):
    await hold(db)
    ahead = await db.read(lambda tx: RepositoryReader(registry()).ahead(tx, PAGES))
    found = [await ahead.read(WithoutQuestions(), PAGES[place]) for place in (0, 1, 5, 6)]  # type: ignore[arg-type]
    assert [type(each) for each in found] == [Found, Absent, Pending, Pending]
