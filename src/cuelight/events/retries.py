"""When a failed event is tried again, and when no more."""

import msgspec

from cuelight.schedule import Backoff


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """At most `attempts` tries, with the pauses of `backoff` between them."""

    attempts: int = 8
    backoff: Backoff = Backoff(first=1.0, cap=300.0)

    def exhausted(self, attempt: int) -> bool:
        """Whether *attempt* (from 1) was the last."""
        return attempt >= self.attempts

    def delay(self, attempt: int) -> float:
        """Seconds from the failure of *attempt* to the next."""
        return self.backoff.delay(attempt)
