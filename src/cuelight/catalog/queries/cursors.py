"""Cursors of by-query: the whole question and a place in its answer, as text that means nothing to a client.

Backstage's own client turns to POST where a cursor decodes to JSON with a `query` in it; ours never does.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

import msgspec

from cuelight.catalog.queries.question import Question
from cuelight.errors import InputError

LONGEST = 65_536
"""Characters of a cursor."""
MOST_BYTES = 1_048_576
"""Bytes of a question, unpacked."""
_PLAIN, _PACKED = b"\x01", b"\x02"
_WORTH_PACKING = 512


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where an entity is in an ordered list: its sort value (None where the list is in the order of ids), and its id."""

    value: str | None
    uid: str


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Go on from `at`, or back from it; `first` is where the answer begins, and `total` was counted there."""

    question: Question
    at: Place
    first: Place
    total: int
    backwards: bool = False


def write_cursor(cursor: Cursor) -> str:
    """*cursor* as text for a URL; InputError where its question is too large to be carried along."""
    data = msgspec.msgpack.encode(cursor)
    packed = _PLAIN + data if len(data) < _WORTH_PACKING else _PACKED + zlib.compress(data)
    text = urlsafe_b64encode(packed).rstrip(b"=").decode()
    if len(text) > LONGEST:
        raise InputError("The query is too large to be paged; ask for fewer values, or for all entities on one page")
    return text


def read_cursor(text: str) -> Cursor:
    """The cursor that *text* is; InputError where it is none of ours."""
    try:
        return msgspec.msgpack.decode(_unpacked(text), type=Cursor)
    except (ValueError, Error, zlib.error, msgspec.DecodeError, RecursionError, InputError):
        raise InputError("Malformed cursor: it is none that this catalog gave; ask again without it") from None


def _unpacked(text: str) -> bytes:
    if len(text) > LONGEST:
        raise ValueError(len(text))
    packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if packed[:1] == _PLAIN:
        return packed[1:]
    if packed[:1] != _PACKED:
        raise ValueError(packed[:1])
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(packed[1:], MOST_BYTES)
    if unpacking.unconsumed_tail:
        raise ValueError(MOST_BYTES)
    return data
