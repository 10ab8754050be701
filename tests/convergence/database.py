"""Empty databases, one for each history: the tables are made once and copied. In memory where the machine has a folder there."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine

import cuelight.journal.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.clock import Clock
from cuelight.db import METADATA, Database
from tests.database import database

MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- what is written there is gone with the folder; durability is tested elsewhere


@asynccontextmanager
async def empty_database(clock: Clock) -> AsyncIterator[Database]:
    """Open a database with every table and no row, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="cuelight-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        (Path(folder) / "test.db").write_bytes(_schema())
        async with database(Path(folder), clock) as db:
            yield db


@cache
def _schema() -> bytes:
    with tempfile.TemporaryDirectory(prefix="cuelight-") as folder:
        path = Path(folder) / "empty.db"
        engine = create_engine(f"sqlite:///{path}")
        METADATA.create_all(engine)
        engine.dispose()
        return path.read_bytes()
