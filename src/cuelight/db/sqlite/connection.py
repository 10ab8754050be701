"""Connections to a SQLite file, set up for durability, and the transactions on them."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from cuelight.db.sqlite.inserts import insert_of
from cuelight.db.statements import Statement
from cuelight.db.transaction import Parameters, Row

_WRITING = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an answered delivery survives the loss of power
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 8000",  # pages: a load changes the same ones again and again, and each is copied once
)
_READING = ("PRAGMA query_only = 1", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -16384")


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """Open the file at *path*. Statements are in autocommit until a BEGIN."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,  # the writer's connection is made by its opener, a reader's by its thread
        cached_statements=512,
        timeout=5,
    )
    connection.row_factory = sqlite3.Row
    for pragma in _WRITING if writing else _READING:
        connection.execute(pragma)
    return connection


class SQLiteTransaction:
    """`Reading` and `Transaction` on one connection. Its coroutines never suspend."""

    __slots__ = ("_connection", "_now", "channels")

    def __init__(self, connection: sqlite3.Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self.channels: set[str] = set()
        """Who is to be woken by the commit."""

    def now(self) -> int:
        """When the transaction began."""
        return self._now

    async def fetch(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run *statement* and return its rows."""
        compiled = statement.sqlite
        return self._connection.execute(compiled.sql, compiled.bind(parameters)).fetchall()

    async def fetch_one(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Run *statement* and return its first row, or None."""
        compiled = statement.sqlite
        row: Row | None = self._connection.execute(compiled.sql, compiled.bind(parameters)).fetchone()
        return row

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> int:
        """Run *statement* and return how many rows it touched."""
        compiled = statement.sqlite
        return self._connection.execute(compiled.sql, compiled.bind(parameters)).rowcount

    async def execute_many(self, statement: Statement, rows: Iterable[Parameters]) -> None:
        """Run *statement* once for each of *rows*."""
        compiled = statement.sqlite
        bound = [compiled.bind(row) for row in rows] if compiled.defaults else list(rows)
        if not bound:
            return
        insert = insert_of(compiled.sql)
        if insert is None:
            self._connection.executemany(compiled.sql, bound)
            return
        for sql, values in insert.steps(bound):
            self._connection.execute(sql, values)

    def notify(self, channel: str) -> None:
        """Wake who listens on *channel*, if and when this commits."""
        self.channels.add(channel)
