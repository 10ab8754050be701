"""What the endpoints stand on; filled by `app`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from cuelight.api.remembered import Remembered
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.registered import Registering
from cuelight.catalog.rehearsal import Rehearsal
from cuelight.catalog.rules import Rules
from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.db.wakeups import Listener
from cuelight.errors import ServiceUnavailableError
from cuelight.repositories import Registry
from cuelight.repositories.live import LiveReader

MOST_WAITING = 200
"""Requests that may wait for a change at a time; past it they are answered at once."""
MOST_STREAMS = 200
"""Change feeds that may be open at a time; past it they are refused for a while."""


class Streams:
    """The change feeds that are open, by what wakes them; and the word that they are to end."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._open: set[Listener] = set()
        self.ended = False

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._open)

    def require_room(self) -> None:
        """ServiceUnavailableError where no more may be opened."""
        if self.ended or len(self._open) >= self._most:
            raise ServiceUnavailableError(
                f"{len(self._open)} change feeds are open, and there may be no more; try again later", retry_after=10
            )

    @contextmanager
    def taking_part(self, listener: Listener) -> Iterator[None]:
        """Count a feed as open; *listener* is woken when it is to end."""
        self._open.add(listener)
        try:
            yield
        finally:
            self._open.discard(listener)

    def end(self) -> None:
        """Have all of them end now, so that the server can."""
        self.ended = True
        for listener in tuple(self._open):
            listener.wake()


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
    remembered: Remembered = msgspec.field(default_factory=Remembered)
    streams: Streams = msgspec.field(default_factory=Streams)
    waiting: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(MOST_WAITING))

    @property
    def rehearsal(self) -> Rehearsal:
        """What dry runs go through."""
        return self.rehearsing or Rehearsal(Pipeline(()), Rules(), lambda: LiveReader(self.db, self.registry))
