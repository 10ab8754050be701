"""The schema of a SQLite file, as the migrations see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from cuelight.errors import ConfigurationError


class SQLiteSchema:
    """The schema of the file at *path*, which need not exist. ConfigurationError where it is there, and no database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)
        self._url = URL.create("sqlite", database=str(path))

    def current(self) -> str | None:
        """The revision; None where there is none."""
        if not self._path.exists():
            return None
        with self._looked_at() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_empty(self) -> bool:
        """Whether there is no table, or no file."""
        if not self._path.exists():
            return True
        with self._looked_at() as connection:
            return not inspect(connection).get_table_names()

    def upgrade(self, config: Config) -> None:
        """Run what is pending, in one transaction."""
        with self._engine().connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins nothing by itself for a CREATE TABLE
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _looked_at(self) -> Iterator[Connection]:
        try:
            with self._engine().connect() as connection:
                yield connection
        except DatabaseError as error:
            raise ConfigurationError(
                f"{self._path.resolve()} cannot be used as a database: {error.orig}; "
                "mend it or its permissions, or name another file in backend.database.url"
            ) from error

    def _engine(self) -> Engine:
        return create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
