"""Answers go out compressed where the caller asks for it and there is something to gain.

At the lowest level: JSON of entities shrinks to a seventh by it, and the higher ones cost three times as much for the
next tenth. ETags are weak, so that they stand for an answer in either form.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from cuelight.asgi.answers import JSONText

LEAST: Final = 1400
"""Bytes below which an answer is sent as it is: it fits into a packet, and both sides are spared the work."""
AT_ONCE: Final = 256 * 1024
"""Bytes that are compressed on the event loop, which takes less than a millisecond; more of them go to a thread."""
LEVEL: Final = 1
_GZIP: Final = 16 + zlib.MAX_WBITS

_WORTH_IT: Final = re.compile(rb"application/json|text/(?!event-stream)|image/svg")
_REFUSED: Final = re.compile(rb"\s*q=0(\.0*)?\s*", re.IGNORECASE)
_ALREADY: Final = frozenset({b"content-encoding", b"content-range"})


async def compressed(response: Response, scope: Scope) -> Response:
    """*response*, compressed where that is worth it and wanted; and in any case with a word for caches on what it hangs on."""
    if not _is_worth_it(response):
        return response
    response.raw_headers.append((b"vary", b"Accept-Encoding"))
    if not _is_wanted(scope):
        return response
    if isinstance(response, StreamingResponse):
        response.body_iterator = _pieces(response.body_iterator)
    elif isinstance(response, JSONText):
        response.body = response.content.packed = response.content.packed or await _shrunk(response.content.text)
    else:
        response.body = await _shrunk(bytes(response.body))
    return _labelled(response)


async def _shrunk(body: bytes) -> bytes:
    return _shrink(body) if len(body) <= AT_ONCE else await asyncio.to_thread(_shrink, body)


def _is_worth_it(response: Response) -> bool:
    if not isinstance(response, StreamingResponse) and len(response.body) < LEAST:
        return False
    names = dict(response.raw_headers)
    return not _ALREADY & names.keys() and _WORTH_IT.match(names.get(b"content-type", b"")) is not None


def _is_wanted(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and any(map(_is_gzip, value.split(b","))) for name, value in scope["headers"])


def _is_gzip(accepted: bytes) -> bool:
    coding, _, quality = accepted.partition(b";")
    return coding.strip().lower() in (b"gzip", b"*") and not _REFUSED.fullmatch(quality)


def _labelled(response: Response) -> Response:
    kept = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
    if not isinstance(response, StreamingResponse):
        kept.append((b"content-length", b"%d" % len(response.body)))
    response.raw_headers[:] = [*kept, (b"content-encoding", b"gzip")]
    return response


def _shrink(body: bytes) -> bytes:
    shrinking = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return shrinking.compress(body) + shrinking.flush()


async def _pieces(whole: AsyncIterable[str | bytes | memoryview]) -> AsyncIterator[bytes]:
    shrinking = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    async for piece in whole:
        content = piece.encode() if isinstance(piece, str) else bytes(piece)
        if shrunk := await asyncio.to_thread(shrinking.compress, content):
            yield shrunk
    yield shrinking.flush()
