"""The one writer: a thread that owns the only writing connection and runs every transaction, one after the other.

Lanes (group commits of the journal) go first; after each of their transactions one other gets its turn, so that
neither starves. Nothing waits for a timer: a lane's transaction takes whatever is queued at that moment.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import structlog

from cuelight.clock import Clock
from cuelight.db.queue import Queue
from cuelight.db.sqlite.connection import SQLiteTransaction
from cuelight.db.transaction import Work, drive
from cuelight.errors import ServiceUnavailableError

_log = structlog.get_logger(__name__)

Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class Deliver(Protocol):
    """How results reach the event loop: futures with their results, the channels to wake, what to do then."""

    def __call__(
        self, outcomes: Sequence[Outcome], channels: Iterable[str], *, then: Callable[[], None] | None = None
    ) -> None:
        """Hand over a batch."""
        ...


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
        self.trouble: str | None = None
        """Why nothing can be written any more; None while all is well."""
        self._thread = threading.Thread(target=self._run, name="cuelight-writer", daemon=True)
        self._thread.start()

    def lane(self, queue: Queue) -> None:
        """Let *queue* go first from now on."""
        self._lanes.append(queue)

    def wake(self) -> None:
        """Let the thread look at its queues; where it has ended, nothing that waits in them will be done."""
        if self.trouble is not None:
            self._refuse()
        elif not self._ready.is_set():  # else it was told, and has not looked yet
            self._ready.set()

    def submit(self, work: Work[Any]) -> asyncio.Future[Any]:
        """Queue *work*; called on the event loop's thread."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._works.append((work, future))
        self.wake()
        return future

    def close(self) -> None:
        """Run what is queued, then end the thread. Blocks until it has ended."""
        self._closing = True
        self._ready.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        try:
            self._serve()
            self.trouble = "it is closed"
        except BaseException as error:  # noqa: BLE001 -- whatever it was, those who wait must hear of it
            self.trouble = f"its writer ended: {type(error).__name__}: {error}; restart this process"
            _log.exception("writer_ended")
        self._deliver((), (), then=self._refuse)

    def _serve(self) -> None:
        while True:
            self._ready.wait()
            self._ready.clear()
            while self._turn():
                pass
            if self._closing and not self._works and not any(self._lanes):
                return

    def _refuse(self) -> None:
        """Fail whatever waits; called on the event loop's thread."""
        waiting = [future for _, future in self._works]
        waiting += [future for lane in self._lanes for _, future in lane.drain()]
        self._works.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(ServiceUnavailableError(f"the database cannot be written: {self.trouble}"))

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
        results, error, channels = self._transaction(lambda tx: lane.results(tx, items))
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
        results, error, channels = self._transaction(lambda tx: lane.results(tx, [item]))
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


_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)
"""The primary result codes that say something of the file or its disk, and nothing of the statement."""


def _meant(error: BaseException) -> BaseException:
    """The driver's word that the file cannot be written, as an error of ours; others as they are."""
    if isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _AWAY:
        unavailable = ServiceUnavailableError(f"the database cannot be written: {error}; check its disk", retry_after=5)
        unavailable.__cause__ = error
        return unavailable
    return error
