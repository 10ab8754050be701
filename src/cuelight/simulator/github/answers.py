"""How GitHub's API answers: JSON, pages of a list, error documents, redirects."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cuelight.simulator.core import limits

T = TypeVar("T")
Endpoint = Callable[[Request], Response]
DOCS = "https://docs.github.com/rest"
JSON = "application/json; charset=utf-8"
FOLLOW = "/guides/best-practices-for-using-the-rest-api#follow-redirects"
PAGE, LARGEST_PAGE = 30, 100


class Refusal(Exception):
    """An answer of GitHub's that is an error: a status, its sentence, and where its documentation is."""

    def __init__(self, status: int, message: str, *, docs: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.docs = DOCS + docs

    def response(self) -> Response:
        """Return the answer, in GitHub's words."""
        document = {"message": self.message, "documentation_url": self.docs, "status": str(self.status)}
        return json_response(document, status=self.status)


def missing(docs: str = "") -> Refusal:
    """Return the 404 that stands for absent things and for those that the token doesn't reach alike."""
    return Refusal(404, "Not Found", docs=docs)


def json_response(document: Any, *, status: int = 200) -> Response:
    """Return *document* as JSON."""
    return Response(msgspec.json.encode(document), status, media_type=JSON)


class Moved(Refusal):
    """GitHub's answer for what has another name now: where it is."""

    def __init__(self, location: str, *, method: str) -> None:
        super().__init__(301 if method in {"GET", "HEAD"} else 307, "Moved Permanently", docs=FOLLOW)
        self.location = location

    def response(self) -> Response:
        """Return the redirect."""
        document = {"message": self.message, "url": self.location, "documentation_url": self.docs}
        response = json_response(document, status=self.status)
        response.headers["Location"] = self.location
        return response


class Page(msgspec.Struct, frozen=True):
    """Which part of a list a request asks for, counted from 1."""

    number: int
    size: int

    @classmethod
    def of(cls, request: Request) -> "Page":
        """Read `page` and `per_page`."""
        size = max(1, min(_number(request, "per_page", PAGE), LARGEST_PAGE))
        return cls(max(1, _number(request, "page", 1)), size)

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """Return this part of *items*."""
        return items[(self.number - 1) * self.size : self.number * self.size]


def paged(request: Request, base: str, items: Sequence[T], show: Callable[[T], Any]) -> Response:
    """Return the page of *items* that the request asks for, with GitHub's Link header."""
    return linked(request, base, len(items), [show(item) for item in Page.of(request).cut(items)])


def linked(request: Request, base: str, total: int, document: Any) -> Response:
    """Return *document*, a page of *total* items, with GitHub's Link header."""
    response = json_response(document)
    asked = Page.of(request)
    page, last = asked.number, -(-total // asked.size)
    links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    wanted = [
        name for name in links if (name in {"next", "last"} and page < last) or (name in {"prev", "first"} and page > 1)
    ]
    if wanted:
        response.headers["Link"] = ", ".join(
            f'<{_page_url(request, base, links[name])}>; rel="{name}"' for name in wanted
        )
    return response


def _page_url(request: Request, base: str, page: int) -> str:
    query = {**request.query_params, "page": str(page)}
    return f"{base}{request.url.path}?{urlencode(query)}"


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return min(int(text), limits.REPOSITORIES) if text.isascii() and text.isdigit() and len(text) < 10 else default
