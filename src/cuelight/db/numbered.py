"""Statements as PostgreSQL takes them: `$1`, `$2`, …, each parameter with its type, the statement's own literals within.

A prepared statement's parameters get their types once. Where nothing around a parameter tells it (`COALESCE($1, …)`),
the type of its column does, as a cast. Literals that a statement was written with stay literals: the planner sees them,
so that it can use a partial index, and whoever reads the SQL does, too. What equals an element of a list is found by looking each
of them up in an index; `IN (SELECT …)` may as well be answered by reading all of a table, which of a growing one takes ever longer.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import Integer, LargeBinary, String

from cuelight.db.words import Each

NUL: Final = "\x00"
REPLACEMENT: Final = "\ufffd"
"""What is written instead of a NUL, which PostgreSQL's TEXT cannot hold: Unicode's own character for such a place."""

_ESCAPED_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Numbered:
    """A statement for PostgreSQL: its text, and which values go to `$1`, `$2`, …"""

    __slots__ = ("_defaults", "_lists", "_names", "sql")

    def __init__(
        self, sql: str, names: Sequence[str], defaults: Mapping[str, Any], lists: Collection[str] = ()
    ) -> None:
        self.sql = sql
        self._names = tuple(names)
        self._defaults = {name: value for name, value in defaults.items() if name in self._names}
        self._lists = tuple(place for place, name in enumerate(names) if name in lists)

    def bind(self, parameters: Mapping[str, Any] | None) -> list[Any]:
        """The values in their order, from *parameters* and the statement's own."""
        given = {**self._defaults, **(parameters or {})} if self._defaults else parameters or {}
        values = [given[name] for name in self._names]
        for place in self._lists:
            values[place] = _storable_list(values[place])
        for value in values:
            if type(value) is str and NUL in value:
                return _storable(values)
        return values

    def bind_all(self, rows: Iterable[Mapping[str, Any]]) -> list[Sequence[Any]]:
        """The values of each of *rows* in their order."""
        if self._defaults or self._lists or len(self._names) < 2:
            return [self.bind(row) for row in rows]
        bound: list[Sequence[Any]] = [*map(itemgetter(*self._names), rows)]
        for place, values in enumerate(bound):
            for value in values:
                if type(value) is str and NUL in value:
                    bound[place] = _storable(values)
                    break
        return bound


def _storable(values: Sequence[Any]) -> list[Any]:
    """*values*, whose texts hold no NUL."""
    return [each.replace(NUL, REPLACEMENT) if type(each) is str else each for each in values]


def _storable_list(array: str | None) -> str | None:
    """*array*, a JSON text, whose strings hold no NUL."""
    if array is None or "\\u0000" not in array:
        return array
    return _ESCAPED_NUL.sub(r"\1\\ufffd", array)


class _Compiler(PGCompiler_asyncpg):
    def visit_bindparam(self, bindparam: Any, *options: Any, **named: Any) -> Any:
        """A parameter; or itself, where it is a literal of the statement."""
        literal = bindparam.unique and not bindparam.required and bindparam.effective_value is not None
        if literal and not isinstance(bindparam.type, LargeBinary):
            named["literal_binds"] = True
        written: Any = super().visit_bindparam
        return written(bindparam, *options, **named)

    def visit_in_op_binary(self, binary: Any, operator: Any, **named: Any) -> Any:  # noqa: ARG002 -- SQLAlchemy's signature
        """IN; where that is of a list, the same as a comparison with an array."""
        given = binary.right.element if isinstance(binary.right, Grouping) else binary.right
        if isinstance(given, Each):
            return f"{self.process(binary.left, **named)} = ANY (ARRAY({self.process(given, **named)}))"
        return self._generate_generic_binary(binary, " IN ", **named)

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: Any) -> Any:
        """The parameter with the one type that we have for its kind."""
        for kind, name in ((Integer, "BIGINT"), (String, "TEXT"), (LargeBinary, "BYTEA")):
            if isinstance(dbapi_type, kind):
                return f"{sqltext}::{name}"
        written: Any = super().render_bind_cast
        return written(type_, dbapi_type, sqltext)


class PostgreSQLDialect(PGDialect_asyncpg):
    """SQLAlchemy's dialect for asyncpg, with parameters as above."""

    statement_compiler = _Compiler
    supports_statement_cache = False
    _backslash_escapes = False  # standard_conforming_strings is on, as it is by default

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # SQLAlchemy's dialects are not annotated
