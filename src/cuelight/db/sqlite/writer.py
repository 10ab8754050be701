"""The one writer: a thread that owns the only writing connection and runs every transaction, one after the other.

Lanes (group commits of the journal) go first; after each of their transactions one other gets its turn, so that
neither starves. Nothing waits for a timer: a lane's transaction takes whatever is queued at that moment.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from cuelight.clock import Clock
from cuelight.db.sqlite.connection import SQLiteTransaction
from cuelight.db.transaction import Transaction, Work, drive
from cuelight.errors import ServiceUnavailableError

Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]
Deliver = Callable[[Sequence[Outcome], Iterable[str]], None]
"""How results reach the event loop: futures with their results, and the channels to wake."""


class Queue:
    """A lane's items, waiting for their transaction."""

    def __init__(
        self,
        wake: Callable[[], None],
        work: Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._wake = wake
        self.work = work
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._items: deque[tuple[Any, int, asyncio.Future[Any]]] = deque()

    def submit(self, item: Any, size: int) -> Awaitable[Any]:
        """Queue *item*; called on the event loop's thread."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._items.append((item, size, future))
        self._wake()
        return future

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._items)

    def take(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        """What goes into one transaction: at least one item, then as many as the caps allow."""
        taken: list[tuple[Any, asyncio.Future[Any]]] = []
        room = self._max_bytes
        while self._items and len(taken) < self._max_items and (not taken or self._items[0][1] <= room):
            item, size, future = self._items.popleft()
            room -= size
            if not future.cancelled():
                taken.append((item, future))
        return taken


class Writer:
    """The thread, its two kinds of queues, and the transactions that it runs."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, deliver: Deliver) -> None:
        self._connection = connection
        self._clock = clock
        self._deliver = deliver
        self._lanes: list[Queue] = []
        self._works: deque[tuple[Work[Any], asyncio.Future[Any]]] = deque()
        self._ready = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="cuelight-writer", daemon=True)
        self._thread.start()

    def lane(self, queue: Queue) -> None:
        """Let *queue* go first from now on."""
        self._lanes.append(queue)

    def wake(self) -> None:
        """Let the thread look at its queues."""
        self._ready.set()

    def submit(self, work: Work[Any]) -> asyncio.Future[Any]:
        """Queue *work*; called on the event loop's thread."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._works.append((work, future))
        self._ready.set()
        return future

    def close(self) -> None:
        """Run what is queued, then end the thread. Blocks until it has ended."""
        self._closing = True
        self._ready.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            self._ready.wait()
            self._ready.clear()
            while self._turn():
                pass
            if self._closing and not self._works and not any(self._lanes):
                return

    def _turn(self) -> bool:
        """One transaction of each lane that waits, then one other; False where nothing waited."""
        busy = False
        for lane in self._lanes:
            if lane:
                busy = True
                self._commit_lane(lane)
        if self._works:
            busy = True
            work, future = self._works.popleft()
            if not future.cancelled():
                self._commit_work(work, future)
        return busy

    def _commit_work(self, work: Work[Any], future: asyncio.Future[Any]) -> None:
        result, error, channels = self._transaction(work)
        self._deliver([(future, result, error)], channels)

    def _commit_lane(self, lane: Queue) -> None:
        taken = lane.take()
        if not taken:
            return
        items = [item for item, _ in taken]
        results, error, channels = self._transaction(lambda tx: lane.work(tx, items))
        if error is None:
            self._deliver(
                [(future, result, None) for (_, future), result in zip(taken, results, strict=True)], channels
            )
        elif len(taken) == 1:
            self._deliver([(taken[0][1], None, error)], ())
        else:
            for item, future in taken:
                self._commit_alone(lane, item, future)

    def _commit_alone(self, lane: Queue, item: Any, future: asyncio.Future[Any]) -> None:
        results, error, channels = self._transaction(lambda tx: lane.work(tx, [item]))
        self._deliver([(future, None if error else results[0], error)], channels)

    def _transaction(self, work: Work[Any]) -> tuple[Any, BaseException | None, Iterable[str]]:
        """Run *work* between BEGIN and COMMIT: its result, or its error after a ROLLBACK, and whom to wake."""
        tx = SQLiteTransaction(self._connection, self._clock.now())
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            result = drive(work(tx))
            self._connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 -- it belongs to whoever asked for the transaction
            self._roll_back()
            return None, _meant(error), ()
        return result, None, tx.channels

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _meant(error: BaseException) -> BaseException:
    """The driver's word that the file cannot be written, as an error of ours; others as they are."""
    if isinstance(error, sqlite3.OperationalError):
        unavailable = ServiceUnavailableError(f"the database cannot be written: {error}; check its disk", retry_after=5)
        unavailable.__cause__ = error
        return unavailable
    return error
