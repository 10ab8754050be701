"""Answers: JSON as Backstage sends it, with a weak ETag where that costs less than it saves."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

JSON = "application/json; charset=utf-8"

MAX_TAGGED = 1 << 20
"""Bytes above which an answer gets no ETag: hashing it would keep others waiting for longer than it may save."""


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Encode *value* (a Struct, or what msgspec encodes) as JSON."""
    return json_text(msgspec.json.encode(value), status=status, headers=headers)


def json_text(text: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with *text*, which is JSON already."""
    response = Response(text, status_code=status, headers=headers)
    response.headers["Content-Type"] = JSON
    if status == 200 and len(text) <= MAX_TAGGED:
        response.headers["ETag"] = weak_etag(text)
    return response


def weak_etag(content: bytes) -> str:
    """An entity tag for *content*: `W/"…"`."""
    return f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def unless_known(response: Response, *, known: str | None) -> Response:
    """*response*, or an empty 304 where the caller's If-None-Match (*known*) names its ETag."""
    tag = response.headers.get("etag")
    if known is None or tag is None or response.status_code != 200 or not _names(known, tag):
        return response
    kept = {name: value for name, value in response.headers.items() if name in ("etag", "cache-control", "vary")}
    return Response(status_code=304, headers=kept)


def _names(known: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 13.1.2 wants it for If-None-Match."""
    given = {part.strip().removeprefix("W/") for part in known.split(",")}
    return "*" in given or tag.removeprefix("W/") in given
