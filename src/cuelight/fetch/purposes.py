"""What a request to a code host is for: webhooks are answered first, and a full discovery must not eat what they need.

A purpose is set around a piece of work and seen by every request under it, in its tasks too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Purpose = Literal["events", "confirmation", "sweep", "scan"]

_PURPOSE: Final[ContextVar[Purpose]] = ContextVar("purpose", default="events")


@contextmanager
def spending(purpose: Purpose) -> Iterator[None]:
    """Count every request to a code host within as one for *purpose*."""
    token = _PURPOSE.set(purpose)
    try:
        yield
    finally:
        _PURPOSE.reset(token)


def purpose_now() -> Purpose:
    """What requests are for at this moment."""
    return _PURPOSE.get()
