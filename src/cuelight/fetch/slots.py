"""Turns: how many requests one host gets at one time, and who of us waits for whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from cuelight.fetch.purposes import Purpose

BACKGROUND: Final[frozenset[Purpose]] = frozenset({"sweep", "scan"})
"""Purposes that together never take more than half of the slots, so that an event's request does not queue behind them."""


class Slots:
    """Requests that are under way to one host, *concurrency* at most."""

    def __init__(self, concurrency: int) -> None:
        self._all = asyncio.Semaphore(concurrency)
        self._background = asyncio.Semaphore(max(1, concurrency // 2))

    @asynccontextmanager
    async def taken(self, purpose: Purpose) -> AsyncIterator[None]:
        """Wait for a slot, and hold it."""
        if purpose not in BACKGROUND:
            async with self._all:
                yield
            return
        async with self._background, self._all:
            yield
