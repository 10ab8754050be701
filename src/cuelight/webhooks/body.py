"""Reading a request's body: under a size limit, under a deadline, and counted while it is in memory."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Self

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

    def luggage(self) -> "Luggage":
        """The bytes of one request, as a context: given back at its end."""
        return Luggage(self)

    def give_back(self, count: int) -> None:
        """*count* bytes are not in memory any more."""
        self.bytes -= count

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flight.give_back(self.bytes)

    def add(self, count: int) -> None:
        """Count *count* more bytes of this request."""
        self._flight.take(count)
        self.bytes += count


class Deadline:
    """Ends the reading of requests that take longer than *seconds*.

    One timer looks after all of them: setting one for each costs more than reading a body that is there already.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        """Who reads, in the order in which they are late."""
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, reading: Awaitable[bytes]) -> bytes:
        """What the task that calls this is *reading*; DeadlineError where it takes too long."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a coroutine runs in a task
        loop = asyncio.get_running_loop()
        self._until[task] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)
        try:
            return await reading
        except asyncio.CancelledError:
            if task not in self._late or task.uncancel() > 0:
                raise
            raise DeadlineError(
                f"the request was not complete after {self._seconds:g} seconds; nothing of it was kept"
            ) from None
        finally:
            del self._until[task]
            self._late.discard(task)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, until in self._until.items():
            if until > loop.time():
                self._timer = loop.call_at(until, self._look, loop)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()


async def read_body(receive: Receive, luggage: Luggage, *, limit: int) -> bytes:
    """The whole body; TooLargeError past *limit* bytes, DisconnectedError where the sender left."""
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
