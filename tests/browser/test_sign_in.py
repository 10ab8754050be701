"""Signing in with a browser, which knows more ways to go wrong than a client in Python."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import uvicorn
from playwright.async_api import Browser, Page, Route, expect

from cuelight.asgi import application
from cuelight.asgi.access import Caller, plain_permission
from cuelight.asgi.authentication import Authentication, StaticToken
from cuelight.asgi.connection import Connection
from cuelight.asgi.guard import Entrance
from cuelight.asgi.origins import Origins
from cuelight.asgi.sessions import Account, Sessions
from cuelight.clock import SystemClock
from cuelight.db import Database
from cuelight.ui import make_pages, routes

pytestmark = pytest.mark.slow

TOKEN = "t0ken & more=%<b>"
FITS = "document.documentElement.scrollWidth <= innerWidth"
CALLER = Caller(subject="ada")


@pytest.fixture
async def guarded(db: Database) -> AsyncIterator[str]:
    """Where the pages are, for whom has a token."""
    clock = SystemClock()
    sessions = Sessions([Account(token=TOKEN, caller=CALLER)], clock, secure=False)
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    entrance = Entrance(
        authentication=Authentication([StaticToken(TOKEN, CALLER)], plain_permission, sessions),
        origins=Origins(address, allowed=None, names=None),
        sign_in="/sign-in",
    )
    app = application(routes(make_pages(db, clock, sessions)), clock, entrance=entrance)
    server = uvicorn.Server(uvicorn.Config(app, http=Connection, ws="none", log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield address
    server.should_exit = True
    await serving


async def sign_in(page: Page, token: str = TOKEN) -> None:
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_token_leads_to_the_page_that_was_asked_for(guarded: str, page: Page):
    await page.goto(f"{guarded}/index.json")
    await expect(page).to_have_url(f"{guarded}/sign-in?next=%2Findex.json")
    await sign_in(page)
    await expect(page).to_have_url(f"{guarded}/index.json")


async def test_the_page_is_live_for_whom_has_signed_in(guarded: str, page: Page, complaints: list[str]):
    await page.goto(guarded)
    await sign_in(page)
    await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    assert complaints == []


async def test_a_wrong_token_is_told_and_may_be_given_again(guarded: str, page: Page):
    await page.goto(guarded)
    await sign_in(page, "wrong")
    await expect(page.get_by_role("alert")).to_contain_text("Nobody has this token.")
    await expect(page.get_by_label("Token")).to_be_focused()
    await sign_in(page)
    await expect(page.locator("#entities")).to_be_visible()


async def test_no_script_reads_the_session(guarded: str, page: Page):
    await page.goto(guarded)
    await sign_in(page)
    await expect(page.locator("#entities")).to_be_visible()
    assert await page.evaluate("document.cookie") == ""


async def test_whoever_signs_out_is_asked_again(guarded: str, page: Page):
    await page.goto(guarded)
    await sign_in(page)
    await page.get_by_role("link", name="Account").click()
    await expect(page.locator(".sign-in")).to_contain_text("signed in as ada")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token")).to_be_visible()
    await page.goto(guarded)
    await expect(page.get_by_label("Token")).to_be_visible()


async def test_whose_session_is_over_is_asked_again(guarded: str, page: Page):
    await page.goto(guarded)
    await sign_in(page)
    await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    await page.context.clear_cookies()
    await expect(page.get_by_label("Token")).to_be_visible()
    await expect(page).to_have_url(f"{guarded}/sign-in?next=%2F")


async def test_signing_in_needs_no_javascript(guarded: str, browser: Browser):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(guarded)
    await sign_in(page)
    await expect(page.locator("#entities")).to_be_visible()
    await context.close()


async def strangers(page: Page, html: str) -> None:
    """Have *page* look at a stranger's page of *html*."""

    async def answer(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html")

    await page.route("http://evil.example/", answer)
    await page.goto("http://evil.example/")


@pytest.mark.parametrize("path", ["/", "/sign-in"])
async def test_no_page_of_a_stranger_frames_us(guarded: str, page: Page, path: str):
    await strangers(page, f"<iframe src='{guarded}{path}'></iframe>")
    assert await page.frames[-1].get_by_label("Token").count() == 0


@pytest.mark.parametrize("path", ["sign-in", "sign-out"])
async def test_a_strangers_form_begins_no_session_and_ends_none(guarded: str, page: Page, path: str):
    await page.goto(guarded)
    await sign_in(page)
    await expect(page.locator("#entities")).to_be_visible()
    form = f"<form method=post action='{guarded}/{path}'><input name=token value=x><button>Go</button></form>"
    await strangers(page, form)
    async with page.expect_response(f"{guarded}/{path}") as sent:
        await page.get_by_role("button", name="Go").click()
    assert (await sent.value).status == 403
    await page.goto(guarded)
    await expect(page.locator("#entities")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
async def test_nothing_hangs_over_the_edge(
    guarded: str, browser: Browser, width: int, scheme: Literal["light", "dark"]
):
    page = await browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)
    await page.goto(guarded)
    await sign_in(page, "wrong")
    await expect(page.get_by_role("alert")).to_be_visible()
    fits = [await page.evaluate(FITS)]
    await sign_in(page)
    await expect(page.locator("#entities")).to_be_visible()
    fits.append(await page.evaluate(FITS))
    await page.get_by_role("link", name="Account").click()
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert [*fits, await page.evaluate(FITS)] == [True, True, True]
    await page.close()
