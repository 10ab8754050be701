"""Opening a database: see that its schema is ours; a file is locked first, and gets its writer."""

import asyncio
from pathlib import Path

from cuelight.clock import Clock
from cuelight.db.database import Database
from cuelight.db.migrator import Migrator
from cuelight.db.postgresql import examine, open_postgresql
from cuelight.db.sqlite import SQLiteDatabase
from cuelight.db.sqlite.lock import FileLock
from cuelight.db.url import is_postgresql, sqlite_path


async def open_database(url: str, clock: Clock) -> Database:
    """Open the database at *url*. An empty one gets its schema first; one that is behind is refused.

    ConfigurationError where *url* names none, another process holds the file, it is no database, its folder cannot be written,
    the server refuses us, or the schema is older or newer than this program's; ServiceUnavailableError where the server is away.
    """
    if is_postgresql(url):
        await examine(url)
        await asyncio.to_thread(_prepare, url)
        return await open_postgresql(url, clock)
    return await _open_sqlite(sqlite_path(url), url, clock)


async def _open_sqlite(path: Path, url: str, clock: Clock) -> Database:
    lock = await asyncio.to_thread(FileLock.on, path)
    try:
        await asyncio.to_thread(_prepare, url)
        return SQLiteDatabase(path, clock, lock)
    except BaseException:
        lock.release()
        raise


def _prepare(url: str) -> None:
    migrator = Migrator(url)
    if migrator.is_empty():
        migrator.upgrade()
    else:
        migrator.require_current()
