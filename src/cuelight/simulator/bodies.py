"""Request bodies, read under a limit, unpacked where they are compressed."""

import zlib

from starlette.requests import Request

from cuelight.errors import InputError, TooLargeError


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body as it was meant; TooLargeError past *limit* bytes, packed or unpacked, InputError where it is damaged."""
    packed = bytearray()
    async for chunk in request.stream():
        packed += chunk
        if len(packed) > limit:
            raise TooLargeError(f"the body of {request.url.path} is larger than {limit} bytes")
    if request.headers.get("content-encoding", "identity") not in {"gzip", "x-gzip"}:
        return bytes(packed)
    return unzipped(bytes(packed), limit)


def unzipped(packed: bytes, limit: int) -> bytes:
    """Return what *packed* (gzip) holds, at most *limit* bytes of it."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = unpacker.decompress(packed, limit + 1)
    except zlib.error as error:
        raise InputError(f"the body is not gzip as its Content-Encoding says: {error}") from error
    if len(data) > limit or unpacker.unconsumed_tail:
        raise TooLargeError(f"the body unpacks to more than {limit} bytes")
    if not unpacker.eof:
        raise InputError("the body's gzip stream ends early; send it again")
    return data
