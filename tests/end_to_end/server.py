"""The whole program with one more subscriber, for tests that start and end it: `python -m tests.end_to_end.server`.

Prints one JSON line once it listens, `{"address": …, "pid": …}`, and runs until SIGINT or SIGTERM. The subscription
`test.recorder` gets every GitHub event and adds a row for each to `test_recorded`, in the transaction that handles it:
so whoever reads the table sees whether an event was handled, and whether its effect came twice.
"""

import argparse
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import asyncpg
import uvloop
from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from cuelight.app import Roles, Subscriber, application, serve
from cuelight.db import METADATA, Statement, Transaction, text
from cuelight.db.numbered import PostgreSQLDialect
from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.errors import CuelightError
from cuelight.events import Event
from cuelight.integrations import modules
from cuelight.settings import load
from cuelight.telemetry import configure_logging

RECORDER = "test.recorder"

RECORDED = Table("test_recorded", METADATA, text("event_id"), text("delivery"))
_ADD = Statement(insert(RECORDED))


async def record(events: Sequence[Event], tx: Transaction) -> None:
    """Add a row for each of *events*."""
    await tx.execute_many(_ADD, [{"event_id": event.id, "delivery": event.cause} for event in events])


async def _create(url: str) -> None:
    """Make the table of what was recorded."""
    table = CreateTable(RECORDED, if_not_exists=True)
    if is_postgresql(url):
        server = await asyncpg.connect(url)
        await server.execute(str(table.compile(dialect=PostgreSQLDialect())))
        await server.close()
        return
    with closing(sqlite3.connect(sqlite_path(url))) as connection:
        connection.execute(str(table.compile(dialect=sqlite.dialect())))


async def run(config: Path) -> None:
    """Serve what *config* says until a signal comes."""
    recorder = Subscriber(name=RECORDER, topics=("github.*",), handler=record)
    async with application(load(modules(), files=[config]), subscribers=[recorder]) as app:
        await _create(app.settings.backend.database.url.reveal())
        await serve(app, Roles(), ready=_say)


def main() -> int:
    """Run the command; an error of ours is one line and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.end_to_end.server")
    parser.add_argument("--config", type=Path, required=True)
    configure_logging("info", json=True)
    try:
        uvloop.run(run(parser.parse_args().config))
    except CuelightError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _say(address: str) -> None:
    sys.stdout.write(json.dumps({"address": address, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
