"""`backend.database`: which database, as Cuelight spells it (`url`) or as Backstage does (`client`, `connection`)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.errors import ConfigurationError
from cuelight.options import SecretUrl, Section, unreadable_in

DEFAULT_URL: Final = "sqlite:///cuelight.db"
_FILE: Final = "cuelight.db"


class DatabaseSection(Section, frozen=True):
    """The database. `url` is `sqlite:///cuelight.db` (relative to the working directory) or `postgresql://…`.

    Backstage's `client` and `connection` are translated where there is no `url`: `better-sqlite3` with a directory
    gives the file `cuelight.db` in it; `:memory:` gives the default file, because a delivery that was answered has to
    survive; `pg` gives the database that `connection.database` names, or `cuelight`.
    """

    passed_over = frozenset(
        {"client", "connection", "ensureExists", "ensureSchemaExists", "knexConfig", "plugin", "pluginDivisionMode"}
        | {"prefix", "role", "schema", "skipMigrations", "useNullAsDefault"}
    )

    url: SecretUrl = SecretUrl(DEFAULT_URL)

    def __post_init__(self) -> None:
        """ValueError for a URL that names no database."""
        url = self.url.reveal()
        if is_postgresql(url):
            return
        try:
            sqlite_path(url)
        except ConfigurationError as error:
            raise ValueError(str(error)) from None

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Translate `client` and `connection`; ValueError where we have no such database."""
        if not isinstance(raw, Mapping) or "url" in raw or "client" not in raw:
            return raw
        if missing := unreadable_in(raw):
            raise ValueError(missing.message)
        kept = {key: value for key, value in raw.items() if key not in {"client", "connection"}}
        return {**kept, "url": _translated(raw["client"], raw.get("connection"))}


def _translated(client: Any, connection: Any) -> str:
    if client in {"better-sqlite3", "sqlite3"}:
        return _sqlite(connection)
    if client == "pg":
        return _postgresql(connection)
    raise ValueError(f"the client {client!r} is none of ours; use better-sqlite3 or pg, or set backend.database.url")


def _sqlite(connection: Any) -> str:
    given = connection if isinstance(connection, Mapping) else {"filename": connection}
    if directory := given.get("directory"):
        return f"sqlite:///{str(directory).rstrip('/')}/{_FILE}"
    filename = given.get("filename")
    return DEFAULT_URL if filename in {None, "", ":memory:"} else f"sqlite:///{filename}"


def _postgresql(connection: Any) -> str:
    if isinstance(connection, str):
        return connection
    if isinstance(connection, Mapping):
        return str(connection.get("connectionString") or _joined(connection))
    raise ValueError("connection does not say where PostgreSQL is; give host, user, password and database, or a URL")


def _joined(connection: Mapping[str, Any]) -> str:
    host, port = connection.get("host", "localhost"), connection.get("port", 5432)
    database = quote(str(connection.get("database", "cuelight")), safe="")
    return f"postgresql://{_login(connection)}{host}:{port}/{database}{_encryption(connection.get('ssl'))}"


def _login(connection: Mapping[str, Any]) -> str:
    words = [quote(str(connection[key]), safe="") for key in ("user", "password") if key in connection]
    return f"{':'.join(words)}@" if words else ""


def _encryption(ssl: Any) -> str:
    if not ssl:
        return ""
    checked = isinstance(ssl, Mapping) and ssl.get("rejectUnauthorized", True)
    return f"?{urlencode({'sslmode': 'verify-full' if checked else 'require'})}"
