"""The schema of a SQLite file, as the migrations see it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, Engine, create_engine, inspect
from sqlalchemy.pool import NullPool


class SQLiteSchema:
    """The schema of the file at *path*, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)
        self._url = URL.create("sqlite", database=str(path))

    def current(self) -> str | None:
        """The revision; None where there is none."""
        if not self._path.exists():
            return None
        with self._engine().connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_empty(self) -> bool:
        """Whether there is no table, or no file."""
        if not self._path.exists():
            return True
        with self._engine().connect() as connection:
            return not inspect(connection).get_table_names()

    def upgrade(self, config: Config) -> None:
        """Run what is pending, in one transaction."""
        with self._engine().connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins nothing by itself for a CREATE TABLE
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.exec_driver_sql("COMMIT")

    def _engine(self) -> Engine:
        return create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
