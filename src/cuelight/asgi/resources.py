"""Endpoints on their paths: which function answers, and who answers where none does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from cuelight.asgi.compression import compressed
from cuelight.asgi.endpoint import Endpoint
from cuelight.asgi.failures import error_answer, failure
from cuelight.asgi.paths import Paths, Pattern, decoded, sent_path

Context = TypeVar("Context")


class MethodNotAllowedError(Exception):
    """The path takes other methods; see the Allow header."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How errors are spoken. A Backstage plugin leaves its *prefix* out of URLs and says nothing of what it lacks."""

    prefix: str = ""
    silent: bool = False


class Resource(Generic[Context]):
    """Everything that one path answers, as an ASGI application. The scope has the path's parameters as they were sent."""

    def __init__(self, endpoints: Sequence[Endpoint[Context]], context: Context, manners: Manners) -> None:
        self.endpoints: Mapping[str, Endpoint[Context]] = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in self.endpoints:
            self.endpoints = dict(_with_head(self.endpoints))
        self._context = context
        self._manners = manners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await compressed(await self._answer(scope, receive), scope)
        if scope["method"] == "HEAD":
            response = _head_of(response)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        endpoint = self.endpoints.get(scope["method"])
        if endpoint is None:
            return self._not_allowed(scope)
        try:
            scope["path_params"] = decoded(scope["path_params"])
            return await endpoint.answer(self._context, scope, receive)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the caller gets an answer and the log the rest
            return failure(scope, error, prefix=self._manners.prefix)

    def _not_allowed(self, scope: Scope) -> Response:
        if self._manners.silent:
            return self._options() if scope["method"] == "OPTIONS" else Response(status_code=404)
        allowed = ", ".join(sorted(self.endpoints))
        error = MethodNotAllowedError(f"{scope['path']} takes {allowed}, not {scope['method']}")
        response = error_answer(scope, error, status=405)
        response.headers["Allow"] = allowed
        return response

    def _options(self) -> Response:
        """The methods, as Express tells them."""
        allowed = ",".join(self.endpoints)
        return HTMLResponse(allowed, headers={"Allow": allowed})


def _with_head(endpoints: Mapping[str, Endpoint[Context]]) -> Iterator[tuple[str, Endpoint[Context]]]:
    """*endpoints*, and HEAD after GET, whose answer it is."""
    for method, endpoint in endpoints.items():
        yield method, endpoint
        if method == "GET":
            yield "HEAD", endpoint


def _head_of(response: Response) -> Response:
    """*response* without its body, which nobody makes where it would have been made on the way."""
    head = Response(status_code=response.status_code)
    head.raw_headers = response.raw_headers
    return head


class ResourceRoute(Route, Generic[Context]):
    """A resource on its path, which is matched as it was sent."""

    def __init__(self, path: str, resource: Resource[Context]) -> None:
        super().__init__(path, resource)
        self._pattern = Pattern(path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request of *scope* is for it."""
        if scope["type"] != "http":
            return Match.NONE, {}
        found = self._pattern.match(sent_path(scope).split("/"))
        if found is None or not all(found.values()):
            return Match.NONE, {}
        return Match.FULL, {"path_params": found}


class Plugin(Mount, Generic[Context]):
    """Resources under a prefix, as Backstage's plugins have them: a slash at the end changes nothing."""

    def __init__(self, prefix: str, routes: Sequence[ResourceRoute[Context]]) -> None:
        super().__init__(prefix, Router(routes, default=_nothing, redirect_slashes=False))
        self._prefix = f"{prefix}/"
        self._paths = Paths({route.path: route.app for route in routes})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request of *scope* is below its prefix."""
        below = scope["type"] == "http" and f"{sent_path(scope)}/".startswith(self._prefix)
        return (Match.FULL if below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to what is on its path."""
        path = sent_path(scope)[len(self.path) :]
        found = self._paths.find(path.removesuffix("/") or path)
        if found is None:
            await _nothing(scope, receive, send)
            return
        resource, scope["path_params"] = found
        await resource(scope, receive, send)


def resources(
    endpoints: Sequence[Endpoint[Context]], context: Context, manners: Manners | None = None
) -> list[BaseRoute]:
    """One route for each path of *endpoints*, those without parameters first."""
    return list(_routes(endpoints, context, manners or Manners()))


def plugin(prefix: str, endpoints: Sequence[Endpoint[Context]], context: Context) -> Plugin[Context]:
    """*endpoints* under *prefix* as a Backstage plugin has them: what is not there is a 404 with an empty body."""
    return Plugin(prefix, _routes(endpoints, context, Manners(prefix=prefix, silent=True)))


def _routes(endpoints: Sequence[Endpoint[Context]], context: Context, manners: Manners) -> list[ResourceRoute[Context]]:
    paths: dict[str, list[Endpoint[Context]]] = {}
    for endpoint in sorted(endpoints, key=lambda each: "{" in each.path):
        paths.setdefault(endpoint.path, []).append(endpoint)
    return [ResourceRoute(path, Resource(several, context, manners)) for path, several in paths.items()]


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)
