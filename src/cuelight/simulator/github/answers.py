"""How GitHub's API answers: JSON, pages of a list, error documents, entity tags, rate limits."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cuelight.clock import SECOND, Clock
from cuelight.errors import InputError, NotFoundError
from cuelight.simulator.core import limits
from cuelight.simulator.credentials import accepted, presented
from cuelight.simulator.knobs import Knobs

T = TypeVar("T")
Endpoint = Callable[[Request], Response]
DOCS = "https://docs.github.com/rest"
JSON = "application/json; charset=utf-8"
HOUR = 3600
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


class Quota:
    """Counts requests by the hour, as GitHub's primary rate limit does: a 304 is free, past the limit is 403."""

    def __init__(self, clock: Clock, knobs: Knobs) -> None:
        self._clock = clock
        self._knobs = knobs
        self._hour = 0
        self._used = 0
        self._lock = threading.Lock()

    def spend(self, count: int = 1) -> None:
        """Count *count* requests."""
        with self._lock:
            self._roll()
            self._used += count

    def document(self) -> dict[str, Any]:
        """Return the state as `GET /rate_limit` shows it."""
        with self._lock:
            self._roll()
            limit, used = self._knobs.rate_limit, min(self._used, self._knobs.rate_limit)
            return {
                "limit": limit,
                "used": used,
                "remaining": limit - used,
                "reset": (self._hour + 1) * HOUR,
                "resource": "core",
            }

    def _roll(self) -> None:
        hour = self._clock.now() // SECOND // HOUR
        if hour != self._hour:
            self._hour, self._used = hour, 0


class Gate:
    """What every API request passes: the token, the quota; and every answer: headers, entity tag, 304."""

    def __init__(self, quota: Quota, token: str | None) -> None:
        self.quota = quota
        self._token = token

    def __call__(self, endpoint: Endpoint, *, free: bool = False) -> Endpoint:
        """Return *endpoint* behind the gate; *free* requests are not counted."""

        def passed(request: Request) -> Response:
            try:
                self._check(request, free=free)
                response = tagged(request, endpoint(request))
            except Refusal as refusal:
                response = refusal.response()
            except NotFoundError:
                response = missing().response()
            except InputError as error:
                response = Refusal(422, error.message).response()
            return self._finished(response, free=free)

        return passed

    def _check(self, request: Request, *, free: bool) -> None:
        authorization = request.headers.get("authorization")
        if not accepted(presented(authorization), self._token):
            raise Refusal(401, "Requires authentication" if authorization is None else "Bad credentials")
        if not free and self.quota.document()["remaining"] == 0:
            docs = "/using-the-rest-api/rate-limits-for-the-rest-api"
            raise Refusal(403, "API rate limit exceeded for the simulated token.", docs=docs)

    def _finished(self, response: Response, *, free: bool) -> Response:
        if response.status_code != 304 and not free:
            self.quota.spend()
        for name, value in self.quota.document().items():
            response.headers[f"X-RateLimit-{name.title()}"] = str(value)
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-GitHub-Api-Version-Selected"] = "2022-11-28"
        return response


def tagged(request: Request, response: Response) -> Response:
    """Return *response* with an entity tag, or 304 where the client has that already."""
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()}"'
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if response.status_code == 200 and tag.removeprefix("W/") in known:
        response = Response(status_code=304)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    response.headers["Vary"] = "Accept, Authorization, Cookie"
    return response


def paged(request: Request, base: str, items: Sequence[T], show: Callable[[T], Any]) -> Response:
    """Return the page of *items* that the request asks for, with GitHub's Link header."""
    size = max(1, min(_number(request, "per_page", PAGE), LARGEST_PAGE))
    page = max(1, _number(request, "page", 1))
    response = json_response([show(item) for item in items[(page - 1) * size : page * size]])
    last = -(-len(items) // size)
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
