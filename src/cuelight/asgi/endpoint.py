"""An endpoint is a function, declared with its method, its path and the access that it asks for.

    @get("/entities/by-uid/{uid}", Query, access=Access.READ, answers=Answer(type=Entity))
    async def entity_by_uid(context: Context, call: Call[Query, None]) -> Response: ...

The name is then an `Endpoint`, a value that a tuple of endpoints collects. What it returns is a Response, or any
value that msgspec encodes, which goes out with the status of the first of its `answers`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from cuelight.asgi.access import Access, admit
from cuelight.asgi.answers import NO_CONTENT, OK, Answer, Answers, each_of, json_answer, unless_known
from cuelight.asgi.bodies import BodyReader
from cuelight.asgi.parameters import Query, QueryReader
from cuelight.errors import NotAllowedError

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
    """One operation. `body` reads its body, None where it takes none; `answers` is what it says where all goes well.

    `concealed` answers those who lack the right to it; None: they are refused.
    """

    method: str
    path: str
    access: Access
    function: Callable[[Context, Call[Any, Any]], Awaitable[Any]]
    query: QueryReader[Any]
    body: BodyReader[Any] | None = None
    answers: tuple[Answer, ...] = (OK,)
    concealed: Callable[[Call[Any, Any]], Any] | None = None

    async def answer(self, context: Context, scope: Scope, receive: Receive) -> Response:
        """Let the caller in, read the request, run the function, encode its value. Raises what the function raises."""
        concealed = self._concealed_from(scope)
        request = Request(scope, receive)
        call = Call(
            path=scope["path_params"],
            query=self.query.read(scope["query_string"]),
            body=None if self.body is None else await self.body.read(scope, receive),
            request=request,
        )
        value = await self.function(context, call) if concealed is None else concealed(call)
        response = value if isinstance(value, Response) else self._encoded(value)
        return unless_known(response, known=request.headers.get("if-none-match")) if self.method == "GET" else response

    def _concealed_from(self, scope: Scope) -> Callable[[Call[Any, Any]], Any] | None:
        """What answers a caller who may not do this, None for one who may; NotAllowedError where it cannot be concealed."""
        try:
            admit(scope, method=self.method, path=self.path, access=self.access)
        except NotAllowedError:
            if self.concealed is None:
                raise
            return self.concealed
        return None

    def _encoded(self, value: Any) -> Response:
        status = self.answers[0].status
        return Response(status_code=status) if value is None else json_answer(value, status=status)


def concealed_as(
    answer: Callable[[Call[Any, Any]], Any],
) -> Callable[[Endpoint[Context]], Endpoint[Context]]:
    """Have an endpoint say *answer* to those who lack the right to it, as if there were nothing, instead of refusing them.

    So Backstage does where a permission to read is denied. *answer* may raise NotFoundError.
    """
    return lambda endpoint: msgspec.structs.replace(endpoint, concealed=answer)


def get(
    path: str, query: type[Q], *, access: Access, answers: Answers = OK
) -> Callable[[Callable[[Context, Call[Q, None]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers GET (and HEAD) on *path*, which may hold `{parameters}`."""

    def declare(function: Callable[[Context, Call[Q, None]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(
            method="GET",
            path=path,
            access=access,
            function=function,
            query=QueryReader(query),
            answers=each_of(answers),
        )

    return declare


def delete(
    path: str, query: type[Q], *, access: Access, answers: Answers = NO_CONTENT
) -> Callable[[Callable[[Context, Call[Q, None]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers DELETE on *path*; a function that returns None answers 204."""

    def declare(function: Callable[[Context, Call[Q, None]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(
            method="DELETE",
            path=path,
            access=access,
            function=function,
            query=QueryReader(query),
            answers=each_of(answers),
        )

    return declare


def post(
    path: str, query: type[Q], body: type[B], *, access: Access, answers: Answers = OK
) -> Callable[[Callable[[Context, Call[Q, B]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers POST on *path*; its body is JSON of the type *body*."""

    def declare(function: Callable[[Context, Call[Q, B]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(
            method="POST",
            path=path,
            access=access,
            function=function,
            query=QueryReader(query),
            body=BodyReader(body),
            answers=each_of(answers),
        )

    return declare


def put(
    path: str, query: type[Q], body: type[B], *, access: Access, answers: Answers = OK
) -> Callable[[Callable[[Context, Call[Q, B]], Awaitable[Any]]], Endpoint[Context]]:
    """Declare what answers PUT on *path*; its body is JSON of the type *body*."""

    def declare(function: Callable[[Context, Call[Q, B]], Awaitable[Any]]) -> Endpoint[Context]:
        return Endpoint(
            method="PUT",
            path=path,
            access=access,
            function=function,
            query=QueryReader(query),
            body=BodyReader(body),
            answers=each_of(answers),
        )

    return declare
