"""What every deletion asks of the database goes by an index, and counting ends where enough is known."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cuelight.catalog import deletions
from cuelight.catalog.ownership import judgement, moves, weakness
from cuelight.catalog.queries import deletions as queries
from cuelight.clock import ManualClock
from cuelight.db import Database, Statement
from tests.database import database

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

STATEMENTS = {
    "due by cause": judgement.DUE_BY_CAUSE,
    "deleted lately": judgement.DELETED,
    "held": judgement.HELD,
    "roots held": judgement.HELD_ROOTS,
    "roots": judgement.ROOTS,
    "alive": judgement.ALIVE_BELOW,
    "any held": weakness.ANY_HELD,
    "any moving": moves.ANY_MOVING,
    "movements": moves.MOVEMENTS,
    "a movement": moves.PARTS,
    "all held": deletions.HELD,
    "all held of a provider": deletions.HELD_OF,
    "old": deletions.OLD,
    "a deletion": queries.ONE,
    "its parts": queries.PARTS,
    "its last words": queries.LAST_WORDS,
    **{f"page by state {state}, by provider {own}": page for (state, own), page in queries.PAGES.items()},
}
DERIVED = ("SCAN alive", "SCAN anon_", "SCAN (subquery")
"""What the statement has made itself."""


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as opened:
        yield opened


async def plan(db: Database, statement: Statement) -> list[str]:
    compiled = statement.sqlite
    given = {**dict.fromkeys(re.findall(r":(\w+)", compiled.sql), 1), **compiled.defaults}
    explained = Statement(text(f"EXPLAIN QUERY PLAN {compiled.sql}"))
    return [row["detail"] for row in await db.read(lambda tx: tx.fetch(explained, given))]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_it_searches_and_does_not_scan(db: Database, name: str):
    steps = await plan(db, STATEMENTS[name])
    assert [step for step in steps if step.startswith("SCAN") and not step.startswith(DERIVED)] == []


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name.startswith("page")])
async def test_a_page_is_never_sorted(db: Database, name: str):
    assert not [step for step in await plan(db, STATEMENTS[name]) if "ORDER BY" in step]
