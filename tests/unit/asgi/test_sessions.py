"""A session is a cookie that only who has the token can have been given."""

import pytest

from cuelight.asgi.access import Caller
from cuelight.asgi.sessions import LASTS, Account, Sessions
from cuelight.clock import ManualClock
from tests.unit.asgi.entrance import CALLER, TOKEN, sessions


def shown(cookie: str | None) -> dict[str, object]:
    """The scope of a request that shows *cookie*."""
    assert cookie is not None
    return {"headers": [(b"cookie", b"theme=dark; " + cookie.partition(";")[0].encode())]}


def test_a_session_is_its_callers():
    own = sessions(ManualClock())
    assert own.caller(shown(own.begin(TOKEN.encode()))) == CALLER


@pytest.mark.parametrize(
    "other", ['filter={"a": 1}', "a=b c", "=", "é", "cuelight-session=made.up", "a;b", "$Version=1"]
)
def test_what_cookies_others_have_set_does_not_matter(other: str):
    own = sessions(ManualClock())
    cookie = (own.begin(TOKEN.encode()) or "").partition(";")[0]
    headers = [(b"cookie", f"{other}; {cookie}".encode("latin-1")), (b"cookie", other.encode("latin-1"))]
    assert own.caller({"headers": headers}) == CALLER


def test_no_session_begins_with_a_token_that_nobody_has():
    assert sessions(ManualClock()).begin("tök€n".encode()) is None


def test_the_cookie_says_nothing_of_the_token_and_no_script_reads_it():
    cookie = sessions(ManualClock()).begin(TOKEN.encode())
    assert cookie is not None
    assert TOKEN not in cookie
    assert cookie.endswith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")


def test_where_we_are_reached_by_https_the_cookie_goes_nowhere_else():
    cookie = sessions(ManualClock(), secure=True).begin(TOKEN.encode())
    assert cookie is not None
    assert cookie.startswith("__Host-cuelight-session=")
    assert cookie.endswith("; Secure")


def test_a_session_holds_after_the_server_was_started_again():
    clock = ManualClock()
    cookie = sessions(clock).begin(TOKEN.encode())
    assert sessions(clock).caller(shown(cookie)) == CALLER


def test_a_session_ends():
    clock = ManualClock()
    own = sessions(clock)
    cookie = own.begin(TOKEN.encode())
    clock.advance(LASTS)
    assert own.caller(shown(cookie)) is None


def test_a_session_ends_with_its_token():
    clock = ManualClock()
    cookie = sessions(clock).begin(TOKEN.encode())
    others = Sessions([Account(token="another", caller=Caller(subject="x"))], clock, secure=False)
    assert others.caller(shown(cookie)) is None


@pytest.mark.parametrize(
    "value", ["", ".", "1.", "9999999999.", "9999999999.00", "²999999999.00", "99999999999999.00", "a.b", '"', "é.é"]
)
def test_a_cookie_that_was_made_up_is_nobodys(value: str):
    scope = {"headers": [(b"cookie", f"cuelight-session={value}".encode("latin-1"))]}
    assert sessions(ManualClock()).caller(scope) is None


def test_a_session_that_is_made_to_last_longer_is_nobodys():
    own = sessions(ManualClock())
    cookie = own.begin(TOKEN.encode())
    assert cookie is not None
    name, _, value = cookie.partition(";")[0].partition("=")
    ends, _, signature = value.partition(".")
    assert own.caller(shown(f"{name}={int(ends) + 1}.{signature}")) is None
