"""When a failed event is tried again, and when no more."""

import random

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """At most `attempts` tries. Before the n-th retry: up to `first` · 2^(n-1) seconds, never more than `longest`.

    Half of the delay is fixed, half is chance, so that events which failed together do not return together.
    """

    attempts: int = 8
    first: float = 1.0
    longest: float = 300.0

    def exhausted(self, attempt: int) -> bool:
        """Whether *attempt* (from 1) was the last."""
        return attempt >= self.attempts

    def delay(self, attempt: int) -> float:
        """Seconds from the failure of *attempt* to the next."""
        longest = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return longest / 2 + random.uniform(0, longest / 2)
