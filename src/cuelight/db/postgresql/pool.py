"""Connections that are kept: a few, each for one piece of work at a time."""

import asyncio
from typing import Final

import asyncpg

from cuelight.db.postgresql.server import Server
from cuelight.errors import ServiceUnavailableError

CLOSE_WITHIN: Final = 5.0
"""Seconds that a connection gets to say goodbye."""


class Pool:
    """Up to *size* connections, made when needed. The one that was used last is used next: it has most prepared."""

    def __init__(self, server: Server, size: int) -> None:
        self._server = server
        self._size = size
        self._room = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []
        self.closed = False

    async def take(self) -> asyncpg.Connection:
        """A connection for the caller alone, until it is given back or dropped. ServiceUnavailableError where the server is away."""
        if self.closed:
            raise ServiceUnavailableError("the database cannot be used: it is closed")
        await self._room.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self._server.connect()
        except BaseException:
            self._room.release()
            raise

    def give(self, connection: asyncpg.Connection) -> None:
        """Take *connection* back, which is in no transaction."""
        self._idle.append(connection)
        self._room.release()

    def drop(self, connection: asyncpg.Connection) -> None:
        """Take *connection* back, whose state nobody knows: it is cut off."""
        connection.terminate()
        self._room.release()

    async def close(self) -> None:
        """Wait for what is being done, then close every connection."""
        self.closed = True
        for _ in range(self._size):
            await self._room.acquire()
        for connection in self._idle:
            await closed(connection)
        self._idle.clear()
        for _ in range(self._size):
            self._room.release()


async def closed(connection: asyncpg.Connection) -> None:
    """Close *connection*, or cut it off where it does not say goodbye."""
    try:
        await connection.close(timeout=CLOSE_WITHIN)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()
