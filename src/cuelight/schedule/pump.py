"""A pump empties a queue that lives in the database: it claims what is due and runs it, a few at a time."""

import asyncio
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from cuelight.clock import Clock
from cuelight.db import Listener

Item = TypeVar("Item")

_log = structlog.get_logger(__name__)
_IDLE = 3600.0
"""Seconds that an idle pump waits at most; its own tick wakes it long before."""


class Source(Protocol[Item]):
    """Where a pump's items come from, and what is done with them."""

    @property
    def name(self) -> str:
        """What it is called in logs."""
        ...

    async def claim(self, limit: int) -> Sequence[Item]:
        """Take up to *limit* due items, so that nobody else takes them; fewer means that no more are due."""
        ...

    async def handle(self, item: Item) -> None:
        """Do what *item* asks for. An error is logged; when it is tried again is up to the source."""
        ...


class Pump(Generic[Item]):
    """Claims from *source* while one of *slots* is free; woken by *listener*, or by itself every *poll* seconds."""

    def __init__(
        self, source: Source[Item], listener: Listener, clock: Clock, *, slots: int, poll: float = 1.0
    ) -> None:
        self._source = source
        self._listener = listener
        self._clock = clock
        self._slots = slots
        self._poll = poll
        self._running: set[asyncio.Task[None]] = set()
        self.grace = 5.0
        """Seconds that running items get to finish once the pump is cancelled."""
        self.eager = False
        """Whether to claim whenever an item ends, as the source gives fewer while others run."""

    async def run(self) -> None:
        """Work until cancelled; then give what runs a moment to finish."""
        ticking = asyncio.create_task(self._tick(), name=f"{self._source.name} tick")
        try:
            while True:
                await self._fill()
                await self._listener.wait(_IDLE)
        finally:
            ticking.cancel()
            await self._drain()

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._poll)
            self._listener.wake()

    async def _fill(self) -> None:
        """Claim until all slots are taken or nothing more is due."""
        while (free := self._slots - len(self._running)) > 0:
            items = await self._claim(free)
            for item in items:
                self._start(item)
            if len(items) < free:
                return

    async def _claim(self, limit: int) -> Sequence[Item]:
        try:
            return await self._source.claim(limit)
        except Exception:  # noqa: BLE001 -- whatever it was, the loop goes on
            _log.exception("claim_failed", source=self._source.name)
            return ()

    def _start(self, item: Item) -> None:
        task = asyncio.create_task(self._handle(item), name=self._source.name)
        self._running.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        if self.eager or len(self._running) >= self._slots:
            self._listener.wake()  # all slots were taken: more may be due than could be claimed
        self._running.discard(task)

    async def _handle(self, item: Item) -> None:
        try:
            await self._source.handle(item)
        except Exception:  # noqa: BLE001 -- whatever it was, the loop goes on
            _log.exception("item_failed", source=self._source.name)

    async def _drain(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=self.grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
