"""SQLite's dialect, in which a statement may say by which index a table is to be read (`Select.with_hint`).

SQLite guesses without statistics how many rows a key has, and among several unique indexes takes any: one of them may walk
the file in order and the other jump about in it.
"""

from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class _Compiler(SQLiteCompiler):
    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """INDEXED BY stands right after the table."""
        return text


class SQLiteDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for sqlite3, with hints."""

    statement_compiler = _Compiler
    supports_statement_cache = False
