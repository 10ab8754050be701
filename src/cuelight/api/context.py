"""What the endpoints stand on; filled by `app`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.repositories import Registry

MOST_WAITING = 200
"""Requests that may wait for a change at a time; past it they are answered at once."""


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
    waiting: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(MOST_WAITING))
