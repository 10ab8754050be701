"""The table of routes, read back from the routes themselves: what is on which path, and which right it asks for."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute, Mount, Route

from cuelight.asgi.access import Access
from cuelight.asgi.endpoint import Endpoint
from cuelight.asgi.resources import Resource


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A route that leads to endpoints. `path` is the whole one, with its parameters' names."""

    path: str
    route: Route
    resource: Resource[Any]

    @property
    def endpoints(self) -> Sequence[Endpoint[Any]]:
        """Its endpoints, each once."""
        return [endpoint for method, endpoint in self.resource.endpoints.items() if method != "HEAD"]


def open_routes(routes: Sequence[BaseRoute]) -> list[Route]:
    """Those of *routes* that anybody may use: every endpoint on them is open."""
    return [each.route for each in listed(routes) if all(it.access is Access.OPEN for it in each.endpoints)]


def listed(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[Listed]:
    """Every route of *routes* that leads to endpoints, those below a mount too; TypeError for one that leads elsewhere."""
    for route in routes:
        if isinstance(route, Mount):
            yield from listed(route.routes, f"{prefix}{route.path}")
        elif isinstance(route, Route) and isinstance(route.app, Resource):
            yield Listed(path=f"{prefix}{route.path}", route=route, resource=route.app)
        else:
            raise TypeError(
                f"{route!r} leads to no endpoint, so nobody could say who may use it; make a Resource of it"
            )
