"""The one extension that we take from a PostgreSQL server, where it is, and where it is not to be had."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from cuelight.db import Migrator
from cuelight.errors import ConfigurationError
from tests import postgresql

PASSWORD = secrets.token_hex(8)


@pytest.fixture
def name(postgresql_databases: str) -> str:
    """Of a new database."""
    made = f"{postgresql_databases}extension_{secrets.token_hex(4)}"
    postgresql.done(postgresql.make(made))
    return made


@pytest.fixture
def stranger(name: str) -> Iterator[str]:
    """The URL of the database for one who may make tables in it, but no extension."""
    role = f"{name}_role"
    run(postgresql.server(), f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    run(postgresql.named(name), f"GRANT ALL ON SCHEMA public TO {role}")
    server = urlsplit(postgresql.named(name))
    try:
        yield server._replace(netloc=f"{role}:{PASSWORD}@{server.hostname}:{server.port}").geturl()
    finally:
        postgresql.done(postgresql.drop(name))
        run(postgresql.server(), f"DROP ROLE {role}")


def run(url: str, sql: str) -> None:
    postgresql.done(postgresql.execute(url, sql))


def upgrade(url: str) -> tuple[str, ...]:
    """Upgrade, and say what is pending still."""
    with suppress(ConfigurationError):
        postgresql.beside(Migrator(url).upgrade)
    return postgresql.beside(Migrator(url).status).pending


def test_who_may_not_make_the_extension_is_told_what_to_do(stranger: str):
    with pytest.raises(ConfigurationError, match=r"it lacks the extension pg_trgm.*CREATE EXTENSION pg_trgm"):
        postgresql.beside(Migrator(stranger).upgrade)


def test_without_the_extension_nothing_is_migrated(stranger: str):
    assert upgrade(stranger) == postgresql.beside(Migrator(stranger).status).pending != ()


def test_who_may_not_make_the_extension_takes_the_one_that_is_there(stranger: str, name: str):
    run(postgresql.named(name), "CREATE EXTENSION pg_trgm")
    assert upgrade(stranger) == ()


def test_the_extension_may_be_in_a_schema_that_names_are_not_looked_up_in(name: str):
    run(postgresql.named(name), "CREATE SCHEMA elsewhere; CREATE EXTENSION pg_trgm SCHEMA elsewhere")
    assert upgrade(postgresql.named(name)) == ()
