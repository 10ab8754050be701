"""What stands before the routes: whose request is this, and may a page of that origin have sent it?

A request that shows a token is its caller's. One that shows none may have been made a browser's without its user's
knowledge, so it is looked at where it comes from. Whoever is nobody gets as far as what is open to all, and whoever is
confined to a plugin no further than that: not even to what there is not.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cuelight.asgi.access import Everybody, introduce, plugin_of
from cuelight.asgi.authentication import Authentication, bearer
from cuelight.asgi.config import CorsSection
from cuelight.asgi.failures import failure
from cuelight.asgi.origins import Origins
from cuelight.asgi.paths import sent_path
from cuelight.asgi.resources import Plugin, ResourceRoute
from cuelight.asgi.table import open_routes
from cuelight.errors import AuthenticationError, CuelightError

EVERYBODY: Final = Everybody()


class Entrance(msgspec.Struct, frozen=True, kw_only=True):
    """How requests come in. `authentication` None: nobody is asked for a token; `origins` None: nor where from.

    `sign_in` is where a browser is sent whose user has to say who it is; None: there is no such page.
    """

    authentication: Authentication | None = None
    origins: Origins | None = None
    cors: CorsSection | None = None
    sign_in: str | None = None


class Guard:
    """Lets requests through to *app* with whoever they are from, or refuses them; *routes* are those of *app*."""

    def __init__(self, app: ASGIApp, entrance: Entrance, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._entrance = entrance
        self._plugins = [route for route in routes if isinstance(route, Plugin)]
        opened = open_routes(routes)
        self._open_paths = {route.path for route in opened if _is_plain(route)}
        self._open_patterns = [route for route in opened if not _is_plain(route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._look_at(scope)
        except CuelightError as error:
            await self._refusal(scope, error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _look_at(self, scope: Scope) -> None:
        """Find out whose the request is, and tell the endpoints; an error where it is let no further."""
        authentication, origins = self._entrance.authentication, self._entrance.origins
        is_open = self._is_open(scope)
        if origins is not None and (authentication is None or bearer(scope) is None):
            origins.require_our_page(scope)
            if not is_open:
                origins.require_our_name(scope)
        visitor = EVERYBODY if authentication is None else await authentication.visitor(scope)
        if not is_open:
            visitor.enter(plugin_of(scope["path"]))
        introduce(scope, visitor)

    def _is_open(self, scope: Scope) -> bool:
        if sent_path(scope) in self._open_paths:
            return True
        return any(route.matches(scope)[0] is Match.FULL for route in self._open_patterns)

    def _refusal(self, scope: Scope, error: CuelightError) -> Response:
        if isinstance(error, AuthenticationError) and self._entrance.sign_in and _is_page(scope):
            asked = quote(scope["path"], safe="/")
            return RedirectResponse(f"{self._entrance.sign_in}?next={quote(asked, safe='')}", status_code=303)
        answer = failure(scope, error, prefix=self._prefix(scope))
        if isinstance(error, AuthenticationError):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    def _prefix(self, scope: Scope) -> str:
        """What the plugin that would answer leaves out of the URLs in its errors."""
        return next((plugin.path for plugin in self._plugins if plugin.matches(scope)[0] is Match.FULL), "")


def _is_plain(route: Route) -> bool:
    """Whether one path leads to *route*, as it was sent."""
    return isinstance(route, ResourceRoute) and "{" not in route.path


def _is_page(scope: Scope) -> bool:
    """Whether somebody looks at this with a browser."""
    headers: Any = dict(scope["headers"])
    return (
        scope["method"] in ("GET", "HEAD")
        and not scope["path"].startswith("/api/")
        and b"text/html" in headers.get(b"accept", b"")
    )
