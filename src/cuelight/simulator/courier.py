"""Sends webhooks, a few at a time and each once, and remembers what became of them.

As at GitHub, a delivery that fails is not sent again by itself: whoever missed it has to notice. Where faults are in force,
some are lost, sent twice, late, or behind one that was queued after them.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import httpx2
import msgspec

from cuelight.clock import Clock
from cuelight.simulator.faults import Dice

DEADLINE: Final = 10.0
"""Seconds that GitHub waits for an answer."""
LARGEST_BODY: Final = 25 * 1024 * 1024
"""Larger payloads are not delivered at all.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
"""
SENDERS: Final = 16
WAITING: Final = 10_000
REMEMBERED: Final = 2_000
REMEMBERED_BYTES: Final = 64 * 1024 * 1024


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """Where webhooks go. Without a secret they are unsigned. An app's hook names the installation, and hears of its grants."""

    url: str
    secret: str | None = None
    id: int = 1
    app: bool = False


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook ready to be sent."""

    hook: Hook
    guid: str
    event: str
    repository: str
    headers: Mapping[str, str]
    body: bytes


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a parcel. `status_code` is 0 where nobody answered; `duration` is in seconds, instants in microseconds."""

    id: int
    parcel: Parcel
    delivered_at: int
    duration: float
    status: str
    status_code: int


class _Waiting:
    """A parcel that is held back, until it is gone."""

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.gone = False


class Courier:
    """A queue of parcels and the few senders that empty it while `working`."""

    def __init__(self, clock: Clock, dice: Dice) -> None:
        self._clock = clock
        self._dice = dice
        self._late: set[asyncio.Task[None]] = set()
        self._overtaken: list[_Waiting] = []
        self._held = 0
        self._unsent = 0
        self._queue: asyncio.Queue[Parcel] = asyncio.Queue(WAITING)
        self._record: deque[Delivery] = deque()
        self._bytes = 0
        self._count = 0

    @property
    def deliveries(self) -> list[Delivery]:
        """What was sent, newest first, as far as it is remembered."""
        return list(reversed(self._record))

    @property
    def pending(self) -> int:
        """How many are queued, under way, or held back by a fault."""
        return self._unsent + self._held

    def post(self, parcel: Parcel) -> None:
        """Queue *parcel*, as its fate is. What is too large, or more than the queue holds, is recorded as not sent."""
        if len(parcel.body) > LARGEST_BODY:
            self._remember(parcel, "payload too large", 0, 0.0)
            return
        fate = self._dice.fate()
        if not fate.delays:
            self._remember(parcel, "lost", 0, 0.0)
        for delay in fate.delays:
            self._post(parcel, delay, overtaken=fate.overtaken)

    async def idle(self) -> None:
        """Return once everything queued has been sent or has failed; what is held back by a fault is not waited for."""
        await self._queue.join()

    def _post(self, parcel: Parcel, delay: float, *, overtaken: bool) -> None:
        if delay:
            self._hold(parcel, delay)
        elif overtaken:
            self._overtaken.append(self._hold(parcel, self._dice.faults.delay))
        else:
            self._enqueue(parcel)

    def _hold(self, parcel: Parcel, seconds: float) -> "_Waiting":
        """Keep *parcel* back for *seconds*, or until it is let go."""
        waiting = _Waiting(parcel)

        async def wait() -> None:
            await self._clock.sleep(seconds)
            self._let_go(waiting)

        self._held += 1
        task = asyncio.create_task(wait())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return waiting

    def _let_go(self, waiting: "_Waiting") -> None:
        if not waiting.gone:
            waiting.gone = True
            self._held -= 1
            self._enqueue(waiting.parcel)

    def _enqueue(self, parcel: Parcel) -> None:
        """Queue *parcel*, and behind it those that waited to be overtaken."""
        try:
            self._queue.put_nowait(parcel)
            self._unsent += 1
        except asyncio.QueueFull:
            self._remember(parcel, "queue full", 0, 0.0)
        behind, self._overtaken = self._overtaken, []
        for waiting in behind:
            self._let_go(waiting)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Send what is queued, for as long as the context lasts; what is still queued then is dropped."""
        # Its certificates are read from disk: not in the event loop.
        async with await asyncio.to_thread(_client) as client:
            senders = [asyncio.create_task(self._send_all(client)) for _ in range(SENDERS)]
            try:
                yield
            finally:
                tasks = [*senders, *self._late]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_all(self, client: httpx2.AsyncClient) -> None:
        while True:
            parcel = await self._queue.get()
            try:
                await self._send(client, parcel)
            finally:
                self._unsent -= 1
                self._queue.task_done()

    async def _send(self, client: httpx2.AsyncClient, parcel: Parcel) -> None:
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await client.post(parcel.hook.url, content=parcel.body, headers=dict(parcel.headers))
            status, code = (
                ("OK" if answer.is_success else f"Invalid HTTP Response: {answer.status_code}"),
                answer.status_code,
            )
        except TimeoutError:
            status, code = "timed out", 0
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            status, code = f"failed to connect to host: {type(error).__name__}", 0
        self._remember(parcel, status, code, self._clock.monotonic() - started)

    def _remember(self, parcel: Parcel, status: str, code: int, duration: float) -> None:
        self._count += 1
        now = self._clock.now()
        delivery = Delivery(
            id=self._count, parcel=parcel, delivered_at=now, duration=duration, status=status, status_code=code
        )
        self._record.append(delivery)
        self._bytes += len(parcel.body)
        while len(self._record) > REMEMBERED or self._bytes > REMEMBERED_BYTES:
            self._bytes -= len(self._record.popleft().parcel.body)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=DEADLINE, trust_env=False, follow_redirects=False)
