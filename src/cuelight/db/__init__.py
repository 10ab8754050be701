"""The database: one engine from a URL, what its dialects differ in, the one writer of SQLite, the migrations.

What passes through: a room's `Statement`s (SQL written once, with SQLAlchemy Core) and its transactions
(`async def work(tx)`), which run compiled and by the driver itself. A commit may wake who listens on a channel.
Tables belong to the rooms: each declares its own on `METADATA`, and no reference across rooms carries a foreign key.
"""

from cuelight.db.database import Database, Lane
from cuelight.db.metadata import METADATA, blob, integer, serial, text
from cuelight.db.migrator import Migrator, SchemaStatus
from cuelight.db.opening import open_database
from cuelight.db.statements import Statement, Words, upsert
from cuelight.db.transaction import ForeignAwaitError, Parameters, Reading, Row, Transaction
from cuelight.db.wakeups import Listener

__all__ = [
    "METADATA",
    "Database",
    "ForeignAwaitError",
    "Lane",
    "Listener",
    "Migrator",
    "Parameters",
    "Reading",
    "Row",
    "SchemaStatus",
    "Statement",
    "Transaction",
    "Words",
    "blob",
    "integer",
    "open_database",
    "serial",
    "text",
    "upsert",
]
