"""`backend.database.url`: which database, in one line."""

from pathlib import Path

from cuelight.errors import ConfigurationError

PREFIX = "sqlite:///"


def sqlite_path(url: str) -> Path:
    """The file that *url* names: relative after three slashes, absolute after four; ConfigurationError for any other."""
    if url.startswith(("postgresql://", "postgres://")):
        raise ConfigurationError(
            "backend.database.url names PostgreSQL, which this version does not speak yet; use sqlite:///cuelight.db"
        )
    name = url.removeprefix(PREFIX)
    if name == url or not name or "?" in name:
        raise ConfigurationError(
            f"backend.database.url is {url!r}, which names no database; use sqlite:///cuelight.db for a file"
        )
    if name == ":memory:":
        raise ConfigurationError(
            "backend.database.url names a database in memory, which would lose deliveries; use sqlite:///cuelight.db"
        )
    return Path(name)
