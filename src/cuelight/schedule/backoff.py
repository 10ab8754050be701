"""How long to wait before the next try: exponential, with full jitter, capped.

Full jitter (anything between nothing and the exponential bound) spreads those that failed together the furthest:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random

import msgspec

_DOUBLINGS = 60
"""Past this the bound is at its cap anyway; it keeps the power small."""


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Waits in seconds: up to `first` after the first failure, twice that after each further one, never past `cap`."""

    first: float = 1.0
    cap: float = 600.0

    def bound(self, failures: int) -> float:
        """The longest wait after *failures* in a row (at least one), in seconds."""
        return float(min(self.cap, self.first * 2 ** min(max(failures, 1) - 1, _DOUBLINGS)))

    def delay(self, failures: int, source: random.Random | None = None) -> float:
        """A wait for after *failures* in a row, in seconds, drawn from *source* (by default the machine's)."""
        return (source or random).uniform(0, self.bound(failures))
