"""What the endpoints stand on; filled by `app`."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from cuelight.api.remembered import Remembered
from cuelight.api.waiting import Waiting
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.queries import Columns
from cuelight.catalog.registered import Registering
from cuelight.catalog.rehearsal import Rehearsal
from cuelight.catalog.rules import Rules
from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.repositories import Registry
from cuelight.repositories.live import LiveReader

MOST_WAITING = 200
"""Requests that may wait for a change at a time; past it they are answered at once."""
MOST_STREAMS = 200
"""Change feeds that may be open at a time; past it they are refused for a while."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The database, the time, and two questions that only the whole program can answer.

    `metrics` gives Prometheus' text. `readiness` gives, by dependency, a sentence on what it lacks, or None.
    """

    db: Database
    clock: Clock
    metrics: Callable[[], Awaitable[bytes]]
    readiness: Callable[[], Awaitable[Mapping[str, str | None]]]
    registry: Registry = msgspec.field(default_factory=lambda: Registry(()))
    """Which repository an address is in; by default none is configured."""
    registering: Registering = Registering()
    """How locations are registered, as the configuration has it."""
    rehearsing: Rehearsal | None = None
    """What dry runs go through; by default a pipeline without processors, over rows alone."""
    columns: Columns = msgspec.field(default_factory=Columns)
    """What counts entities; of this database alone."""
    remembered: Remembered = msgspec.field(default_factory=Remembered)
    streams: Waiting = msgspec.field(default_factory=lambda: Waiting(MOST_STREAMS))
    waiting: Waiting = msgspec.field(default_factory=lambda: Waiting(MOST_WAITING))

    @property
    def rehearsal(self) -> Rehearsal:
        """What dry runs go through."""
        return self.rehearsing or Rehearsal(Pipeline(()), Rules(), lambda: LiveReader(self.db, self.registry))
