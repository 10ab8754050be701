"""Waiting for a condition, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a condition that does not hold has failed: more than a lease of a process that was killed."""
PAUSE = 0.02


async def until(look: Callable[[], Awaitable[T | None]], *, seconds: float = PATIENCE) -> T:
    """What *look* gives, once that is true; AssertionError with its last answer where it never is."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        source = inspect.getsource(look).strip() if inspect.isfunction(look) else repr(look)
        assert time.monotonic() < deadline, f"after {seconds} s it is still {found!r}: {source}"
        await asyncio.sleep(PAUSE)
    return found
