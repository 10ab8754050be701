"""Reading a request's body: under a size limit, under a deadline, and counted while it is in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from cuelight.errors import CuelightError, ServiceUnavailableError, TooLargeError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class DisconnectedError(CuelightError):
    """The sender went away before its request was complete; nobody waits for an answer."""


class DeadlineError(CuelightError):
    """The request was not complete within its deadline; send it faster."""

    status = 408


class Flight:
    """The bytes of all bodies that are in memory now, against their limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.bytes = 0

    @contextmanager
    def luggage(self) -> Iterator["Luggage"]:
        """The bytes of one request, given back at the end."""
        luggage = Luggage(self)
        try:
            yield luggage
        finally:
            self.bytes -= luggage.bytes

    def take(self, count: int) -> None:
        """Count *count* more bytes; ServiceUnavailableError past the limit."""
        if self.bytes + count > self._limit:
            raise ServiceUnavailableError(
                f"{self.bytes} bytes of deliveries are being read, and the limit is {self._limit}; send it again in a moment",
                retry_after=1,
            )
        self.bytes += count


class Luggage:
    """What one request has in memory."""

    __slots__ = ("_flight", "bytes")

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self.bytes = 0

    def add(self, count: int) -> None:
        """Count *count* more bytes of this request."""
        self._flight.take(count)
        self.bytes += count


async def read_body(receive: Receive, luggage: Luggage, *, limit: int, deadline: float) -> bytes:
    """The whole body.

    TooLargeError past *limit* bytes, DeadlineError after *deadline* seconds, DisconnectedError where the sender left.
    """
    try:
        async with asyncio.timeout(deadline):
            return await _chunks(receive, luggage, limit)
    except TimeoutError:
        raise DeadlineError(
            f"the request was not complete after {deadline:g} seconds; nothing of it was kept"
        ) from None


async def _chunks(receive: Receive, luggage: Luggage, limit: int) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk: bytes = message.get("body", b"")
        luggage.add(len(chunk))
        if luggage.bytes > limit:
            raise too_large(luggage.bytes, limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(size: int, limit: int) -> TooLargeError:
    """The error for a body of *size* bytes or more."""
    return TooLargeError(
        f"the body has {size} bytes or more, and the limit is {limit} (backend.ingress.bodyLimit); nothing of it was kept"
    )
