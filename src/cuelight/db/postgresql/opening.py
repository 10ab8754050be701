"""Opening a database on a server: see that it can hold what we have, then know its time."""

from typing import Final

from cuelight.clock import Clock
from cuelight.db.postgresql.database import PostgreSQLDatabase
from cuelight.db.postgresql.pool import closed
from cuelight.db.postgresql.server import Server
from cuelight.db.postgresql.time import ServerTime
from cuelight.errors import ConfigurationError

OLDEST: Final = 13
"""The oldest PostgreSQL that we know how to use: PostgreSQL's own project keeps none that is older."""


async def open_postgresql(url: str, clock: Clock) -> PostgreSQLDatabase:
    """Open the database at *url*, whose schema is ours. Errors as of `examine`."""
    db = PostgreSQLDatabase(Server(url), ServerTime(clock))
    await db.open()
    return db


async def examine(url: str) -> None:
    """See that the database at *url* can hold what we have.

    ConfigurationError where *url* is malformed, the server refuses us, it is too old, or the database is not in UTF-8;
    ServiceUnavailableError where it cannot be reached.
    """
    server = Server(url)
    connection = await server.connect()
    try:
        version, encoding = connection.get_server_version().major, connection.get_settings().server_encoding
    finally:
        await closed(connection)
    if version < OLDEST:
        raise ConfigurationError(f"{server.place} is PostgreSQL {version}; Cuelight needs {OLDEST} or newer")
    if encoding != "UTF8":
        raise ConfigurationError(
            f"the database {server.place} is encoded in {encoding}, which cannot hold every text; "
            "create one with ENCODING 'UTF8'"
        )
