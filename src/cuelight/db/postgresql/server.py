"""The way to the server: new connections, and what is known of its absence."""

import asyncio
from typing import Final

import asyncpg
import structlog

from cuelight.db.postgresql.failures import AWAY, reason
from cuelight.db.url import shown
from cuelight.errors import ConfigurationError, ServiceUnavailableError

CONNECT_WITHIN: Final = 10.0
"""Seconds until a connection has to stand."""
ANSWER_WITHIN: Final = 120.0
"""Seconds until a statement has to be answered: a server that has vanished says nothing."""
PATIENCE: Final = 5.0
"""Seconds for which work waits for a server that went away: how long it takes to start again."""
PAUSE: Final = 0.1
"""Seconds between tries meanwhile."""

SETTINGS: Final = {
    "application_name": "cuelight",
    "jit": "off",  # our statements are answered in less time than compiling them takes
    "enable_seqscan": "off",  # a plan is kept: made while a table was small, it would read all of it ever after
    "idle_in_transaction_session_timeout": "60s",  # a process that hangs lets go of its locks
    "tcp_keepalives_idle": "30",  # and so does one whose machine is gone
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Of each session. What the URL says goes before."""

REFUSED: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,  # a wrong password is one of these
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    ValueError,  # the URL is malformed
)
"""What waiting does not mend."""

_log = structlog.get_logger(__name__)


async def connect(url: str) -> asyncpg.Connection:
    """A connection to the server at *url*; the driver's own errors."""
    return await asyncpg.connect(
        url,
        timeout=CONNECT_WITHIN,
        command_timeout=ANSWER_WITHIN,
        statement_cache_size=1024,  # each of our statements stays prepared
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings=SETTINGS,
    )


class Server:
    """The server at *url*."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.place = shown(url)
        """Where it is, without secrets."""
        self.trouble: str | None = None
        """Why it cannot be reached, as it was found last; None while all is well."""
        self._away_since = 0.0

    async def connect(self) -> asyncpg.Connection:
        """A new connection. Where the server went away just now, wait for it a little.

        ServiceUnavailableError where it stays away; ConfigurationError where it refuses us.
        """
        while True:
            try:
                connection = await connect(self._url)
            except REFUSED as error:
                self._gone(error)
                raise ConfigurationError(
                    f"PostgreSQL at {self.place} cannot be used: {reason(error)}; correct backend.database.url"
                ) from error
            except AWAY as error:
                self._gone(error)
                if self._given_up():
                    raise ServiceUnavailableError(self.trouble or "", retry_after=5) from error
                await asyncio.sleep(PAUSE)
            else:
                self._there()
                return connection

    def _gone(self, error: BaseException) -> None:
        if self.trouble is None:
            self._away_since = asyncio.get_running_loop().time()
            _log.warning("database_away", place=self.place, reason=reason(error))
        self.trouble = f"PostgreSQL at {self.place} cannot be reached: {reason(error)}"

    def _there(self) -> None:
        if self.trouble is not None:
            _log.info("database_back", place=self.place)
        self.trouble = None

    def _given_up(self) -> bool:
        return asyncio.get_running_loop().time() - self._away_since > PATIENCE
