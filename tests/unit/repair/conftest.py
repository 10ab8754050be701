"""The world of the repositories' tests, and a clock that does not keep anybody waiting."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import World


class Hurried:
    """The time of *clock*, which whoever sleeps moves; something may happen meanwhile."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.now = clock.now
        self.monotonic = clock.monotonic
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()


@pytest.fixture(autouse=True)
def both(dialect: str) -> None:
    """Every test here runs on SQLite and on PostgreSQL."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def hurried(clock: ManualClock) -> Hurried:
    return Hurried(clock)


@pytest.fixture
async def world(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    async with database(tmp_path, clock) as db:
        yield World(db, clock, MemoryProvider("catalog-info.yaml", "services/*/catalog-info.yaml"))
