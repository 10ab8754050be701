"""A PostgreSQL database as a `Database`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from cuelight.db.database import Lane
from cuelight.db.postgresql.connection import BEGIN_ALONE, BEGIN_TOGETHER
from cuelight.db.postgresql.lanes import Lane as QueuedLane
from cuelight.db.postgresql.listening import Listening
from cuelight.db.postgresql.pool import Pool
from cuelight.db.postgresql.server import Server
from cuelight.db.postgresql.time import Time
from cuelight.db.postgresql.transactions import Transactions, persistently
from cuelight.db.statements import Statement
from cuelight.db.transaction import Look, Parameters, Row, Transaction, Work
from cuelight.db.wakeups import Listener, Wakeups

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")

WRITERS: Final = 6
"""Connections for transactions: at most one of them waits for its turn among all processes."""
READERS: Final = 6
"""Connections that read. With the one that listens, a process has 13 at most."""


class PostgreSQLDatabase:
    """The database on *server*, beside other processes. Made on the event loop that uses it."""

    exclusive = False

    def __init__(self, server: Server, time: Time) -> None:
        self._server = server
        self._time = time
        self._wakeups = Wakeups()
        self._listening = Listening(server, time, self._wakeups)
        self._pools = (Pool(server, WRITERS), Pool(server, READERS))
        self._writing, self._reading = (Transactions(pool, time, self._listening.telling) for pool in self._pools)
        self._turn = asyncio.Lock()
        self._lanes: list[QueuedLane] = []

    async def open(self) -> None:
        """Learn the server's time. ServiceUnavailableError where it is away."""

        async def trying() -> None:
            async with self._writing.connection() as connection:
                await self._time.refresh(connection)

        await persistently(trying)

    @property
    def trouble(self) -> str | None:
        """Why the server cannot be reached, as it was found last."""
        return self._server.trouble

    def now(self) -> int:
        """The server's time."""
        return self._time.now()

    def listen(self, *channels: str) -> Listener:
        """Be woken by commits of any process that notify one of *channels*."""
        self._listening.start()
        return self._wakeups.listen(*channels)

    async def transact(self, work: Work[T], *, together: bool = False) -> T:
        """Run *work* when it is its turn, or at once with *together*."""
        if together:
            return await self._run(work, BEGIN_TOGETHER)
        async with self._turn:  # one of this process waits among the others, and holds a connection for it
            return await self._run(work, BEGIN_ALONE)

    async def get(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Read one row by its key, in no transaction."""
        numbered = statement.postgresql
        values = numbered.bind(parameters)

        async def trying() -> Row | None:
            async with self._reading.connection() as connection:
                row: Row | None = await connection.fetchrow(numbered.sql, *values)
                return row

        return await persistently(trying)

    async def read(self, look: Look[T]) -> T:
        """Run *look* on a snapshot."""
        return await self._reading.look(look)

    def lane(
        self,
        work: Callable[[Transaction, Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> Lane[Item, Result]:
        """A lane whose transactions run beside all others: *work* has to be right there."""
        lane = QueuedLane(self._run_together, work, max_items=max_items, max_bytes=max_bytes)
        self._lanes.append(lane)
        return lane.queue

    async def close(self) -> None:
        """Finish what was begun, then close every connection."""
        for lane in self._lanes:
            await lane.close()
        await self._listening.close()
        for pool in self._pools:
            await pool.close()

    async def _run_together(self, work: Work[T]) -> T:
        return await self._run(work, BEGIN_TOGETHER)

    async def _run(self, work: Work[T], begin: str) -> T:
        result, channels = await self._writing.run(work, begin)
        self._wakeups.wake(channels)
        return result
