"""What is left of a host's hour, and for whom: events first, then confirmations, sweeps and scans."""

from collections.abc import Mapping
from typing import Final

from cuelight.clock import SECOND
from cuelight.fetch.answer import LONGEST_WAIT, Answer, rate_limit
from cuelight.fetch.purposes import Purpose

RESERVES: Final[Mapping[Purpose, float]] = {"events": 0.0, "confirmation": 0.05, "sweep": 0.15, "scan": 0.30}
"""The part of the hour's limit that a purpose leaves to those before it."""


class Budget:
    """One rate limit of a host, as its answers tell of it. Nothing is known, and all is allowed, before the first one."""

    def __init__(self) -> None:
        self._limit = 0
        self._remaining = 0
        self._resets_at = 0

    def note(self, answer: Answer, now: int) -> None:
        """Read what *answer* says of the limit. Answers overtake each other: within an hour it only shrinks."""
        told = rate_limit(answer)
        if told is None:
            return
        known = self._remaining if told.resets_at == self._resets_at else told.remaining
        self._limit, self._remaining = told.limit, min(known, told.remaining)
        self._resets_at = min(told.resets_at, now // SECOND + int(LONGEST_WAIT))

    def wait(self, purpose: Purpose, now: int) -> float:
        """Seconds until *purpose* may be asked for; 0 where it may be at once."""
        left = self._resets_at - now / SECOND
        needed = max(1.0, self._limit * RESERVES[purpose])
        return left if left > 0 and self._remaining < needed else 0.0

    def __str__(self) -> str:
        return f"{self._remaining} of {self._limit} requests are left"
