"""A load of keep-alive connections that costs little itself: bytes out, the answer's length in, the time between."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

HOST = "127.0.0.1"


class Result:
    """What a load saw: latencies in milliseconds, answers by status, and how long it ran."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.seconds = 0.0

    @property
    def refused(self) -> int:
        """Requests that were not answered 2xx, or not answered."""
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 300)

    @property
    def rate(self) -> float:
        """Requests that were answered 2xx, a second."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300) / self.seconds

    def percentile(self, percent: float) -> float:
        """The latency below which *percent* of the requests stayed."""
        return percentile(self.milliseconds, percent)


def percentile(values: list[float], percent: float) -> float:
    """The *percent*th percentile of *values*, interpolated; nan of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


class _Connection(asyncio.Protocol):
    """One client: a request, its answer, the next request, while *going*."""

    def __init__(
        self, request: Callable[[], bytes], going: Callable[[], bool], result: Result, heard: Callable[[bytes], None]
    ) -> None:
        self._request = request
        self._going = going
        self._result = result
        self._heard = heard
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = self._request()  # to think of it, and of what its answer has to be, is not the server's time
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or len(self._buffer) < end + 4 + _length(self._buffer[:end]):
            return
        self._result.milliseconds.append((time.perf_counter() - self._sent) * 1000)
        self._result.statuses[int(self._buffer[9:12])] += 1
        self._heard(self._buffer[end + 4 :])
        self._buffer = b""
        if self._going():
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None or self._going():
            self._result.statuses[0] += 1  # the server closed it: an answer that never came, or no more were taken
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


async def load(
    port: int,
    request: Callable[[], bytes],
    *,
    connections: int,
    going: Callable[[], bool],
    heard: Callable[[bytes], None] = lambda _body: None,
) -> Result:
    """Keep *connections* to this machine's *port* busy while *going*; *heard* gets the body of each answer, untimed."""
    result = Result()
    loop: Any = asyncio.get_running_loop()
    started = time.perf_counter()
    protocols = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(lambda: _Connection(request, going, result, heard), HOST, port)
        protocols.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in protocols))
    result.seconds = time.perf_counter() - started
    return result


def lasting(seconds: float) -> Callable[[], bool]:
    """True until *seconds* from now."""
    until = time.perf_counter() + seconds
    return lambda: time.perf_counter() < until


def median(values: list[float]) -> float:
    """The median; nan of none."""
    return statistics.median(values) if values else float("nan")
