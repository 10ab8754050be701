"""Where SQL's dialects differ: the few words that statements need from them."""

from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy
from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql, sqlite


class Each(TextClause):
    """The elements of a list, as `Words.each` writes them."""

    inherit_cache = True


class Words(Protocol):
    """Where SQL's dialects differ: the few words that statements need from them."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`, for the rare statement that has to differ."""
        ...

    def insert(self, table: Table) -> Any:
        """INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`."""
        ...

    def each(self, name: str) -> TextClause:
        """The elements of the JSON array of strings bound as *name*, for `column.in_(…)`."""
        ...

    def skip_locked(self, select: Any) -> Any:
        """*select*, passing over rows that another transaction has claimed."""
        ...

    def once(self, select: Any) -> Any:
        """*select*, of one column, for `column.in_(…)`: its rows are found once, however its place is reached."""
        ...

    def turn(self, name: str) -> TextClause:
        """Wait until no other transaction has this turn, then have it until the end: for what one alone may do."""
        ...


class SQLiteWords:
    """SQLite's."""

    dialect = "sqlite"

    def insert(self, table: Table) -> Any:
        """INSERT … ON CONFLICT."""
        return sqlite.insert(table)

    def each(self, name: str) -> TextClause:
        """Through json_each."""
        return text(f"SELECT value FROM json_each(:{name})")  # noqa: S608 -- a parameter's name, written in our code

    def skip_locked(self, select: Any) -> Any:
        """As it is: there is one writer."""
        return select

    def once(self, select: Any) -> Any:
        """As it is."""
        return select

    def turn(self, name: str) -> TextClause:  # noqa: ARG002 -- it is the writer's turn, whatever for
        """Nothing: there is one writer."""
        return text("SELECT 1")


class PostgreSQLWords:
    """PostgreSQL's. One for each statement: it remembers which parameters are lists."""

    dialect = "postgresql"

    def __init__(self) -> None:
        self.lists: set[str] = set()
        """The names given to `each`."""

    def insert(self, table: Table) -> Any:
        """INSERT … ON CONFLICT."""
        return postgresql.insert(table)

    def each(self, name: str) -> TextClause:
        """Through jsonb_array_elements_text."""
        self.lists.add(name)
        return Each(f"SELECT jsonb_array_elements_text(CAST(:{name} AS jsonb))")

    def skip_locked(self, select: Any) -> Any:
        """FOR UPDATE SKIP LOCKED."""
        return select.with_for_update(skip_locked=True)

    def once(self, select: Any) -> Any:
        """As a table of its own: a subquery may be run again for each row that is looked at, and passes over those that
        the statement itself has changed, so that its LIMIT counts anew.
        """
        return sqlalchemy.select(select.cte("found").prefix_with("MATERIALIZED"))

    def turn(self, name: str) -> TextClause:
        """An advisory lock of the transaction."""
        return text(f"SELECT pg_advisory_xact_lock(hashtext('{name}'))")


def upsert(words: Words, table: Table, *, keys: Sequence[str], columns: Sequence[str]) -> Any:
    """INSERT a whole row, or give *columns* of the one with equal *keys* the new row's values."""
    insert = words.insert(table)
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in columns})
