"""The one MetaData on which every room declares its tables, and the words for their columns.

Columns are BIGINT, TEXT and BLOB/BYTEA only, so that what a driver gives is what we mean and no bind processor
is needed: instants are microseconds (BIGINT), JSON is TEXT, truth is 0 or 1. Text compares and sorts by code point on
PostgreSQL (COLLATE "C") as it does on SQLite, whatever the locale of the database.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, MetaData, Text
from sqlalchemy.dialects import postgresql

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

TEXT: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def text(name: str, *, null: bool = False, primary_key: bool = False) -> Column[str]:
    """A TEXT column."""
    return Column(name, TEXT, nullable=null, primary_key=primary_key)


def integer(name: str, *, null: bool = False, primary_key: bool = False) -> Column[int]:
    """A BIGINT column: a count, a truth (0 or 1), or an instant in microseconds."""
    return Column(name, BigInteger, nullable=null, primary_key=primary_key, autoincrement=False)


def serial(name: str) -> Column[int]:
    """A primary key that the database counts up, and keeps: on SQLite it is the row id, which VACUUM then leaves alone."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True)


def blob(name: str, *, null: bool = False) -> Column[bytes]:
    """A column of bytes."""
    return Column(name, LargeBinary, nullable=null)
