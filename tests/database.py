"""A real database with the tables of the rooms that a test imports: SQLite, or PostgreSQL where the test asks for `dialect`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import create_engine

from cuelight.clock import Clock
from cuelight.db import METADATA, Database
from cuelight.db.sqlite import SQLiteDatabase
from cuelight.db.sqlite.lock import FileLock
from tests import postgresql


@asynccontextmanager
async def database(folder: Path, clock: Clock) -> AsyncIterator[Database]:
    """Open the database of *folder*: the same as before, or a new one whose schema is what METADATA holds now."""
    url = await postgresql.url_for(folder)
    db = await postgresql.opened(url, clock) if url else _file(folder / "test.db", clock)
    try:
        yield db
    finally:
        await db.close()


def _file(path: Path, clock: Clock) -> Database:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        engine = create_engine(f"sqlite:///{path}")
        METADATA.create_all(engine)
        engine.dispose()
    return SQLiteDatabase(path, clock, FileLock(path))
