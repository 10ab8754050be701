"""A database that refuses to write, as a full disk would: a trigger of its own."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

import asyncpg

from tests import postgresql

CUT: Final = (sqlite3.IntegrityError, asyncpg.RaiseError)
"""What is raised then."""

_FUNCTION: Final = "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut'; END $$"


@asynccontextmanager
async def refusing(folder: Path, table: str, doing: str = "INSERT", *, when: str = "true") -> AsyncIterator[None]:
    """As long as this lasts, no row of *table* for which *when* is true can be written in the database of *folder*."""
    trigger = f"CREATE TRIGGER cut BEFORE {doing} ON {table} FOR EACH ROW WHEN ({when})"
    url = await postgresql.url_for(folder)
    if url is None:
        _run(folder, f"{trigger} BEGIN SELECT RAISE(ABORT, 'cut'); END")
    else:
        await postgresql.execute(url, f"{_FUNCTION}; {trigger} EXECUTE FUNCTION cut()")
    try:
        yield
    finally:
        if url is None:
            _run(folder, "DROP TRIGGER cut")
        else:
            await postgresql.execute(url, "DROP FUNCTION cut CASCADE")


def _run(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "test.db")) as connection:
        connection.execute(sql)
        connection.commit()
