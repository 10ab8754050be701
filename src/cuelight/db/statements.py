"""SQL that is written once with SQLAlchemy Core, compiled once per dialect, and run by the driver itself.

A `Statement` is a module-level constant of the room that owns the tables. Its parameters are the names of its
`bindparam`s (for an `insert(table)`: the columns). Lists travel as one JSON parameter: `words.each("refs")`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter

from cuelight.db.hinted import SQLiteDialect
from cuelight.db.numbered import Numbered, PostgreSQLDialect
from cuelight.db.words import PostgreSQLWords, SQLiteWords, Words, upsert

__all__ = ["Compiled", "Statement", "Words", "upsert"]


class Compiled:
    """A statement for SQLite: its text, and the values of parameters that it brings along."""

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

    __slots__ = ("_build", "_postgresql", "_sqlite")

    def __init__(self, build: ClauseElement | Callable[[Words], ClauseElement]) -> None:
        self._build = build
        self._sqlite: Compiled | None = None
        self._postgresql: Numbered | None = None

    @property
    def sqlite(self) -> Compiled:
        """Compiled for SQLite, with named parameters."""
        if self._sqlite is None:
            compiled = self._compile(SQLiteDialect(paramstyle="named"), SQLiteWords())
            self._sqlite = Compiled(str(compiled), _defaults(compiled))
        return self._sqlite

    @property
    def postgresql(self) -> Numbered:
        """Compiled for PostgreSQL, with numbered parameters."""
        if self._postgresql is None:
            words = PostgreSQLWords()
            compiled = self._compile(PostgreSQLDialect(), words)
            names = getattr(compiled, "positiontup", None) or ()
            self._postgresql = Numbered(str(compiled), names, _defaults(compiled), words.lists)
        return self._postgresql

    def _compile(self, dialect: Dialect, words: Words) -> SQLCompiler:
        clause = self._build if isinstance(self._build, ClauseElement) else self._build(words)
        compiled = clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 -- a statement is no DDL
        return compiled


def _defaults(compiled: SQLCompiler) -> Mapping[str, Any]:
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    values: Mapping[str, Any] = compiled.params or {}
    return {name: values[name] for name, bind in binds.items() if not bind.required and name in values}
