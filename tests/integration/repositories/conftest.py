"""The world of every test here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import cuelight.journal.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.clock import ManualClock
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import World


@pytest.fixture(autouse=True)
def both(dialect: str) -> None:
    """Every test here runs on SQLite and on PostgreSQL."""


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider("catalog-info.yaml", "services/*/catalog-info.yaml")


@pytest.fixture
async def world(tmp_path: Path, provider: MemoryProvider) -> AsyncIterator[World]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, provider)
