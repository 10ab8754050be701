"""Databases to measure on: a file, or one of its own on the PostgreSQL server that `CUELIGHT_TEST_POSTGRESQL` names."""

import asyncio
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

VARIABLE = "CUELIGHT_TEST_POSTGRESQL"
KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of *kind*, which is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'cuelight.db'}"
        return
    server = os.environ.get(VARIABLE) or sys.exit(f"set {VARIABLE}=postgresql://…, or measure with --database sqlite")
    name = f"cuelight_benchmark_{uuid.uuid4().hex[:12]}"
    asyncio.run(_said(server, f"CREATE DATABASE {name}"))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_said(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _said(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
