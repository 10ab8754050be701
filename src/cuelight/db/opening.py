"""Opening a database: lock the file, see that its schema is ours, start its writer."""

import asyncio
from pathlib import Path

from cuelight.clock import Clock
from cuelight.db.database import Database
from cuelight.db.migrator import Migrator
from cuelight.db.sqlite import SQLiteDatabase
from cuelight.db.sqlite.lock import FileLock
from cuelight.db.url import sqlite_path
from cuelight.errors import ConfigurationError


async def open_database(url: str, clock: Clock) -> Database:
    """Open the database at *url*. An empty one gets its schema first; one that is behind is refused.

    ConfigurationError where *url* names none, another process holds it, its folder cannot be written, or its
    schema is older or newer than this program's.
    """
    path = sqlite_path(url)
    lock = await asyncio.to_thread(_locked, path)
    try:
        await asyncio.to_thread(_prepare, url)
        return SQLiteDatabase(path, clock, lock)
    except BaseException:
        lock.release()
        raise


def _locked(path: Path) -> FileLock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(path)
    except OSError as error:
        raise ConfigurationError(
            f"the database's folder {path.parent.resolve()} cannot be written: {error.strerror}; "
            "mend its permissions, or name another file in backend.database.url"
        ) from error


def _prepare(url: str) -> None:
    migrator = Migrator(url)
    if migrator.is_empty():
        migrator.upgrade()
    else:
        migrator.require_current()
