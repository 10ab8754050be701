"""Request bodies: read under a limit and a deadline, decoded into a declared type, refused in Backstage's words.

The order of the checks is that of Express' body parser and of the validator behind it: size, charset, syntax, media
type, and only then what is in it.
"""

import asyncio
import codecs
from email.message import Message
from typing import Generic, TypeVar

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from cuelight.asgi.schema import Schema
from cuelight.asgi.syntax import syntax_flaw
from cuelight.errors import InputError

MAX_BODY = 100 * 1024
"""Bytes, as Express has it. Webhooks come in by another way and have a limit of their own."""
MOST_DIGITS = 15
"""Of a Content-Length that may be a number that is near our limits."""
DEADLINE = 30.0
"""Seconds in which a body must have come in."""

JSON = "application/json"

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

B = TypeVar("B")


class BodyReader(Generic[B]):
    """Reads bodies of the type *declared*. One whose fields may all be left out may be left out itself.

    As Express does it, nothing is read of a body that says nothing of its media type and may be left out. A type whose
    `unread` is a text may be left out for the validator alone: it is what the endpoint itself says to that.
    """

    def __init__(self, declared: type[B]) -> None:
        self.declared = declared
        self._unread: str | None = getattr(declared, "unread", None)
        self.schema = Schema(declared)
        self.required = self.schema.required
        self._decoder = msgspec.json.Decoder(declared)

    async def read(self, scope: Scope, receive: Receive) -> B:
        """Read and check one; InputError says what is wrong with it."""
        headers = dict(scope["headers"])
        encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").lower()
        if encoding != "identity":
            raise InputError(f'unsupported content encoding "{encoding}"')
        body = await read_body(receive, declared=headers.get(b"content-length", b"0"))
        media_type = headers.get(b"content-type")
        return self.decode(body, media_type=None if media_type is None else media_type.decode("latin-1"))

    def decode(self, body: bytes, *, media_type: str | None) -> B:
        """Read *body*, which is of this media type; InputError says what is wrong with it."""
        if media_type != JSON or body.startswith(codecs.BOM_UTF8):
            body = self._typed(body, media_type)
        try:
            decoded = self._decoder.decode(body or b"{}")
        except UNREADABLE as error:
            raise InputError(self._refusal(body or b"{}", error)) from error
        if b"\\u0000" in body:
            raise InputError("request/body must not hold the character \\u0000, which no database keeps; leave it out")
        return decoded

    def _typed(self, body: bytes, media_type: str | None) -> bytes:
        """*body* in UTF-8, where it is JSON by its media type; nothing, where it says none and may be left out."""
        if not media_type and self._unread is not None:
            raise InputError(self._unread)
        if not media_type and not self.required:
            return b""
        message = Message()
        message["content-type"] = media_type or "undefined"
        if message.get_content_type() != JSON:
            raise InputError(f"unsupported media type {media_type or 'undefined'}")
        return _in_utf8(body, str(message.get_param("charset") or "utf-8"))

    def _refusal(self, body: bytes, error: Exception) -> str:
        flaw = syntax_flaw(body.decode("utf-8-sig", "replace"))
        if flaw is not None:
            return flaw
        try:
            flaw = self.schema.flaw(msgspec.json.decode(body))
        except UNREADABLE as cause:
            return f"the body cannot be read: {cause}; correct it"
        return f"request/body{flaw or f' cannot be taken: {error}'}"


async def read_body(receive: Receive, *, declared: bytes = b"0", limit: int = MAX_BODY) -> bytes:
    """The whole body, *declared* bytes long; InputError past *limit* or the deadline (Backstage answers both with 400)."""
    if declared.isdigit() and (len(declared) > MOST_DIGITS or int(declared) > limit):
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


def _in_utf8(body: bytes, charset: str) -> bytes:
    if charset.lower() == "utf-8":
        return body.removeprefix(codecs.BOM_UTF8)
    if not charset.lower().startswith("utf-"):
        raise InputError(f'unsupported charset "{charset.upper()}"')
    try:
        return body.decode(charset).encode()
    except (LookupError, UnicodeError):
        raise InputError(f'unsupported charset "{charset.upper()}"') from None
