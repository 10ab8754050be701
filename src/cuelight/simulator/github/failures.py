"""GitHub's bad answers: what becomes of a good one when a fault befalls it. Pure."""

import random
from typing import Any, Final

import msgspec

from cuelight.simulator.faults import Fault, Faults

DOCS: Final = "https://docs.github.com"
SECONDARY: Final = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID 0000:0000:0:0:0."
)
BROKEN: Final = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. "
    "Please include `0000:0000:0:0:0` when reporting this issue."
)
EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
UNAVAILABLE: Final = (500, 502, 503, 504)
Headers = list[tuple[bytes, bytes]]


class Answered(msgspec.Struct, frozen=True):
    """An answer, whole."""

    status: int
    headers: Headers
    body: bytes


def spoilt(fault: Fault, good: Answered, source: random.Random, faults: Faults) -> Answered:
    """Return what *good* becomes; *source* decides what is open. Held and dropped connections are not answers."""
    # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    wait = [(b"retry-after", str(faults.retry_after).encode())]
    match fault:
        case "secondary" | "throttled":
            return _refused(good, 403 if fault == "secondary" else 429, SECONDARY, wait)
        case "denied":
            return _refused(good, 403, "Resource not accessible by integration", [])
        case "truncated":
            return _with(good, good.status, good.body[: len(good.body) // 2])
        case "partial":
            return _partial(good, source)
        case "hollow" | "mistaken":
            return _emptied(good, source, {"sha": EMPTY_TREE} if fault == "mistaken" else {})
        case _:
            return _unavailable(good, source)


def _refused(good: Answered, status: int, message: str, headers: Headers) -> Answered:
    document = {"message": message, "documentation_url": f"{DOCS}/rest", "status": str(status)}
    bad = _with(good, status, msgspec.json.encode(document))
    return Answered(bad.status, bad.headers + headers, bad.body)


def _unavailable(good: Answered, source: random.Random) -> Answered:
    return _refused(good, source.choice(UNAVAILABLE), "Server Error", [])


def _document(good: Answered) -> dict[str, Any]:
    """The JSON object that *good* is; an empty one where it is none."""
    try:
        return msgspec.json.decode(good.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _with(good: Answered, status: int, body: bytes) -> Answered:
    kept = [(name, value) for name, value in good.headers if name.lower() not in {b"content-length", b"etag"}]
    return Answered(status, [*kept, (b"content-length", str(len(body)).encode())], body)


def _emptied(good: Answered, source: random.Random, also: dict[str, str]) -> Answered:
    document = _document(good)
    if not isinstance(document.get("tree"), list) or good.status != 200:
        return _unavailable(good, source)
    return _with(good, 200, msgspec.json.encode({**document, **also, "tree": [], "truncated": False}))


def _partial(good: Answered, source: random.Random) -> Answered:
    document = _document(good)
    level, path = document.get("data"), list[str | int]()
    if not isinstance(level, dict) or good.status != 200:
        return _unavailable(good, source)
    while len(level) == 1 and isinstance(below := next(iter(level.values())), dict):
        path += level
        level = below
    struck = [name for name in level if source.random() < 0.5] or [source.choice(list(level))]
    level.update(dict.fromkeys(struck))
    errors = [_error([*path, name], source) for name in struck]
    document["errors"] = [*document.get("errors", ()), *errors]
    return _with(good, 200, msgspec.json.encode(document))


def _error(path: list[str | int], source: random.Random) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"message": BROKEN},
        {"type": "FORBIDDEN", "message": "Resource not accessible by integration"},
        {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."},
    ]
    return {**source.choice(kinds), "path": path, "locations": [{"line": 1, "column": 1}]}
