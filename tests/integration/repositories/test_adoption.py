"""How a repository comes to be tracked: once by each provider, whoever sees it first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
from sqlalchemy import select

from cuelight.clock import ManualClock
from cuelight.db import Database, Statement
from cuelight.repositories.tables import REPOSITORIES
from cuelight.repositories.tracked import LOCATIONS, insert_candidate, track
from cuelight.scm import Repository
from tests.database import database

pytestmark = pytest.mark.usefixtures("dialect")

GITHUB: Final = "github-provider:default"
SHOP: Final = Repository(
    host="github.com", id="r1", full_name="acme/shop", web_url="https://github.com/acme/shop", default_branch="main"
)
IDS: Final = Statement(select(REPOSITORIES.c.id).order_by(REPOSITORIES.c.id))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as db:
        yield db


async def adopt(db: Database, provider: str, branch: str = "main") -> str:
    """Have *provider* add the shop, which it knows nothing of."""
    return await db.transact(lambda tx: insert_candidate(tx, provider, SHOP, branch))


async def ids(db: Database) -> list[str]:
    return [row["id"] for row in await db.read(lambda tx: tx.fetch(IDS))]


async def test_those_who_see_a_repository_at_the_same_moment_track_it_once(db: Database):
    async def see(number: int) -> str:
        repository = msgspec.structs.replace(SHOP, id=f"r{number}")
        return await db.transact(lambda tx: track(tx, GITHUB, repository, "main"), together=True)

    adopted = [await asyncio.gather(*(see(number) for _ in range(6))) for number in range(10)]
    assert sorted({row for rows in adopted for row in rows}) == await ids(db)
    assert [len(set(rows)) for rows in adopted] == [1] * 10


async def test_who_comes_second_gets_the_row_of_who_came_first(db: Database):
    assert await adopt(db, GITHUB) == await adopt(db, GITHUB)


async def test_each_provider_tracks_it_by_a_row_of_its_own(db: Database):
    assert await adopt(db, GITHUB) != await adopt(db, "github-provider:other")


async def test_locations_may_name_several_of_its_branches(db: Database):
    assert await adopt(db, LOCATIONS, "main") != await adopt(db, LOCATIONS, "next")
