"""`backend.database.url`: which database, in one line."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cuelight.errors import ConfigurationError

PREFIX: Final = "sqlite:///"
POSTGRESQL: Final = ("postgresql://", "postgres://")

_LOGIN: Final = re.compile(r"^(\w+://)[^/@]*@")


def is_postgresql(url: str) -> bool:
    """Whether *url* names a database on a PostgreSQL server."""
    return url.startswith(POSTGRESQL)


def sqlite_path(url: str) -> Path:
    """The file that *url* names: relative after three slashes, absolute after four; ConfigurationError for any other."""
    name = url.removeprefix(PREFIX)
    if name == url or not name or "?" in name:
        raise ConfigurationError(
            f"backend.database.url is {shown(url)!r}, which names no database; "
            "use sqlite:///cuelight.db for a file, or postgresql://user:password@host/database"
        )
    if name == ":memory:":
        raise ConfigurationError(
            "backend.database.url names a database in memory, which would lose deliveries; use sqlite:///cuelight.db"
        )
    return Path(name)


def shown(url: str) -> str:
    """*url* for people to read: what may be a secret is left out."""
    if not is_postgresql(url):
        return _LOGIN.sub(r"\1…@", url)
    place = urlsplit(url)
    return f"{place.netloc.rpartition('@')[2] or 'localhost'}{place.path}"
