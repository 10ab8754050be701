"""An endpoint is a function, declared with its method, its path and the access that it asks for.

    @get("/entities/by-uid/{uid}", Query, access=Access.READ)
    async def entity_by_uid(context: Context, call: Call[Query, None]) -> Response: ...

The name is then an `Endpoint`, a value that a tuple of endpoints collects. What it returns is a Response, or any
value that msgspec encodes.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from cuelight.asgi.access import Access
from cuelight.asgi.answers import json_answer, unless_known
from cuelight.asgi.bodies import decode, read_body
from cuelight.asgi.parameters import Query, QueryReader

Context = TypeVar("Context")
Q = TypeVar("Q", bound=Query)
B = TypeVar("B")


class Call(msgspec.Struct, Generic[Q, B], frozen=True, kw_only=True):
    """A request, read and checked. `path` holds the parameters of the endpoint's path, decoded."""

    path: Mapping[str, str]
    query: Q
    body: B
    request: Request
    """The rest of it, for the few that need more."""


class Endpoint(msgspec.Struct, Generic[Context], frozen=True, kw_only=True):
    """One operation. `body` is the type of its body, None where it takes none."""

    method: str
    path: str
    access: Access
    function: Callable[[Context, Call[Any, Any]], Awaitable[Any]]
    query: QueryReader[Any]
    body: Any = None

    async def answer(self, context: Context, scope: Scope, receive: Receive) -> Response:
        """Read the request, run the function, encode its value. Raises what the function raises."""
        request = Request(scope, receive)
        call = Call(
            path=scope["path_params"],
            query=self.query.read(scope["query_string"]),
            body=await self._body(request, scope, receive),
            request=request,
        )
        value = await self.function(context, call)
        response = value if isinstance(value, Response) else json_answer(value)
        return unless_known(response, known=request.headers.get("if-none-match")) if self.method == "GET" else response

    async def _body(self, request: Request, scope: Scope, receive: Receive) -> Any:
        if self.body is None:
            return None
        text = await read_body(scope, receive)
        return decode(text, self.body, media_type=request.headers.get("content-type"))


def get(
    path: str, query: type[Q], *, access: Access
) -> Callable[[Callable[[Context, Call[Q, None]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers GET (and HEAD) on *path*, which may hold `{parameters}`."""

    def declare(function: Callable[[Context, Call[Q, None]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(method="GET", path=path, access=access, function=function, query=QueryReader(query))

    return declare


def post(
    path: str, query: type[Q], body: type[B], *, access: Access
) -> Callable[[Callable[[Context, Call[Q, B]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers POST on *path*; its body is JSON of the type *body*."""

    def declare(function: Callable[[Context, Call[Q, B]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(method="POST", path=path, access=access, function=function, query=QueryReader(query), body=body)

    return declare
