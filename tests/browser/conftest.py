"""A real server on a port of its own, and a real browser."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from cuelight.asgi import application
from cuelight.clock import SystemClock
from cuelight.db import Database
from cuelight.ui import make_pages, routes
from tests.database import database


def chromium() -> str:
    """The browser's program; skips where there is none, fails when CI=true."""
    program = os.environ.get("CUELIGHT_CHROMIUM", "/usr/bin/chromium")
    if not Path(program).exists():
        if os.environ.get("CI") == "true":
            raise FileNotFoundError(f"no browser at {program}; set CUELIGHT_CHROMIUM to Chromium's program")
        pytest.skip(f"no browser at {program}; set CUELIGHT_CHROMIUM to Chromium's program")
    return program


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, SystemClock()) as opened:
        yield opened


@pytest.fixture
async def address(db: Database) -> AsyncIterator[str]:
    """Where the pages are."""
    clock = SystemClock()
    app = application(routes(make_pages(db, clock)), clock)
    listening = socket.create_server(("127.0.0.1", 0))  # connections wait in it until the server is up
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = chromium()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains of: errors, refused scripts and styles."""
    return []


@pytest.fixture
async def page(browser: Browser, complaints: list[str]) -> AsyncIterator[Page]:
    opened = await browser.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("dialog", lambda dialog: complaints.append(f"a dialog opened: {dialog.message}"))
    yield opened
    await opened.close()
