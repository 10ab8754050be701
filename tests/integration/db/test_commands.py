"""`cuelight migrate` and `config check` over a server, and what they say where there is none."""

import secrets
from collections.abc import Callable

import pytest

from cuelight.cli import main
from tests import postgresql

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command over the database at a URL: its exit status, and what it said."""

    def running(url: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("CUELIGHT__BACKEND__DATABASE__URL", url)
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(main(list(words)))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return running


@pytest.fixture
def empty(postgresql_databases: str) -> str:
    """A database without a table."""
    name = f"{postgresql_databases}empty_{secrets.token_hex(4)}"
    postgresql.done(postgresql.make(name))
    return postgresql.named(name)


def test_a_server_s_database_is_checked_brought_up_and_checked_again(run: Run, empty: str):
    assert run(empty, "migrate", "check")[0] == 1
    assert run(empty, "migrate", "up")[0] == 0
    assert run(empty, "migrate", "check")[0] == 0
    assert "Nothing to do" in run(empty, "migrate", "up")[1]


def test_a_database_that_is_not_there_is_named(run: Run, postgresql_databases: str):
    status, said = run(postgresql.named(f"{postgresql_databases}none"), "migrate", "status")
    assert (status, "none" in said, "backend.database.url" in said) == (3, True, True)


def test_a_wrong_password_is_said_and_not_shown(run: Run, empty: str):
    login, _, place = empty.removeprefix("postgresql://").rpartition("@")
    status, said = run(f"postgresql://{login.partition(':')[0]}:wr0ng@{place}", "migrate", "status")
    assert (status, "password authentication failed" in said, "wr0ng" in said) == (3, True, False)


@pytest.mark.slow
def test_a_server_that_is_away_is_named_and_waited_for_a_little(run: Run):
    status, said = run("postgresql://u:s3cret@127.0.0.1:9/x", "migrate", "status")
    assert (status, "127.0.0.1:9/x cannot be reached" in said, "s3cret" in said) == (7, True, False)


@pytest.mark.parametrize("words", [("migrate", "status"), ("config", "check")])
def test_a_url_of_another_kind_is_refused_without_its_password(run: Run, words: tuple[str, str]):
    status, said = run("mysql://u:s3cret@host/x", *words)
    assert (status, "names no database" in said, "s3cret" in said) == (3, True, False)
