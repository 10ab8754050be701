"""Lists of our own API: `{"items": […], "nextCursor": …}`, and cursors that nobody needs to understand."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import msgspec

from cuelight.asgi import Query
from cuelight.asgi.parameters import MAX_INTEGER
from cuelight.errors import InputError

Item = TypeVar("Item")
Key = TypeVar("Key", bound=msgspec.Struct)

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="At most so many items.")]
After = Annotated[str, msgspec.Meta(description="The `nextCursor` of an answer: what follows it.")]


class Window(Query, frozen=True, kw_only=True):
    """Which part of a list: at most `limit` items, those after the cursor `after`."""

    limit: Limit = 50
    after: After | None = None


class ItemList(msgspec.Struct, Generic[Item], frozen=True, kw_only=True, rename="camel"):
    """A part of a list; `next_cursor` asks for what follows, None where nothing does."""

    items: Sequence[Item]
    next_cursor: str | None


def write_cursor(key: msgspec.Struct) -> str:
    """The place *key* as a cursor."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str | None, key: type[Key]) -> Key | None:
    """The place that *cursor* stands for, None where there is no cursor; InputError where we did not write it."""
    if cursor is None:
        return None
    try:
        place = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=key)
    except (ValueError, msgspec.DecodeError, RecursionError):
        place = None
    if place is None or not all(map(_may_be, msgspec.structs.astuple(place))):
        raise InputError(
            f"Malformed cursor: {cursor[:80]!r} is none of ours; take nextCursor from an answer, or begin without one"
        )
    return place


def _may_be(value: object) -> bool:
    """Whether a database may hold *value*; a cursor that somebody made up can have anything in it."""
    match value:
        case int():
            return abs(value) <= MAX_INTEGER
        case str():
            return "\0" not in value
        case _:
            return True
