"""The database's time: the server's, known here without asking it each time."""

from typing import Final, Protocol

import asyncpg

from cuelight.clock import SECOND, Clock

REFRESH: Final = 1.0
"""Seconds after which a transaction measures anew."""

_NOW: Final = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"


class Time(Protocol):
    """What says how late it is in the database."""

    def now(self) -> int:
        """Microseconds since the epoch."""
        ...

    async def refresh(self, connection: asyncpg.Connection) -> None:
        """Ask the server, where that is due."""
        ...


class ServerTime:
    """The server's time, by a steady clock of ours and the distance to it, measured at least once before it is asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = 0
        self._measured: float | None = None

    def now(self) -> int:
        """Microseconds since the epoch on the server, to within half a round trip."""
        return self._steady() + self._ahead

    async def refresh(self, connection: asyncpg.Connection) -> None:
        """Measure the distance, unless that was done a moment ago."""
        if self._measured is not None and self._clock.monotonic() - self._measured < REFRESH:
            return
        asked = self._steady()
        server: int = await connection.fetchval(_NOW)
        answered = self._steady()
        self._adopt(server, asked=asked, answered=answered)

    def _adopt(self, server: int, *, asked: int, answered: int) -> None:
        """Believe the answer, which was true at some moment between the two; a belief that fits it is kept, so that time does not jitter."""
        if self._measured is None or not server - answered <= self._ahead <= server - asked:
            self._ahead = server - (asked + answered) // 2
        self._measured = answered / SECOND

    def _steady(self) -> int:
        return int(self._clock.monotonic() * SECOND)
