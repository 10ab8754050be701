"""A server of two plugins and a few endpoints behind an entrance, as the tests of the entrance ask it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from httpx2 import ASGITransport, AsyncClient

from cuelight.asgi import Access, Call, Endpoint, Query, application, delete, get, plugin, post, resources
from cuelight.asgi.access import Caller, Confinement, plain_permission
from cuelight.asgi.authentication import Authentication, Keyring, StaticToken
from cuelight.asgi.config import CorsSection
from cuelight.asgi.guard import Entrance
from cuelight.asgi.origins import Origins
from cuelight.asgi.sessions import Account, Sessions
from cuelight.clock import ManualClock

TOKEN = "s3cret-token"
READER = "r3ader-token"
CALLER = Caller(subject="ci")


@get("/things", Query, access=Access.READ)
async def things(context: str, call: Call[Query, None]) -> Mapping[str, str]:
    return {"things": context}


@post("/things", Query, dict[str, Any], access=Access.WRITE)
async def add(context: str, call: Call[Query, dict[str, Any]]) -> Mapping[str, str]:
    return {"added": context}


@delete("/things/{name}", Query, access=Access.OPERATE)
async def remove(context: str, call: Call[Query, None]) -> None:
    return None


@get("/health", Query, access=Access.OPEN)
async def health(context: str, call: Call[Query, None]) -> Mapping[str, str]:
    return {"status": "ok"}


@post("/begin", Query, dict[str, Any], access=Access.OPEN)
async def begin(context: str, call: Call[Query, dict[str, Any]]) -> Mapping[str, str]:
    return {"begun": context}


PLUGIN: Sequence[Endpoint[str]] = (things, add, remove)
OURS: Sequence[Endpoint[str]] = (things, add, health, begin)


def sessions(clock: ManualClock, *, secure: bool = False) -> Sessions:
    return Sessions([Account(token=TOKEN, caller=CALLER)], clock, secure=secure)


def authentication(clock: ManualClock, *more: Keyring) -> Authentication:
    plugins = {"catalog": Confinement(permissions=frozenset({"catalog.read"}))}
    reader = StaticToken(READER, Caller(subject="reader", plugins=plugins))
    return Authentication([StaticToken(TOKEN, CALLER), reader, *more], plain_permission, sessions(clock))


def entrance(clock: ManualClock, *more: Keyring, cors: CorsSection | None = None) -> Entrance:
    """One where callers need a token."""
    origins = Origins("http://localhost:7007", allowed=cors.pattern if cors else None, names=None)
    return Entrance(authentication=authentication(clock, *more), origins=origins, cors=cors, sign_in="/sign-in")


def neighbourly(base_url: str = "http://localhost:7007", cors: CorsSection | None = None) -> Entrance:
    """One where nobody needs a token, and only this machine is let in."""
    origins = Origins(base_url, allowed=cors.pattern if cors else None, names=("127.0.0.1",))
    return Entrance(origins=origins, cors=cors)


@asynccontextmanager
async def served(way: Entrance, clock: ManualClock, host: str = "localhost:7007") -> AsyncIterator[AsyncClient]:
    routes = [plugin("/api/catalog", PLUGIN, "plugin"), *resources(OURS, "own")]
    transport = ASGITransport(app=application(routes, clock, entrance=way))
    async with AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        yield client


def bearer(token: str | bytes) -> dict[bytes, bytes]:
    return {b"authorization": b"Bearer " + (token if isinstance(token, bytes) else token.encode())}


def refused(answer: httpx2.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["name"], error["message"]
