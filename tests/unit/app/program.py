"""The whole program over a fresh database, as far as HTTP goes: nothing of it works."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from httpx2 import ASGITransport, AsyncClient
from starlette.types import ASGIApp

from cuelight.app import Application, Roles
from cuelight.clock import ManualClock
from cuelight.fetch import Fetch
from cuelight.integrations import modules
from cuelight.settings import Settings, load
from cuelight.telemetry import Metrics
from tests.database import database

TOKEN: Final = "t0ken-of-ci"
READER: Final = "t0ken-of-reader"
CALLERS: Final = [
    {"type": "static", "options": {"token": TOKEN, "subject": "ci"}},
    {
        "type": "static",
        "options": {"token": READER, "subject": "reader"},
        "accessRestrictions": [{"plugin": "catalog", "permission": "catalog.entity.read, catalog.location.read"}],
    },
]


def settings(folder: Path, backend: Mapping[str, Any]) -> Settings:
    """The configuration with *backend* and GitHub's webhooks."""
    said = {"backend": backend, "events": {"modules": {"github": {"webhookSecret": "s3cret"}}}}
    file = folder / "app-config.yaml"
    file.write_bytes(msgspec.json.encode(said))
    return load(modules(), files=[file], environ={})


@asynccontextmanager
async def program(folder: Path, **backend: Any) -> AsyncIterator[Application]:
    """The program, opened."""
    clock = ManualClock()
    given = settings(folder, backend)
    async with database(folder, clock) as db:
        fetch = Fetch(given.backend.fetch, clock)
        app = Application(given, db, fetch, clock, Metrics())
        try:
            await app.open()
            yield app
        finally:
            await app.close()
            await fetch.aclose()


@asynccontextmanager
async def asking(answering: ASGIApp, host: str = "127.0.0.1:7007") -> AsyncIterator[AsyncClient]:
    """A client of *answering*."""
    async with AsyncClient(transport=ASGITransport(app=answering), base_url=f"http://{host}") as client:
        yield client


@asynccontextmanager
async def asked(folder: Path, *, roles: Roles | None = None, **backend: Any) -> AsyncIterator[AsyncClient]:
    """A client of the program's main listener."""
    async with program(folder, **backend) as app, asking(app.asgi(roles or Roles())) as client:
        yield client


def guarded(**more: Any) -> dict[str, Any]:
    """A `backend` where callers need a token."""
    return {"auth": {"externalAccess": CALLERS}, **more}
