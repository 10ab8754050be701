"""A database of its own for each replay, and how much is left to do in it."""

import os
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
import pytest

from tests.end_to_end.world import DATABASE, UNFINISHED

SERVER: Final = "CUELIGHT_TEST_POSTGRESQL"
"""Names a PostgreSQL server on which databases may be made."""
AHEAD: Final = 2_000_000
"""Microseconds: what is due so soon is to be waited for too. An entity that was deleted comes back after a second, and
the server of a busy database is believed to be some milliseconds ahead of where it is."""


class Store(msgspec.Struct, frozen=True):
    """A database: where it is, and a question that counts the rows that ask for something to be done now."""

    url: str
    unfinished: Callable[[], Awaitable[int]]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Store]:
    """A file in *folder*."""
    path = folder / DATABASE

    async def unfinished() -> int:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            return int(connection.execute(UNFINISHED, {"now": _now()}).fetchone()[0])

    yield Store(f"sqlite:///{path}", unfinished)


@asynccontextmanager
async def postgresql(folder: Path) -> AsyncIterator[Store]:
    """A new database on the tests' server, dropped at the end; skips where no server is named, but not in CI."""
    server = os.environ.get(SERVER)
    if server is None and os.environ.get("CI") != "true":
        pytest.skip(f"set {SERVER} to a PostgreSQL server, or run dev/services up")
    assert server is not None, f"{SERVER} is not set; run dev/services up"
    name = f"golden_{secrets.token_hex(6)}"
    url = f"{server.rpartition('/')[0]}/{name}"

    async def unfinished() -> int:
        return int(await _said(url, UNFINISHED.replace(":now", "$1::bigint"), _now()))

    await _said(server, f"CREATE DATABASE {name}")
    try:
        yield Store(url, unfinished)
    finally:
        await _said(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _said(url: str, statement: str, *parameters: int) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(statement, *parameters) or 0)
    finally:
        await connection.close()


def _now() -> int:
    return time.time_ns() // 1000 + AHEAD
