from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.catalog.world import World, world


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine runs."""
    async with world(tmp_path) as made:
        yield made
