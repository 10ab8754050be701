"""`cuelight migrate`: the database's schema."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cyclopts import App

from cuelight.cli.output import note, print_one
from cuelight.cli.parameters import Configs, Form, Output
from cuelight.db import Migrator
from cuelight.db.sqlite.lock import FileLock
from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.integrations import modules
from cuelight.settings import load

app = App(name="migrate", help="See or change the database's schema.")


@app.command
def up(*, config: Configs = ()) -> None:
    """Bring the database up to what this version needs. Stop the server first, and make a backup.

    For example:

        cuelight migrate up --config app-config.yaml
    """
    url = _url(config)
    with _alone(url):
        migrator = Migrator(url)
        pending = migrator.status().pending
        migrator.upgrade()
    note(f"Applied {', '.join(pending)}." if pending else "Nothing to do: the schema is up to date.")


@app.command
def status(*, config: Configs = (), output: Output = Form.YAML) -> None:
    """Show which revision the database has, which one this version needs, and those between.

    For example:

        cuelight migrate status -o json
    """
    print_one(_status(config), output)


@app.command
def check(*, config: Configs = ()) -> int:
    """Exit with status 1 where the database is behind; for scripts.

    For example:

        cuelight migrate check || cuelight migrate up
    """
    pending = _status(config)["pending"]
    note(f"Behind by {', '.join(pending)}; run: cuelight migrate up" if pending else "The schema is up to date.")
    return 1 if pending else 0


def _status(config: Configs) -> Mapping[str, Any]:
    found = Migrator(_url(config)).status()
    return {"current": found.current, "needed": found.needed, "pending": list(found.pending)}


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Hold the file as long as this lasts; on a server, upgrades wait for one another by themselves."""
    lock = None if is_postgresql(url) else FileLock.on(sqlite_path(url))
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _url(config: Configs) -> str:
    return load(modules(), files=config).backend.database.url.reveal()
