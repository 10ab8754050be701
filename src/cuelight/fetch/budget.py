"""What is left of a host's hour, and for whom: events first, then confirmations, sweeps and scans."""

from collections.abc import Mapping
from typing import Final

from cuelight.clock import SECOND
from cuelight.fetch.answer import Answer, rate_limit
from cuelight.fetch.purposes import Purpose

RESERVES: Final[Mapping[Purpose, float]] = {"events": 0.0, "confirmation": 0.05, "sweep": 0.15, "scan": 0.30}
"""The part of the hour's limit that a purpose leaves to those before it."""


class Budget:
    """One rate limit of a host, as its answers tell of it. Nothing is known, and all is allowed, before the first one."""

    def __init__(self) -> None:
        self._limit = 0.0
        self._remaining = 0.0
        self._hour = 0.0
        self._ends_at = 0

    def note(self, answer: Answer, now: int) -> None:
        """Read what *answer* says of the limit. Answers overtake each other: within an hour it only shrinks."""
        told = rate_limit(answer, now)
        if told is None:
            return
        known = self._remaining if told.hour == self._hour else told.remaining
        self._limit, self._remaining, self._hour = told.limit, min(known, told.remaining), told.hour
        self._ends_at = now + int(told.resets_in * SECOND)

    def wait(self, purpose: Purpose, now: int) -> float:
        """Seconds until *purpose* may be asked for; 0 where it may be at once."""
        left = (self._ends_at - now) / SECOND
        needed = max(1.0, self._limit * RESERVES[purpose])
        return left if left > 0 and self._remaining < needed else 0.0

    def __str__(self) -> str:
        return f"{self._remaining:.0f} of {self._limit:.0f} requests are left"
