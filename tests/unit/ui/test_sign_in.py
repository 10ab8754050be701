"""Signing in with a browser: a token once, a cookie from then on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.asgi import application
from cuelight.asgi.access import Caller
from cuelight.asgi.sessions import Account, Sessions
from cuelight.clock import ManualClock
from cuelight.ui import make_pages, routes
from tests.database import database

TOKEN = "t0ken & more=%"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    clock = ManualClock()
    sessions = Sessions([Account(token=TOKEN, caller=Caller(subject="ada"))], clock, secure=False)
    async with database(tmp_path, clock) as db:
        transport = ASGITransport(app=application(routes(make_pages(db, clock, sessions)), clock))
        async with AsyncClient(transport=transport, base_url="http://localhost") as opened:
            yield opened


async def test_the_page_asks_for_a_token_and_sends_it_nowhere_else(client: AsyncClient):
    page = await client.get("/sign-in")
    assert '<input id="token" name="token" type="password"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_a_token_begins_a_session_and_leads_on(client: AsyncClient):
    answer = await client.post("/sign-in?next=/index.json", data={"token": f" {TOKEN} "})
    assert (answer.status_code, answer.headers["location"]) == (303, "./index.json")
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "wrong", "tök€n", "\x00", "<script>"])
async def test_a_token_that_nobody_has_begins_none(client: AsyncClient, token: str):
    answer = await client.post("/sign-in", data={"token": token})
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert "Nobody has this token." in answer.text


@pytest.mark.parametrize(
    "next_", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\r\nb: c", "javascript:alert(1)"]
)
async def test_it_leads_to_no_other_site(client: AsyncClient, next_: str):
    answer = await client.post("/sign-in", params={"next": next_}, data={"token": TOKEN})
    assert answer.headers["location"] == "./"


@pytest.mark.parametrize("body", [b"token=" + b"a" * 200_000, b"&".join([b"a=b"] * 50)])
async def test_a_form_that_is_too_large_is_refused(client: AsyncClient, body: bytes):
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/sign-in", content=body, headers=form)).status_code == 400


async def test_another_content_type_is_refused(client: AsyncClient):
    assert (await client.post("/sign-in", json={"token": TOKEN})).status_code == 400


async def test_the_page_offers_to_sign_out_to_whom_has_signed_in_alone(client: AsyncClient):
    stranger = await client.get("/sign-in")
    cookie = (await client.post("/sign-in", data={"token": TOKEN})).headers["set-cookie"].partition(";")[0]
    client.cookies.clear()
    known = await client.get("/sign-in", headers={"cookie": cookie})
    assert ["Sign out" in page.text for page in (stranger, known)] == [False, True]
    assert "signed in as <b>ada</b>" in known.text


async def test_signing_out_ends_the_session(client: AsyncClient):
    answer = await client.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "./sign-in")
    assert "cuelight-session=; Path=/; Max-Age=0" in answer.headers["set-cookie"]


async def test_where_nobody_needs_a_token_nobody_signs_in(tmp_path: Path):
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        transport = ASGITransport(app=application(routes(make_pages(db, clock)), clock))
        async with AsyncClient(transport=transport, base_url="http://localhost") as client:
            assert (await client.get("/sign-in")).status_code == 404
