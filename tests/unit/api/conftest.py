"""A catalog with rows of the test's own making, behind the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.api import Context, routes
from cuelight.asgi import application
from cuelight.clock import ManualClock
from cuelight.db import Database
from tests.database import database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def db(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    async with database(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def missing() -> dict[str, str | None]:
    """What readiness says; a test may change it."""
    return {"database": None}


@pytest.fixture
async def client(db: Database, clock: ManualClock, missing: dict[str, str | None]) -> AsyncIterator[AsyncClient]:
    async def metrics() -> bytes:
        return b"cuelight_up 1\n"

    async def readiness() -> dict[str, str | None]:
        return missing

    context = Context(db=db, clock=clock, metrics=metrics, readiness=readiness)
    transport = ASGITransport(app=application(routes(context), clock))
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened
