"""Databases on the tests' PostgreSQL server: a few for each process that runs tests, emptied instead of made anew.

A database takes half a second to make, and what a test wrote a few milliseconds to delete. So a process makes one only
when a test needs more of them at once than there are. Their locale sorts unlike code points do: what relies on an order
has to say so.
"""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
import pytest
from sqlalchemy.schema import CreateTable

from cuelight.clock import Clock
from cuelight.db import METADATA, Migrator
from cuelight.db.numbered import PostgreSQLDialect
from cuelight.db.postgresql import PostgreSQLDatabase, Server

T = TypeVar("T")

SERVER: Final = "CUELIGHT_TEST_POSTGRESQL"
"""Names a PostgreSQL server on which databases may be made."""
NOTE: Final = "postgresql.txt"
"""Lies in the folder of a test that runs on PostgreSQL: how its databases' names begin, then whose they are, a line each."""

TRIES: Final = 20
PAUSE: Final = 0.1
"""How often, and how many seconds apart, a connection is tried that breaks while it is made."""

_CREATE: Final = "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale}"
_LOCALE: Final = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
_NAMED: Final = re.compile(r"(?<!:):(\w+)")
_TYPES: Final = {int: "::bigint", str: "::text"}
_ICU: Final = 15
"""Since this version, a database may have such a locale."""
_QUICK: Final = "ALTER DATABASE {name} SET synchronous_commit = off"
_OURS: Final = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
_CLEAR: Final = """
    DO $$ DECLARE name TEXT; BEGIN
        FOR name IN SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || quote_ident(name); END LOOP;
    END $$
"""


class ManualTime:
    """The time of *clock* as the database's."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now

    async def refresh(self, _connection: asyncpg.Connection) -> None:
        """There is nobody to ask."""


def server() -> str:
    """The URL of the tests' server; skips where none is named, but not in CI."""
    url = os.environ.get(SERVER)
    if url is None and os.environ.get("CI") != "true":
        pytest.skip(f"set {SERVER} to a PostgreSQL server, or run dev/services up")
    assert url is not None, f"{SERVER} is not set; run dev/services up"
    return url


def named(name: str) -> str:
    """The URL of the database *name* on the tests' server."""
    return f"{server().rpartition('/')[0]}/{name}"


def prefix() -> str:
    """How the names of a new process's databases begin."""
    return f"cuelight_test_{secrets.token_hex(4)}_"


async def url_for(folder: Path) -> str | None:
    """The database that stands for *folder*, empty when it is asked for first; None where the test runs on SQLite."""
    note = next((found for each in (folder, *folder.parents) if (found := each / NOTE).exists()), None)
    if note is None:
        return None
    begins, *folders = note.read_text().splitlines()
    fresh = str(folder) not in folders
    if fresh:
        folders.append(str(folder))
        note.write_text("\n".join((begins, *folders)))
    name = f"{begins}{folders.index(str(folder))}"
    if fresh:
        await _emptied(name)
    return named(name)


def url_of(folder: Path) -> str | None:
    """The same for callers that do not await."""
    return done(url_for(folder))


def rows(url: str, sql: str, **parameters: Any) -> Sequence[asyncpg.Record]:
    """What *sql* reads, with `:name` for each of *parameters*."""
    names = list(parameters)
    numbered = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}{_TYPES[type(parameters[found[1]])]}", sql)

    async def read() -> Sequence[asyncpg.Record]:
        async with connected(url) as connection:
            found: Sequence[asyncpg.Record] = await connection.fetch(numbered, *parameters.values())
            return found

    return done(read())


async def opened(url: str, clock: Clock) -> PostgreSQLDatabase:
    """Open the database at *url*, whose time is *clock*'s."""
    db = PostgreSQLDatabase(Server(url), ManualTime(clock))
    await db.open()
    return db


async def execute(url: str, sql: str) -> None:
    """Run *sql* in the database at *url*."""
    async with connected(url) as connection:
        await connection.execute(sql)


async def make(name: str) -> None:
    """Make the database *name*, without a table."""
    async with connected(server()) as connection:
        locale = _LOCALE if connection.get_server_version().major >= _ICU else ""
        await connection.execute(_CREATE.format(name=name, locale=locale))
        await connection.execute(_QUICK.format(name=name))


async def copied(name: str, copy: str) -> str:
    """The URL of a new database *copy* with all that is in *name*, to which nobody may be connected."""
    await execute(server(), f"CREATE DATABASE {copy} TEMPLATE {name}")
    return named(copy)


async def drop(begins: str) -> None:
    """Drop every database whose name begins so."""
    async with connected(server()) as connection:
        for row in await connection.fetch(_OURS, begins):
            await connection.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database at *url*."""
    connection = await _connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    """A new connection. A server that has much to do with others may drop one that is only being made: once more then."""
    for _ in range(TRIES):
        with suppress(ConnectionError, asyncpg.CannotConnectNowError):
            return await asyncpg.connect(url)
        await asyncio.sleep(PAUSE)
    return await asyncpg.connect(url)


async def _emptied(name: str) -> None:
    """Delete what is in the database *name*, or make it where it is not there."""
    try:
        await execute(named(name), _CLEAR + _tables_of_tests())
    except asyncpg.InvalidCatalogNameError:
        await make(name)
        await asyncio.to_thread(Migrator(named(name)).upgrade)
        await execute(named(name), _CLEAR + _tables_of_tests())


def beside(call: Callable[[], T]) -> T:
    """The result of *call*, which runs beside the event loop of the test."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


def done(work: Coroutine[Any, Any, T]) -> T:
    """The result of *work*, for callers that do not await."""
    return beside(partial(asyncio.run, work))


def _tables_of_tests() -> str:
    """SQL that makes the tables that tests declare, which no migration knows."""
    tables = [table for table in METADATA.sorted_tables if table.name.startswith("test_")]
    dialect = PostgreSQLDialect()
    return "".join(f";{CreateTable(table, if_not_exists=True).compile(dialect=dialect)}" for table in tables)
