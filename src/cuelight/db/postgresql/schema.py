"""The schema of a PostgreSQL database, as the migrations see it.

Alembic writes what is pending as one script, and asyncpg runs it, so that no second driver is needed: a migration is
made of operations and SQL, and looks at no row. Everything happens in one transaction under an advisory lock: of several
processes that start at once on an empty database, one makes the schema, and the others find it made.
"""

import asyncio
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Final, TypeVar

import asyncpg
from alembic import command
from alembic.config import Config

from cuelight.db.postgresql.failures import KNOWN, meant
from cuelight.db.postgresql.pool import closed
from cuelight.db.postgresql.server import Server
from cuelight.errors import ConfigurationError

T = TypeVar("T")

LOCK: Final = 4_859_000_001
"""The advisory lock of upgrades."""

_VERSIONED: Final = "SELECT to_regclass('alembic_version') IS NOT NULL"
_CURRENT: Final = "SELECT version_num FROM alembic_version"
_TABLES: Final = """
    SELECT count(*) FROM pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p')
"""


class PostgreSQLSchema:
    """The schema of the database at *url*. Every method blocks; none may be called where an event loop runs."""

    def __init__(self, url: str) -> None:
        self._server = Server(url)
        self.place = self._server.place

    def current(self) -> str | None:
        """The revision; None where there is none."""
        return asyncio.run(self._connected(_current))

    def is_empty(self) -> bool:
        """Whether there is no table in the schema that the session uses."""
        return asyncio.run(self._connected(_is_empty))

    def upgrade(self, config: Config) -> None:
        """Run what is pending, in one transaction."""

        async def run(connection: asyncpg.Connection) -> None:
            async with connection.transaction():
                await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
                if script := _script(config, await _current(connection)):
                    await self._execute(connection, script)

        asyncio.run(self._connected(run))

    async def _execute(self, connection: asyncpg.Connection, script: str) -> None:
        """Run *script*; ConfigurationError where it says itself what the database lacks."""
        try:
            await connection.execute(script)
        except asyncpg.RaiseError as error:
            raise ConfigurationError(f"the database {self.place} cannot be migrated: {error}") from error

    async def _connected(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        connection = await self._server.connect()
        try:
            return await work(connection)
        except KNOWN as error:
            raise meant(error) from error
        finally:
            await closed(connection)


async def _current(connection: asyncpg.Connection) -> str | None:
    if not await connection.fetchval(_VERSIONED):
        return None
    current: str | None = await connection.fetchval(_CURRENT)
    return current


async def _is_empty(connection: asyncpg.Connection) -> bool:
    return not await connection.fetchval(_TABLES)


def _script(config: Config, current: str | None) -> str:
    """SQL from revision *current* to the newest."""
    written = StringIO()
    config.output_buffer = written
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, f"{current}:head" if current else "head", sql=True)
    return written.getvalue()
