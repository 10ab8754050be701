from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.catalog.world import World, world


@pytest.fixture(autouse=True)
def both(dialect: str) -> None:
    """Every test here runs on SQLite and on PostgreSQL."""


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine runs."""
    async with world(tmp_path) as made:
        yield made
