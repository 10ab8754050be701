"""Request bodies: read under a limit and a deadline, decoded into a declared type, refused in Backstage's words."""

import asyncio
import re
from typing import TypeVar

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from cuelight.errors import InputError

MAX_BODY = 100 * 1024
"""Bytes, as Express has it. Webhooks come in by another way and have a limit of their own."""
DEADLINE = 30.0
"""Seconds in which a body must have come in."""

B = TypeVar("B")


async def read_body(scope: Scope, receive: Receive, *, limit: int = MAX_BODY) -> bytes:
    """The whole body; InputError past *limit* bytes or the deadline (Backstage answers both with 400)."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise InputError("request entity too large")
    try:
        async with asyncio.timeout(DEADLINE):
            return await _collect(receive, limit)
    except TimeoutError:
        raise InputError(f"the body did not come in within {DEADLINE:.0f} seconds; send it again") from None


async def _collect(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise InputError("request entity too large")
        if not message.get("more_body", False):
            return bytes(body)


def decode(body: bytes, declared: type[B], *, media_type: str | None) -> B:
    """Read *body* as JSON of the type *declared*; InputError says what is wrong with it."""
    if body and _essence(media_type) != "application/json":
        raise InputError(f"unsupported media type {media_type or 'undefined'}")
    try:
        return msgspec.json.decode(body or b"{}", type=declared)
    except msgspec.ValidationError as error:
        raise InputError(_in_backstages_words(str(error))) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"the body is not JSON: {error}") from error


def _essence(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()


def _in_backstages_words(message: str) -> str:
    """Turn `Object missing required field `x` - at `$.a`` into `request/body/a must have required property 'x'`."""
    said, _, at = message.partition(" - at `$")
    where = "request/body" + re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", at.rstrip("`")).replace(".", "/")
    match re.findall(r"`([^`]*)`", said):
        case [name] if "missing required field" in said:
            return f"{where} must have required property '{name}'"
        case [_] if "unknown field" in said:
            return f"{where} must NOT have additional properties"
        case [wanted, _] if said.startswith("Expected"):
            return f"{where} must be {wanted}"
        case _:
            return f"{where}: {said}"
