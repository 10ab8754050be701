"""The OpenAPI documents: of the catalog, where Backstage has it, and of the whole server."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec
from starlette.responses import Response

from cuelight import __version__
from cuelight.api.context import Context
from cuelight.asgi import Access, Answer, Call, Endpoint, Query, get, json_text
from cuelight.asgi.openapi import Group, document

PATH = "/openapi.json"


def document_endpoint(title: str, groups: Callable[[], Sequence[Group]]) -> Endpoint[Context]:
    """What answers with the document of *groups*, which is made when somebody asks for it first."""

    @cache
    def text() -> bytes:
        return msgspec.json.encode(document(title, __version__, groups()))

    @get(PATH, Query, access=Access.READ, answers=Answer(type=dict[str, Any]))
    async def openapi(context: Context, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
        """This document."""
        return json_text(text())

    return openapi
