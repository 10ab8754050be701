"""From an exception to Backstage's error body, with nothing of our insides in it."""

import math
import secrets
from typing import Any

import msgspec
import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

from cuelight.asgi.answers import json_answer
from cuelight.errors import CuelightError

_log = structlog.get_logger(__name__)


class ErrorItself(msgspec.Struct, frozen=True):
    """What went wrong."""

    name: str
    message: str


class ErrorRequest(msgspec.Struct, frozen=True):
    """What was asked for."""

    method: str
    url: str


class ErrorResponse(msgspec.Struct, frozen=True):
    """How it was answered."""

    statusCode: int  # noqa: N815 -- as it goes on the wire


class ErrorBody(msgspec.Struct, frozen=True):
    """Every error, in Backstage's form. `url` is relative to the plugin that answers."""

    error: ErrorItself
    request: ErrorRequest
    response: ErrorResponse


def failure(scope: Scope, error: Exception, *, prefix: str = "") -> Response:
    """Answer the request in *scope* with *error*; the URL in it is relative to *prefix*."""
    if isinstance(error, CuelightError) and error.status != 500:
        return error_answer(scope, error, status=error.status, prefix=prefix)
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # nobody is there to read it
    return error_answer(scope, _masked(error), status=500, prefix=prefix)


def error_answer(scope: Scope, error: Exception, *, status: int, prefix: str = "") -> Response:
    """Answer with *status* and Backstage's body, the name and the message being those of *error*."""
    body = ErrorBody(
        error=ErrorItself(type(error).__name__, str(error)),
        request=ErrorRequest(scope["method"], url_of(scope, prefix)),
        response=ErrorResponse(status),
    )
    return json_answer(body, status=status, headers=_retry_after(error))


def url_of(scope: Scope, prefix: str = "") -> str:
    """The URL as it was sent, without host and without *prefix*."""
    path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query: str = scope["query_string"].decode("latin-1")
    relative = path.removeprefix(prefix) or "/"
    return f"{relative}?{query}" if query else relative


def _masked(error: Exception) -> Exception:
    """Log *error* under a new id, and return one that says nothing but this id."""
    log_id = secrets.token_hex(10)
    _log.error("request_failed", log_id=log_id, exc_info=error)
    return Error(f"An internal error occurred logId={log_id}")


class Error(Exception):
    """What the caller sees of an error that is ours; the name is Backstage's."""


def _retry_after(error: Any) -> dict[str, str]:
    seconds = getattr(error, "retry_after", None)
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}
