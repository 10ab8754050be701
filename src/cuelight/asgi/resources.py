"""Endpoints on their paths: which function answers, and who answers where none does."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from cuelight.asgi.endpoint import Endpoint
from cuelight.asgi.failures import error_answer, failure

Context = TypeVar("Context")


class MethodNotAllowedError(Exception):
    """The path takes other methods; see the Allow header."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How errors are spoken. A Backstage plugin leaves its *prefix* out of URLs and says nothing of what it lacks."""

    prefix: str = ""
    silent: bool = False


class Resource(Generic[Context]):
    """Everything that one path answers, as an ASGI application."""

    def __init__(self, endpoints: Sequence[Endpoint[Context]], context: Context, manners: Manners) -> None:
        self.endpoints: Mapping[str, Endpoint[Context]] = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in self.endpoints:
            self.endpoints = {**self.endpoints, "HEAD": self.endpoints["GET"]}
        self._context = context
        self._manners = manners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        endpoint = self.endpoints.get(scope["method"])
        if endpoint is None:
            return self._not_allowed(scope)
        try:
            return await endpoint.answer(self._context, scope, receive)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the caller gets an answer and the log the rest
            return failure(scope, error, prefix=self._manners.prefix)

    def _not_allowed(self, scope: Scope) -> Response:
        if self._manners.silent:
            return Response(status_code=404)
        allowed = ", ".join(sorted(self.endpoints))
        error = MethodNotAllowedError(f"{scope['path']} takes {allowed}, not {scope['method']}")
        response = error_answer(scope, error, status=405)
        response.headers["Allow"] = allowed
        return response


def resources(
    endpoints: Sequence[Endpoint[Context]], context: Context, manners: Manners | None = None
) -> list[BaseRoute]:
    """One route for each path of *endpoints*, in their order."""
    paths: dict[str, list[Endpoint[Context]]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, []).append(endpoint)
    manners = manners or Manners()
    return [Route(path, Resource(several, context, manners)) for path, several in paths.items()]


def plugin(prefix: str, endpoints: Sequence[Endpoint[Context]], context: Context) -> Mount:
    """*endpoints* under *prefix* as a Backstage plugin has them: what is not there is a 404 with an empty body."""
    routes = resources(endpoints, context, Manners(prefix=prefix, silent=True))
    return Mount(prefix, Router(routes, default=_nothing, redirect_slashes=False))


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)
