"""What the tests of the whole program may ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.world import World, connected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs take seconds to start: every test of this folder is slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A code host and a Cuelight that hears of its pushes; one for a module, so each test has its own repositories."""
    async with connected(tmp_path_factory.mktemp("world")) as made:
        yield made
