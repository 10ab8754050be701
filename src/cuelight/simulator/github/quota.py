"""GitHub's primary rate limit: so many requests of the REST API, and so many points of GraphQL, an hour."""

import threading
from collections.abc import Callable
from typing import Any, Final

from cuelight.clock import SECOND, Clock

HOUR: Final = 3600


class Quota:
    """Counts what is spent of *resource* (`core`, `graphql`) by the hour; *limit* is asked afresh each time."""

    def __init__(self, clock: Clock, resource: str, limit: Callable[[], int]) -> None:
        self._clock = clock
        self._resource = resource
        self._limit = limit
        self._hour = 0
        self._used = 0
        self._lock = threading.Lock()

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left in this hour."""
        return bool(self.document()["remaining"] == 0)

    def spend(self, count: int = 1) -> None:
        """Count *count* requests or points."""
        with self._lock:
            self._roll()
            self._used += count

    def document(self) -> dict[str, Any]:
        """Return the state as `GET /rate_limit` shows it."""
        with self._lock:
            self._roll()
            limit = self._limit()
            used = min(self._used, limit)
            return {
                "limit": limit,
                "used": used,
                "remaining": limit - used,
                "reset": (self._hour + 1) * HOUR,
                "resource": self._resource,
            }

    def _roll(self) -> None:
        hour = self._clock.now() // SECOND // HOUR
        if hour != self._hour:
            self._hour, self._used = hour, 0
