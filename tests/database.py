"""A real SQLite database with the tables of the rooms that a test imports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import create_engine

from cuelight.clock import Clock
from cuelight.db import METADATA, Database
from cuelight.db.sqlite import SQLiteDatabase
from cuelight.db.sqlite.lock import FileLock


@asynccontextmanager
async def database(folder: Path, clock: Clock) -> AsyncIterator[Database]:
    """Open a database in *folder* whose schema is what METADATA holds now."""
    path = folder / "test.db"
    if not path.exists():
        engine = create_engine(f"sqlite:///{path}")
        METADATA.create_all(engine)
        engine.dispose()
    db = SQLiteDatabase(path, clock, FileLock(path))
    try:
        yield db
    finally:
        await db.close()
