"""The OpenAPI document, made from what endpoints declare: nothing in it is written twice, and no endpoint is left out.

https://spec.openapis.org/oas/v3.1.0
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, get_type_hints

import msgspec
from starlette.responses import Response

from cuelight.asgi.access import Access
from cuelight.asgi.answers import Answer
from cuelight.asgi.bodies import MAX_BODY
from cuelight.asgi.endpoint import Endpoint
from cuelight.asgi.failures import ErrorBody
from cuelight.asgi.parameters import Query
from cuelight.asgi.schema import REF

Object = dict[str, Any]

SECURITY: Final = {"bearer": {"type": "http", "scheme": "bearer"}}
_JSON: Final = "application/json"
_ERROR: Final = {"$ref": "#/components/responses/Error"}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoints that stand under one prefix, which their paths lack.

    `names` has operation ids, by method and path without the prefix; an endpoint that it lacks is named by its path.
    """

    endpoints: Sequence[Endpoint[Any]]
    prefix: str = ""
    names: Mapping[tuple[str, str], str] = {}

    def name_of(self, endpoint: Endpoint[Any]) -> str:
        """The operation id of *endpoint*."""
        words = "".join(_words(f"{self.prefix}{endpoint.path}"))
        return self.names.get((endpoint.method, endpoint.path)) or f"{endpoint.method.lower()}{words}"


def document(title: str, version: str, groups: Sequence[Group]) -> Object:
    """The document of all endpoints of *groups*."""
    schemas = _Schemas([endpoint for group in groups for endpoint in group.endpoints])
    paths: dict[str, Object] = {}
    for group in groups:
        for endpoint in group.endpoints:
            described = {"operationId": group.name_of(endpoint), **_operation(endpoint, schemas)}
            paths.setdefault(f"{group.prefix}{endpoint.path}", {})[endpoint.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {"Error": {"description": "Why not.", "content": _content(_JSON, schemas.of(ErrorBody))}},
            "securitySchemes": SECURITY,
        },
    }


def content_of(endpoint: Endpoint[Any], answer: Answer) -> Any:
    """The type of what *answer* holds: the one that it declares, or else the one that the function returns."""
    if answer.empty:
        return None
    declared = answer.type if answer.type is not None else get_type_hints(endpoint.function)["return"]
    if inspect.isclass(declared) and issubclass(declared, Response):
        raise TypeError(
            f"{endpoint.method} {endpoint.path} does not say what it answers; declare answers=Answer(type=…)"
        )
    return declared


class _Schemas:
    """Schemas of every type that the document speaks of, by type."""

    def __init__(self, endpoints: Sequence[Endpoint[Any]]) -> None:
        types: dict[Any, None] = {ErrorBody: None}
        for endpoint in endpoints:
            types.update(dict.fromkeys(content_of(endpoint, answer) for answer in endpoint.answers if not answer.empty))
            if endpoint.body is not None:
                types[endpoint.body.declared] = None
        fragments, components = msgspec.json.schema_components(types, ref_template=REF)
        self.components: Mapping[str, Any] = components
        self._fragments = dict(zip(map(repr, types), fragments, strict=True))

    def of(self, declared: Any) -> Object:
        """The schema of *declared*."""
        return self._fragments[repr(declared)]


def _operation(endpoint: Endpoint[Any], schemas: _Schemas) -> Object:
    summary, *rest = _paragraphs(endpoint.function)
    described: Object = {
        "summary": summary,
        "description": "\n\n".join([*rest, *_paragraphs_of_its_own(endpoint)]),
        "tags": [endpoint.function.__module__.rpartition(".")[2]],
        "x-access": str(endpoint.access),
        "parameters": [*_path_parameters(endpoint.path), *map(_parameter, endpoint.query.described())],
        "responses": dict(_responses(endpoint, schemas)),
    }
    if endpoint.body is not None:
        described["requestBody"] = {
            "required": endpoint.body.required,
            "description": f"At most {MAX_BODY} bytes.",
            "content": _content(_JSON, schemas.of(endpoint.body.declared)),
        }
    if endpoint.access is not Access.OPEN:
        described["security"] = [{}, {"bearer": []}]
    return described


def _paragraphs(declared: Any) -> list[str]:
    """What the docstring of *declared* says, without the breaks of its lines."""
    return [paragraph.replace("\n", " ") for paragraph in (inspect.getdoc(declared) or "").split("\n\n")]


def _paragraphs_of_its_own(endpoint: Endpoint[Any]) -> list[str]:
    """What is said of the parameters that *endpoint* takes, where it takes some."""
    query = endpoint.query.query
    return [] if query is Query else _paragraphs(query)


def _words(path: str) -> Iterator[str]:
    """The words of *path*, for a name in camel case."""
    for part in path.replace("{", "").replace("}", "").replace(".", "-").replace("_", "-").replace("/", "-").split("-"):
        yield part[:1].upper() + part[1:]


def _path_parameters(path: str) -> Iterator[Object]:
    for part in path.split("/"):
        if part.startswith("{"):
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _parameter(described: Object) -> Object:
    """*described* with what is said of it where readers of a document look for that."""
    schema = dict(described["schema"])
    said = {"description": schema.pop("description")} if "description" in schema else {}
    return {**described, **said, "schema": schema}


def _responses(endpoint: Endpoint[Any], schemas: _Schemas) -> Iterator[tuple[str, Object]]:
    by_status: dict[int, list[Answer]] = {}
    for answer in endpoint.answers:
        by_status.setdefault(answer.status, []).append(answer)
    by_status.setdefault(400, [])
    for status, answers in by_status.items():
        yield str(status), _response(endpoint, status, answers, schemas)
    if endpoint.method == "GET":
        yield "304", {"description": "It is what If-None-Match names."}
    if endpoint.access is not Access.OPEN:
        yield from dict.fromkeys(("401", "403"), _ERROR).items()
    yield "default", _ERROR


def _response(endpoint: Endpoint[Any], status: int, answers: Sequence[Answer], schemas: _Schemas) -> Object:
    """What is said of *status*: where it stands for an error, that may be one in Backstage's words too."""
    content: Object = {}
    described = HTTPStatus(status).phrase
    for answer in answers:
        described = answer.description or described
        if not answer.empty:
            content.update(_content(answer.media_type, schemas.of(content_of(endpoint, answer))))
    if status >= HTTPStatus.BAD_REQUEST:
        errors = schemas.of(ErrorBody)
        known = content.get(_JSON, {}).get("schema")
        content.update(_content(_JSON, errors if known is None else {"anyOf": [known, errors]}))
    return {"description": described, **({"content": content} if content else {})}


def _content(media_type: str, schema: Object) -> Object:
    return {media_type: {"schema": schema}}
