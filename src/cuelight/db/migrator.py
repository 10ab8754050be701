"""Migrations, written with Alembic: which schema a database has, which this program needs, and the way from one to the other."""

from pathlib import Path
from typing import Protocol

import msgspec
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from cuelight.db.postgresql.schema import PostgreSQLSchema
from cuelight.db.sqlite.schema import SQLiteSchema
from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.errors import ConfigurationError

SCRIPTS = Path(__file__).parent / "migrations"


class SchemaStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that a database has (None: it is empty), the one that this program needs, and those between."""

    current: str | None
    needed: str
    pending: tuple[str, ...]


class Schema(Protocol):
    """The schema of one database."""

    place: str
    """Which database, for people to read."""

    def current(self) -> str | None:
        """Its revision; None where it has none."""
        ...

    def is_empty(self) -> bool:
        """Whether it has no table."""
        ...

    def upgrade(self, config: Config) -> None:
        """Run what is pending, in one transaction."""
        ...


class Migrator:
    """The migrations of the database at *url*. Every method blocks, and none may be called where an event loop runs."""

    def __init__(self, url: str) -> None:
        self._schema: Schema = PostgreSQLSchema(url) if is_postgresql(url) else SQLiteSchema(sqlite_path(url))
        self._scripts = ScriptDirectory(str(SCRIPTS))

    def status(self) -> SchemaStatus:
        """Look, and change nothing. ConfigurationError where the database is newer than this program."""
        current = self._schema.current()
        needed = self._scripts.get_current_head() or ""
        return SchemaStatus(current=current, needed=needed, pending=self._pending(current))

    def is_empty(self) -> bool:
        """Whether there is no table yet, or no file."""
        return self._schema.is_empty()

    def require_current(self) -> None:
        """Refuse a database whose schema is not the one that this program needs, naming the command that mends it."""
        status = self.status()
        if status.pending:
            raise ConfigurationError(
                f"the database {self._schema.place} is at revision {status.current or 'none'}, "
                f"this program needs {status.needed}; make a backup and run: cuelight migrate up"
            )

    def upgrade(self) -> None:
        """Bring the schema up to what this program needs, in one transaction."""
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        self._schema.upgrade(config)

    def _pending(self, current: str | None) -> tuple[str, ...]:
        try:
            revisions = list(self._scripts.iterate_revisions("heads", current or "base"))
        except (CommandError, RevisionError) as error:
            raise ConfigurationError(
                f"the database {self._schema.place} is at revision {current}, which this program does not know; "
                "it was written by a newer Cuelight: install that one"
            ) from error
        return tuple(revision.revision for revision in reversed(revisions))
