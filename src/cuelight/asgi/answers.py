"""Answers: JSON as Backstage sends it, with a weak ETag; and what is said of them.

An `Answer` declares one of the answers that an endpoint gives where all goes well: it says so in the OpenAPI document.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

JSON = "application/json; charset=utf-8"
_CONTENT_TYPE = JSON.encode()

MAX_TAGGED = 8 << 20
"""Bytes above which an answer is not hashed, which takes a millisecond a megabyte: whoever knows its state tags it."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which an endpoint answers. Without a *type* it is the one that its function returns.

    `empty`: there is no content; `media_type` is that of the content where there is one.
    """

    status: int = 200
    type: Any = None
    empty: bool = False
    media_type: str = "application/json"
    description: str = ""


Answers = Answer | Sequence[Answer]

OK = Answer()
CREATED = Answer(status=201)
ACCEPTED = Answer(status=202)
NO_CONTENT = Answer(status=204, empty=True)


def each_of(answers: Answers) -> tuple[Answer, ...]:
    """*answers*, of which the first is the usual one."""
    return (answers,) if isinstance(answers, Answer) else tuple(answers)


class Content:
    """JSON text that may be sent many times, with its tag (None: it is too large for one) and what it was shrunk to."""

    __slots__ = ("packed", "tag", "text")

    def __init__(self, text: bytes, *, tagged: bool = True) -> None:
        self.text = text
        self.tag = weak_etag(text).encode() if tagged and len(text) <= MAX_TAGGED else None
        self.packed: bytes | None = None


class JSONText(Response):
    """An answer whose body is JSON already: the headers that all of them have are put together by hand, for speed."""

    def __init__(self, content: Content, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.content = content
        self.further = dict(headers or {})
        self.status_code = status
        self.background = None
        self.body = content.text
        self.raw_headers = [(b"content-type", _CONTENT_TYPE), (b"content-length", b"%d" % len(content.text))]
        if content.tag is not None:
            self.raw_headers.append((b"etag", content.tag))
        for name, value in self.further.items():
            self.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Encode *value* (a Struct, or what msgspec encodes) as JSON."""
    return json_text(msgspec.json.encode(value), status=status, headers=headers)


def json_text(text: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with *text*, which is JSON already."""
    return JSONText(Content(text, tagged=status == 200), status=status, headers=headers)


def weak_etag(content: bytes) -> str:
    """An entity tag for *content*: `W/"…"`. It guards nothing, so the digest that machines compute fastest will do."""
    return f'W/"{hashlib.sha1(content, usedforsecurity=False).hexdigest()[:24]}"'


def unless_known(response: Response, *, known: str | None) -> Response:
    """*response*, or an empty 304 where the caller's If-None-Match (*known*) names its ETag."""
    if known is None or response.status_code != 200:
        return response
    tag = response.headers.get("etag")
    if tag is None or not _names(known, tag):
        return response
    kept = {name: value for name, value in response.headers.items() if name in ("etag", "cache-control", "vary")}
    return Response(status_code=304, headers=kept)


def _names(known: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 13.1.2 wants it for If-None-Match."""
    given = {part.strip().removeprefix("W/") for part in known.split(",")}
    return "*" in given or tag.removeprefix("W/") in given
