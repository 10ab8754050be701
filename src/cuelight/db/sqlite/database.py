"""A SQLite file as a `Database`."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from cuelight.clock import Clock
from cuelight.db.database import Lane
from cuelight.db.queue import Queue
from cuelight.db.sqlite.connection import SQLiteTransaction, connect
from cuelight.db.sqlite.lock import FileLock
from cuelight.db.sqlite.writer import Outcome, Writer
from cuelight.db.statements import Statement
from cuelight.db.transaction import Look, Parameters, Row, Transaction, Work, drive
from cuelight.db.wakeups import Listener, Wakeups

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")

READERS = 4
"""Threads that read; each has a connection of its own."""


class SQLiteDatabase:
    """One file, held by this process (*lock*) until `close`. Made on the event loop that uses it."""

    exclusive = True

    def __init__(self, path: Path, clock: Clock, lock: FileLock) -> None:
        self._path = path
        self._clock = clock
        self._lock = lock
        self._loop = asyncio.get_running_loop()
        self._wakeups = Wakeups()
        self._writer = Writer(connect(path, writing=True), clock, self._deliver)
        self._inline = connect(path, writing=False)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="cuelight-reader")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written any more."""
        return self._writer.trouble

    def now(self) -> int:
        """The clock's time: a process alone with its file needs no other."""
        return self._clock.now()

    def listen(self, *channels: str) -> Listener:
        """Be woken by commits that notify one of *channels*."""
        return self._wakeups.listen(*channels)

    async def transact(self, work: Work[T], *, together: bool = False) -> T:  # noqa: ARG002 -- there is one writer
        """Run *work* on the writer's thread."""
        result: T = await self._writer.submit(work)
        return result

    async def get(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Read one row by its key, on the event loop's own connection."""
        compiled = statement.sqlite
        row: Row | None = self._inline.execute(compiled.sql, compiled.bind(parameters)).fetchone()
        return row

    async def read(self, look: Look[T]) -> T:
        """Run *look* on a reader's thread."""
        return await self._loop.run_in_executor(self._readers, self._look, look)

    def lane(
        self,
        work: Callable[[Transaction, Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> Lane[Item, Result]:
        """A lane that goes first."""
        queue = Queue(self._writer.wake, work, max_items=max_items, max_bytes=max_bytes)
        self._writer.lane(queue)
        return queue

    async def close(self) -> None:
        """Run what is queued, close every connection, let the file go."""
        await asyncio.sleep(0)  # what was submitted in this turn of the loop is handed over at its end
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in (self._inline, *self._connections):
            connection.close()
        self._lock.release()

    def _look(self, look: Look[T]) -> T:
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            return drive(look(SQLiteTransaction(connection, self._clock.now())))
        finally:
            connection.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, writing=False)
            self._connections.append(connection)
        return connection

    def _deliver(
        self, outcomes: Sequence[Outcome], channels: Iterable[str], *, then: Callable[[], None] | None = None
    ) -> None:
        """Hand results to the event loop: one call for a whole batch."""
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._resolve, outcomes, channels, then)

    def _resolve(self, outcomes: Sequence[Outcome], channels: Iterable[str], then: Callable[[], None] | None) -> None:
        for future, result, error in outcomes:
            _settle(future, result, error)
        self._wakeups.wake(channels)
        if then is not None:
            then()


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
