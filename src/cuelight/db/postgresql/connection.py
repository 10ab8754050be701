"""A transaction on a connection to PostgreSQL, and the words that begin and end it."""

from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from cuelight.db.postgresql.changes import change_of
from cuelight.db.postgresql.inserts import columns_of, insert_of
from cuelight.db.statements import Statement
from cuelight.db.transaction import Parameters, Row

TURN: Final = 4_859_000_002
"""The advisory lock of transactions that take turns."""
BEGIN_TOGETHER: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
BEGIN_ALONE: Final = f"{BEGIN_TOGETHER}; SELECT pg_advisory_xact_lock({TURN})"
BEGIN_READING: Final = (
    # A plan that has to suit every value is a thousand times too slow for some of them.
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on"
)
COMMIT: Final = "COMMIT"
ROLLBACK: Final = "ROLLBACK"


class PostgreSQLTransaction:
    """`Reading` and `Transaction` on one connection."""

    __slots__ = ("_connection", "_now", "channels")

    def __init__(self, connection: asyncpg.Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self.channels: set[str] = set()
        """Who is to be woken by the commit."""

    def now(self) -> int:
        """When the transaction began; where it had to wait for its turn, when that came."""
        return self._now

    async def fetch(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run *statement* and return its rows."""
        numbered = statement.postgresql
        rows: Sequence[Row] = await self._connection.fetch(numbered.sql, *numbered.bind(parameters))
        return rows

    async def fetch_one(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Run *statement* and return its first row, or None."""
        numbered = statement.postgresql
        row: Row | None = await self._connection.fetchrow(numbered.sql, *numbered.bind(parameters))
        return row

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> int:
        """Run *statement* and return how many rows it touched."""
        numbered = statement.postgresql
        status = await self._connection.execute(numbered.sql, *numbered.bind(parameters))
        return touched(status)

    async def execute_many(self, statement: Statement, rows: Iterable[Parameters]) -> None:
        """Run *statement* once for each of *rows*: in one step where it can be, else all on their way before the first answer."""
        numbered = statement.postgresql
        bound = numbered.bind_all(rows)
        insert = insert_of(numbered.sql) if len(bound) > 1 else None
        together = insert or (change_of(numbered.sql) if len(bound) > 1 else None)
        if insert is not None and insert.target is not None:
            table, columns = insert.target
            await self._connection.copy_records_to_table(table, columns=columns, records=bound)
        elif together is not None and together.takes(bound):
            await self._connection.execute(together.sql, *columns_of(bound))
        elif bound:
            await self._connection.executemany(numbered.sql, bound)

    def notify(self, channel: str) -> None:
        """Wake who listens on *channel*, if and when this commits."""
        self.channels.add(channel)


def touched(status: str) -> int:
    """The number of rows in a command's tag: `UPDATE 3`, `INSERT 0 1`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


def quoted(words: Iterable[str]) -> str:
    """*words* as one literal, a line each."""
    text = "\n".join(words).replace("'", "''")
    return f"'{text}'"
