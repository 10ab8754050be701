"""How far behind their hosts all repositories may be."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.clock import SECOND, ManualClock
from cuelight.db import Database
from cuelight.repositories.freshness import Staleness, measure_staleness
from tests.database import database
from tests.rows import add
from tests.tracked import ADD_REPOSITORY, NOW, repository

pytestmark = pytest.mark.usefixtures("dialect")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as opened:
        yield opened


async def test_where_nothing_is_tracked_nothing_is_stale(db: Database):
    assert await measure_staleness(db) == Staleness(oldest=0, waiting=0, unsettled=0)


async def test_the_oldest_confirmation_of_a_tracked_repository_counts(db: Database):
    instants = {"r1": NOW - 5 * SECOND, "r2": NOW - 9 * SECOND, "r3": None}
    await add(db, ADD_REPOSITORY, *(repository(id=name, confirmed_at=at) for name, at in instants.items()))
    await add(db, ADD_REPOSITORY, repository(id="r4", status="excluded", confirmed_at=1))
    assert (await measure_staleness(db)).oldest == 9 * SECOND


async def test_a_repository_that_is_to_be_looked_at_waits(db: Database):
    await add(db, ADD_REPOSITORY, repository(due_at=NOW), repository(id="r2", due_at=NOW + SECOND), repository(id="r3"))
    assert (await measure_staleness(db)).waiting == 2


@pytest.mark.parametrize(("status", "unsettled"), [("tracked", 1), ("candidate", 1), ("excluded", 0), ("gone", 0)])
async def test_a_reason_is_trouble_only_while_the_repository_belongs_here(db: Database, status: str, unsettled: int):
    await add(db, ADD_REPOSITORY, repository(status=status, reason="because"))
    assert (await measure_staleness(db)).unsettled == unsettled
