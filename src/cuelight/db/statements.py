"""SQL that is written once with SQLAlchemy Core, compiled once per dialect, and run by the driver itself.

A `Statement` is a module-level constant of the room that owns the tables. Its parameters are the names of its
`bindparam`s (for an `insert(table)`: the columns). Lists travel as one JSON parameter: `words.each("refs")`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import BindParameter


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


class PostgreSQLWords:
    """PostgreSQL's."""

    dialect = "postgresql"

    def insert(self, table: Table) -> Any:
        """INSERT … ON CONFLICT."""
        return postgresql.insert(table)

    def each(self, name: str) -> TextClause:
        """Through jsonb_array_elements_text."""
        return text(f"SELECT jsonb_array_elements_text(CAST(:{name} AS jsonb))")

    def skip_locked(self, select: Any) -> Any:
        """FOR UPDATE SKIP LOCKED."""
        return select.with_for_update(skip_locked=True)


def upsert(words: Words, table: Table, *, keys: Sequence[str], columns: Sequence[str]) -> Any:
    """INSERT a whole row, or give *columns* of the one with equal *keys* the new row's values."""
    insert = words.insert(table)
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in columns})


class Compiled:
    """A statement in one dialect: its text, and the values of parameters that it brings along."""

    __slots__ = ("defaults", "sql")

    def __init__(self, sql: str, defaults: Mapping[str, Any]) -> None:
        self.sql = sql
        self.defaults = defaults

    def bind(self, parameters: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """*parameters* together with the statement's own literals."""
        if not self.defaults:
            return parameters or {}
        return {**self.defaults, **parameters} if parameters else self.defaults


class Statement:
    """One statement, for every dialect. *build* is the clause, or a function from `Words` to it."""

    __slots__ = ("_build", "_sqlite")

    def __init__(self, build: ClauseElement | Callable[[Words], ClauseElement]) -> None:
        self._build = build
        self._sqlite: Compiled | None = None

    @property
    def sqlite(self) -> Compiled:
        """Compiled for SQLite, with named parameters."""
        if self._sqlite is None:
            self._sqlite = self._compile(sqlite.dialect(paramstyle="named"), SQLiteWords())
        return self._sqlite

    def _compile(self, dialect: Dialect, words: Words) -> Compiled:
        clause = self._build if isinstance(self._build, ClauseElement) else self._build(words)
        compiled = clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        binds: Mapping[str, BindParameter[Any]] = getattr(compiled, "binds", {})
        values: Mapping[str, Any] = compiled.params or {}
        defaults = {name: values[name] for name, bind in binds.items() if not bind.required and name in values}
        return Compiled(str(compiled), defaults)
