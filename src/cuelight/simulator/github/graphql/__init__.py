"""GitHub's GraphQL: `POST /graphql`, and `/api/graphql` as on GitHub Enterprise Server, over a part of its public schema.

A query comes in as JSON, is parsed once however often it is sent, and is answered in this process. Every field is an
attribute or a method of a node, spelled in snake case: the schema says which there are.
"""

import msgspec
from graphql import ExecutionResult, GraphQLError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cuelight.simulator.bodies import read_body
from cuelight.simulator.github.answers import Refusal, json_response
from cuelight.simulator.github.documents import Addresses, Document
from cuelight.simulator.github.gate import Gate
from cuelight.simulator.github.graphql import problems
from cuelight.simulator.github.graphql.language import Language
from cuelight.simulator.github.graphql.query import Query
from cuelight.simulator.github.graphql.repositories import Scene
from cuelight.simulator.github.sight import sight_of
from cuelight.simulator.knobs import Knobs

BODY_BYTES = 1024 * 1024
KIND = "graphql"
"""Requests are counted as this, and as `graphql:Name` where their operation has a name."""
LIMITED = {
    "type": "RATE_LIMIT",
    "code": "graphql_rate_limit",
    "message": "API rate limit already exceeded for user ID 1.",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a request."""

    query: str = ""
    variables: Document | None = None
    operation_name: str | None = msgspec.field(name="operationName", default=None)


class GraphQL:
    """The endpoint."""

    def __init__(self, at: Addresses, gate: Gate, knobs: Knobs) -> None:
        self._at = at
        self._gate = gate
        self._knobs = knobs
        self._language = Language()

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [Route(path, self.answer, methods=["POST"], name=KIND) for path in ("/graphql", "/api/graphql")]

    async def answer(self, request: Request) -> Response:
        """`POST /graphql`: 200 with `data` and `errors`, as GitHub; 400 for what is no JSON."""
        request.state.body = await read_body(request, BODY_BYTES)
        return await run_in_threadpool(self._gate(self._answered, reports=True), request)

    def _answered(self, request: Request) -> Response:
        asked = _asked(request.state.body)
        if self._gate.quota.exhausted:
            return json_response({"errors": [LIMITED]})
        if not asked.query:
            return json_response({"errors": [{"message": "A query attribute must be specified and must be a string."}]})
        try:
            document = self._language.prepared(asked.query)
        except GraphQLError as error:
            return json_response({"errors": [problems.document(error)]})
        name = document.name(asked.operation_name)
        request.scope["kind"] = f"{KIND}:{name[:40]}" if name else KIND
        root = Query(Scene(sight_of(request), self._at, self._knobs), self._gate.quota)
        return json_response(_document(document.run(root, asked.variables, asked.operation_name)))


def _asked(body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError:
        return Asked()
    except msgspec.DecodeError as error:
        raise Refusal(400, "Problems parsing JSON") from error


def _document(result: ExecutionResult) -> Document:
    errors = [problems.document(error) for error in result.errors or ()]
    return {"data": result.data, **({"errors": errors} if errors else {})}
