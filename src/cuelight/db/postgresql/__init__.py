"""PostgreSQL through asyncpg: many processes on one database, each with a few connections.

Transactions run beside each other only where the caller says that they may; all others take turns, whichever process
they are of (an advisory lock), so that what looks and then writes is as right here as it is on SQLite. Commits wake
listeners of every process (NOTIFY); time is the server's.
"""

from cuelight.db.postgresql.database import PostgreSQLDatabase
from cuelight.db.postgresql.opening import examine, open_postgresql
from cuelight.db.postgresql.server import Server
from cuelight.db.postgresql.time import ServerTime, Time

__all__ = ["PostgreSQLDatabase", "Server", "ServerTime", "Time", "examine", "open_postgresql"]
