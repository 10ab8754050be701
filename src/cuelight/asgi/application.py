"""The whole server as one ASGI application: who may come in, routes, a word for what is not there, and a log line for
each request.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import structlog
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from cuelight.asgi.access import subject_of
from cuelight.asgi.cors import answering_other_origins
from cuelight.asgi.failures import failure, url_of
from cuelight.asgi.guard import Entrance, Guard
from cuelight.clock import Clock
from cuelight.errors import NotFoundError

_log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""What we take over from a proxy's X-Request-Id; anything else gets an id of ours."""


def application(
    routes: Sequence[BaseRoute],
    clock: Clock,
    *,
    entrance: Entrance | None = None,
    lifespan: Lifespan[Any] | None = None,
) -> ASGIApp:
    """String *routes* together, the first that matches answering; *lifespan* runs around them, as in Starlette.

    Without an *entrance* anybody may do anything: that is for tests of the routes alone.
    """
    answering = Router(routes, default=_not_found, redirect_slashes=False, lifespan=lifespan)
    ways = entrance or Entrance()
    return _Logged(answering_other_origins(Guard(answering, ways, routes), ways.cors), clock)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    error = NotFoundError(f"there is nothing at {scope['method']} {scope['path']}")
    await failure(scope, error)(scope, receive, send)


class _Logged:
    """Gives each request an id, which its log lines and its answer carry."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._ids = _ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._clock, _request_id(scope) or next(self._ids))
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await self._app(scope, receive, exchange.send)
            finally:
                exchange.finish()


class _Exchange:
    """One request and what became of it."""

    def __init__(self, scope: Scope, send: Send, clock: Clock, request_id: str) -> None:
        self.request_id = request_id
        self._scope = scope
        self._send = send
        self._status: int | None = None
        self._clock = clock
        self._since = clock.monotonic()

    async def send(self, message: Message) -> None:
        """Pass *message* on, with the request's id in its headers."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            ours = ((b"x-request-id", self.request_id.encode()), (b"x-content-type-options", b"nosniff"))
            message["headers"] = [*message.get("headers", ()), *ours]
        await self._send(message)

    def finish(self) -> None:
        """Write the log line, with whose request it was: reads that went well are for those who debug."""
        quiet = self._scope["method"] in ("GET", "HEAD") and self._status is not None and self._status < 400
        subject = subject_of(self._scope)
        (_log.debug if quiet else _log.info)(
            "request",
            **({} if subject is None else {"caller": subject}),
            method=self._scope["method"],
            url=url_of(self._scope),
            status=self._status,
            milliseconds=round((self._clock.monotonic() - self._since) * 1000, 2),
        )


def _request_id(scope: Scope) -> str | None:
    """The id that a proxy gave; None where there is none, or one that logs should not hold."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
    if given is None:
        return None
    text: str = given.decode("latin-1")
    return text if REQUEST_ID.fullmatch(text) else None


def _ids() -> Iterator[str]:
    """Ids that no other process gives, as far as chance goes; randomness for each would cost as much as a read by key."""
    first = secrets.randbits(64)
    return (f"{(first + number) % 2**64:016x}" for number in count())
