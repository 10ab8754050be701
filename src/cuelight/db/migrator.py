"""Migrations, run by Alembic: which schema a database has, which this program needs, and the way from one to the other."""

from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, inspect
from sqlalchemy.pool import NullPool

from cuelight.db.url import sqlite_path
from cuelight.errors import ConfigurationError

SCRIPTS = Path(__file__).parent / "migrations"


class SchemaStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that a database has (None: it is empty), the one that this program needs, and those between."""

    current: str | None
    needed: str
    pending: tuple[str, ...]


class Migrator:
    """The migrations of the database at *url*. Every method blocks."""

    def __init__(self, url: str) -> None:
        self._path = sqlite_path(url)
        self._url = URL.create("sqlite", database=str(self._path))
        self._scripts = ScriptDirectory(str(SCRIPTS))

    def status(self) -> SchemaStatus:
        """Look, and change nothing. ConfigurationError where the database is newer than this program."""
        current = None
        if self._path.exists():
            with self._engine().connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        needed = self._scripts.get_current_head() or ""
        return SchemaStatus(current=current, needed=needed, pending=self._pending(current))

    def is_empty(self) -> bool:
        """Whether there is no table yet, or no file."""
        if not self._path.exists():
            return True
        with self._engine().connect() as connection:
            return not inspect(connection).get_table_names()

    def require_current(self) -> None:
        """Refuse a database whose schema is not the one that this program needs, naming the command that mends it."""
        status = self.status()
        if status.pending:
            raise ConfigurationError(
                f"the database {self._path} is at revision {status.current or 'none'}, this program needs {status.needed}; "
                "make a backup and run: cuelight migrate up"
            )

    def upgrade(self) -> None:
        """Bring the schema up to what this program needs, in one transaction."""
        with self._engine().connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins nothing by itself for a CREATE TABLE
            command.upgrade(self._config(connection), "head")
            connection.exec_driver_sql("COMMIT")

    def _engine(self) -> Engine:
        return create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def _config(self, connection: Connection) -> Config:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        return config

    def _pending(self, current: str | None) -> tuple[str, ...]:
        try:
            revisions = list(self._scripts.iterate_revisions("heads", current or "base"))
        except (CommandError, RevisionError) as error:
            raise ConfigurationError(
                f"the database {self._path} is at revision {current}, which this program does not know; "
                "it was written by a newer Cuelight: install that one"
            ) from error
        return tuple(revision.revision for revision in reversed(revisions))
