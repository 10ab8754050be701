"""Running work in transactions: beginning, committing, giving up, trying again."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import asyncpg

from cuelight.db.postgresql.connection import BEGIN_READING, BEGIN_TOGETHER, COMMIT, ROLLBACK, PostgreSQLTransaction
from cuelight.db.postgresql.failures import AGAIN, AGAIN_TOGETHER, BROKEN, KNOWN, Torn, broke, meant, reason
from cuelight.db.postgresql.pool import Pool
from cuelight.db.postgresql.time import Time
from cuelight.db.transaction import Look, Work
from cuelight.errors import ServiceUnavailableError

T = TypeVar("T")

TRIES: Final = 8
"""How often work is tried whose transaction gave in to another one's, or lost its connection."""
PAUSE: Final = 0.002
"""Seconds before the second try, doubled for each later one, less a random part."""

_SPOILT: Final = (TimeoutError, asyncio.CancelledError, asyncpg.ReadOnlySQLTransactionError)
"""After which a connection is not used again, though it may stand."""


class Transactions:
    """Work on the connections of *pool*. *telling* makes SQL that tells other processes of channels."""

    def __init__(self, pool: Pool, time: Time, telling: Callable[[Iterable[str]], str]) -> None:
        self._pool = pool
        self._time = time
        self._telling = telling

    async def run(self, work: Work[T], begin: str) -> tuple[T, set[str]]:
        """Run *work* between *begin* and COMMIT; its result, and whom to wake."""

        async def trying() -> tuple[T, set[str]]:
            async with self.connection() as connection:
                tx = await self._begun(connection, begin)
                result = await work(tx)
                await self._commit(connection, tx.channels)
                return result, tx.channels

        return await persistently(trying, AGAIN_TOGETHER if begin == BEGIN_TOGETHER else AGAIN)

    async def look(self, look: Look[T]) -> T:
        """Run *look* on a snapshot."""

        async def trying() -> T:
            async with self.connection() as connection:
                await connection.execute(BEGIN_READING)
                result = await look(PostgreSQLTransaction(connection, self._time.now()))
                await connection.execute(COMMIT)
                return result

        return await persistently(trying)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection, given back whole: rolled back after an error, or cut off where it is spoilt. `Torn` where it broke."""
        connection = await self._pool.take()
        try:
            yield connection
        except BaseException as error:
            await self._let_go(connection, error)
            if broke(error):
                raise Torn from error
            raise
        self._pool.give(connection)

    async def _begun(self, connection: asyncpg.Connection, begin: str) -> PostgreSQLTransaction:
        await connection.execute(begin)
        await self._time.refresh(connection)
        return PostgreSQLTransaction(connection, self._time.now())

    async def _commit(self, connection: asyncpg.Connection, channels: set[str]) -> None:
        sql = f"{self._telling(channels)}; {COMMIT}" if channels else COMMIT
        try:
            status = await connection.execute(sql)
        except BROKEN as error:
            message = f"the database went away during a commit, which may have succeeded: {reason(error)}"
            raise ServiceUnavailableError(message, retry_after=1) from error
        if status != COMMIT:
            raise RuntimeError("work went on after a statement had failed, so PostgreSQL rolled it back; let it fail")

    async def _let_go(self, connection: asyncpg.Connection, error: BaseException) -> None:
        """Roll back what was begun; where that fails, *error* is still what is told."""
        if connection.is_closed() or broke(error) or isinstance(error, _SPOILT):
            self._pool.drop(connection)
            return
        try:
            if connection.is_in_transaction():
                await connection.execute(ROLLBACK)
        except BaseException as failure:
            self._pool.drop(connection)
            if broke(failure):
                return
            raise
        self._pool.give(connection)


async def persistently(trying: Callable[[], Awaitable[T]], again: tuple[type[Exception], ...] = AGAIN) -> T:
    """The result of *trying*, which is tried anew after one of *again*; its error in our words."""
    for number in range(TRIES):
        try:
            return await trying()
        except again as error:
            if number == TRIES - 1:
                raise meant(error) from error
            await asyncio.sleep(PAUSE * 2**number * random.random())
        except KNOWN as error:
            raise meant(error) from error
    raise AssertionError("the last try returns or raises")
