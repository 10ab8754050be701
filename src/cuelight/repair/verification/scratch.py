"""A database for a moment: the same schema, in a folder of its own that goes with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from cuelight.clock import Clock
from cuelight.db import METADATA, Database
from cuelight.db.sqlite import SQLiteDatabase
from cuelight.db.sqlite.lock import FileLock


@asynccontextmanager
async def scratch_database(clock: Clock) -> AsyncIterator[Database]:
    """An empty database. SQLite's, whatever the program's own is."""
    folder = await asyncio.to_thread(TemporaryDirectory, prefix="cuelight-verify-")
    try:
        path = Path(folder.name) / "scratch.db"
        await asyncio.to_thread(_create, path)
        db = SQLiteDatabase(path, clock, FileLock(path))
        try:
            yield db
        finally:
            await db.close()
    finally:
        await asyncio.to_thread(folder.cleanup)


def _create(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    try:
        METADATA.create_all(engine)
    finally:
        engine.dispose()
