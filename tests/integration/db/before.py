"""A database as migration 0001 made it, with rows in every table: of a program that ran, and was killed in the middle of its work."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from cuelight.clock import ManualClock
from cuelight.db.migrator import SCRIPTS
from tests import postgresql
from tests.database import database
from tests.integration.repositories.host import MemoryHost, MemoryProvider
from tests.integration.repositories.world import World, component, location

NOW = 1_767_225_600_000_000
CAUSE: Mapping[str, Any] = {
    "cause": "dlv-1",
    "caused_at": NOW,
    "reconcile": "rec-1",
    "commit_sha": "a" * 40,
    "author": "dev",
}
DOCS = "https://github.com/other/docs/blob"
TARGETS = (
    f"{DOCS}/main/catalog-info.yaml",
    f"{DOCS}/next/catalog-info.yaml",
    "https://github.com/other/lib/blob/HEAD/catalog-info.yaml",
    "https://github.com/other/hidden/blob/v1/catalog-info.yaml",
)
PUSH = {
    "type": "push",
    "repository": {"host": "github.com", "id": "1", "full_name": "acme/web", "web_url": "https://github.com/acme/web"},
    "ref": "refs/heads/main",
    "branch": "main",
    "before": None,
    "after": "f" * 40,
    "paths": ["catalog-info.yaml"],
    "complete": True,
}
"""A push as 0001's program wrote it: neither its commits nor its time were told."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

UNFINISHED: Rows = {
    "deliveries": [
        {
            "id": "dlv-1",
            "dedupe_key": "memory:guid-1",
            "integration": "memory",
            "event": "push",
            "guid": "guid-1",
            "hook": "7",
            "state": "published",
            "reason": None,
            "subject": "acme/web",
            "received_at": NOW,
            "headers": '{"x-github-event":"push"}',
            "size": 2,
            "sha256": b"\x00" * 32,
        }
    ],
    "bodies": [{"delivery_id": "dlv-1", "data": zlib.compress(b"{}")}],
    "rejections": [
        {
            "id": "rej-1",
            "integration": "github",
            "status": 403,
            "reason": "the delivery is unsigned",
            "headers": "{}",
            "received_at": NOW,
        }
    ],
    "events": [
        {
            "id": "evt-1",
            "topic": "memory.push",
            "key": "github.com/1",
            "data": json.dumps(PUSH),
            "body": "dlv-1",
            "time": NOW,
            "cause": "dlv-1",
            "published_at": NOW,
        }
    ],
    "subscriptions": [
        {"id": "repositories.memory", "topics": '["memory.push"]', "start": "new", "created_at": NOW - 1}
    ],
    "event_ledger": [{"event_id": "evt-0", "subscription": "repositories.memory", "handled_at": NOW}],
    "dead_letters": [
        {"event_id": "evt-1", "subscription": "other", "reason": "it kept failing", "attempts": 8, "at": NOW}
    ],
    "event_queue": [
        {
            "subscription": "repositories.memory",
            "event_id": "evt-1",
            "due_at": NOW,
            "claim_id": None,
            "attempts": 1,
            "last_error": "the host did not answer",
        }
    ],
    "conflicts": [
        {
            "entity_ref": "component:default/web",
            "source": "provider:other",
            "unprocessed": "{}",
            "unprocessed_hash": "x",
            "location_key": None,
            "since": NOW,
            **CAUSE,
        }
    ],
    "problems": [
        {
            "entity_id": "nobody",
            "position": 0,
            "entity_ref": "component:default/broken",
            "rule": "schema",
            "level": "error",
            "name": "InputError",
            "message": "spec.owner is missing",
            "url": f"{DOCS}/main/catalog-info.yaml",
            "line": 3,
            "column": 1,
            "path": "spec.owner",
            "since": NOW,
        }
    ],
    "stitch_queue": [{"entity_ref": "component:default/web", "ticket": "t1", "due_at": NOW, **CAUSE}],
    "signals": [
        {
            "id": "evt-9",
            "repository_id": "web",  # in place of the id of that row
            "kind": "push",
            "after_sha": "f" * 40,
            "cause": "dlv-1",
            "caused_at": NOW,
            "created_at": NOW,
            "reconcile": None,
            "outcome": None,
            "reason": None,
            "finished_at": None,
        }
    ],
}
"""What was on its way, besides what `played` leaves."""


async def written(folder: Path) -> tuple[Path, MemoryHost]:
    """A database at revision 0001 in *folder*, with rows in every table, and the host that they tell of."""
    path = folder / "cuelight.db"
    _make(path)
    source, host = await _played(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS played", [str(source)])
        for table, columns in columns_of(connection).items():
            listed = ", ".join(map(_quoted, columns))
            connection.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM played.{table}")
        for table, rows in UNFINISHED.items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                names = ", ".join(map(_quoted, row))
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
        connection.execute(
            "UPDATE repositories SET due_at = ?, claim_id = 'killed' WHERE folded_name = 'acme/web'", [NOW]
        )
        connection.execute(
            "UPDATE signals SET repository_id = (SELECT id FROM repositories WHERE folded_name = 'acme/web')"
            " WHERE repository_id = 'web'"
        )
        connection.commit()
    return path, host


def columns_of(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Every table of ours, with its columns."""
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
        if name != "alembic_version" and not name.startswith("sqlite_")
    ]
    return {table: [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")] for table in tables}


def all_of(table: str, columns: Sequence[str]) -> str:
    """SQL that reads these columns of *table*."""
    return f"SELECT {', '.join(map(_quoted, columns))} FROM {table}"


async def carried_over(path: Path, name: str) -> None:
    """Make the database *name* on the tests' server as migration 0001 does, with the rows of the one at *path*."""
    await postgresql.make(name)
    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "0001", sql=True)
    async with postgresql.connected(postgresql.named(name)) as server:
        await server.execute(written.getvalue())
        with closing(sqlite3.connect(path)) as connection:
            for table, columns in columns_of(connection).items():
                rows = connection.execute(all_of(table, columns)).fetchall()
                await server.copy_records_to_table(table, columns=columns, records=rows)


async def _played(folder: Path) -> tuple[Path, MemoryHost]:
    """The database of a program that read acme/web and what a Location in it names, and the host of that."""
    clock = ManualClock()
    async with database(folder, clock) as db:
        world = World(db, clock, MemoryProvider())
        host = world.host
        host.add("web", {"catalog-info.yaml": f"{component('web')}---\n{location(*TARGETS)}"})
        docs = host.add("docs", {"catalog-info.yaml": component("docs")}, owner="other")
        host.commit(docs, {"catalog-info.yaml": component("docs-next")}, branch="next")
        host.add("lib", {"catalog-info.yaml": component("lib")}, owner="other")
        host.hidden.add(host.add("hidden", {"catalog-info.yaml": component("hidden")}, owner="other"))
        await world.scan()
        await world.work()
    return folder / "test.db", host


def _make(path: Path) -> None:
    """Make an empty database at *path* as migration 0001 does, with its write-ahead log on, as the program has it."""
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")


def _quoted(name: str) -> str:
    return f'"{name}"'
