"""Time as a parameter: nothing else in this package asks the machine what time it is.

Instants are whole microseconds since 1970-01-01T00:00:00Z (an `int`, a BIGINT in the database), so
that they compare, subtract and index the same everywhere.
"""

import asyncio
import heapq
import itertools
import os
import time
from datetime import UTC, datetime
from typing import Protocol

SECOND = 1_000_000
"""Microseconds in a second."""


class Clock(Protocol):
    """Where a component gets its time from."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a scale that never steps back, for measuring durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        ...


class SystemClock:
    """The machine's time. Where that is set back, this one goes on from where it was, so that no lease becomes endless."""

    def __init__(self) -> None:
        self._last = (time.time_ns() // 1000, time.monotonic_ns() // 1000)

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        wall, steady = time.time_ns() // 1000, time.monotonic_ns() // 1000
        then, mark = self._last
        now = max(wall, then + steady - mark)
        self._last = (now, steady)
        return now

    def monotonic(self) -> float:
        """Seconds on a scale that never steps back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A time that moves only when told to; for simulations and tests, where nothing sleeps."""

    def __init__(self, now: int = 1_767_225_600 * SECOND) -> None:
        self._now = now
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> int:
        """Microseconds since the epoch, as set."""
        return self._now

    def monotonic(self) -> float:
        """The same scale in seconds."""
        return self._now / SECOND

    async def sleep(self, seconds: float) -> None:
        """Return once `advance` has moved the time by *seconds*."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + int(seconds * SECOND), next(self._order), future))
        await future

    def advance(self, seconds: float) -> None:
        """Move the time and wake whoever slept until then."""
        self._now += int(seconds * SECOND)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)


def isoformat(instant: int) -> str:
    """Format *instant* as ISO 8601 in UTC with milliseconds: `2026-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(instant / SECOND, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> int:
    """Read an ISO 8601 instant (with an offset or `Z`); ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; end it with Z or +00:00")
    return round(moment.timestamp() * SECOND)


def timed_id(instant: int) -> str:
    """Make an id that sorts by *instant*: UUID version 7 (RFC 9562)."""
    value = (instant // 1000 << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def earliest_id(instant: int) -> str:
    """What sorts before each `timed_id` of *instant* and later, and after all earlier ones (to the millisecond)."""
    digits = f"{instant // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}"
