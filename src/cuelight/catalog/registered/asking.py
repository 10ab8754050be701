"""Asking for registered locations: a predicate over their four fields, page by page in the order of their ids.

The language is that of entities (`cuelight.model.parse_query`), with two habits of Backstage's: here an empty `$all` and
`$contains` are met by nothing. The rows are few, so they are compared here and not in SQL: the same on every database.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import select

from cuelight.catalog.registered.location import Registered, registered_in
from cuelight.catalog.tables import LOCATIONS
from cuelight.db import Database, Statement
from cuelight.errors import InputError
from cuelight.model import parse_query
from cuelight.model.predicates import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith

PAGE: Final = 1_000
"""Locations in a page, unless the caller says how many."""
FIELDS: Final = ("id", "type", "target", "entityRef")
_FIELDS: Final = frozenset(field.lower() for field in FIELDS)
BY_ORDER = Statement(select(LOCATIONS).order_by(LOCATIONS.c.id))


class LocationQuery(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which locations, and how many of them: those after the one with the id `after` that meet `query` (None: all)."""

    limit: int = PAGE
    query: dict[str, Any] | None = None
    after: str = ""

    def __post_init__(self) -> None:
        """InputError for a page of nothing."""
        if self.limit < 1:
            raise InputError("Limit must be a positive integer >= 1")

    @property
    def cursor(self) -> str:
        """The same as text."""
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode()

    @classmethod
    def continued(cls, cursor: str) -> "LocationQuery":
        """The query that *cursor* stands for; InputError where it is none of ours."""
        if not cursor:
            raise InputError("Cursor cannot be empty")
        try:
            text = base64.b64decode(cursor, altchars=b"-_", validate=True)
            return msgspec.msgpack.decode(text, type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as error:
            raise InputError("Malformed cursor, unknown encoding") from error  # in Backstage's words


class LocationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Locations by their ids. `total` counts all pages; `next` is the cursor of the one after this, None on the last."""

    items: Sequence[Registered]
    total: int
    next: str | None


async def query_locations(db: Database, asked: LocationQuery) -> LocationPage:
    """The page of registered locations that *asked* asks for; InputError for a query that is none."""
    predicate = None if asked.query is None else location_predicate(asked.query)
    rows = await db.read(lambda tx: tx.fetch(BY_ORDER))
    return await asyncio.to_thread(_page, [registered_in(row) for row in rows], asked, predicate)


def location_predicate(query: Mapping[str, Any]) -> Predicate:
    """*query* as a predicate over the fields of a location; InputError, in Backstage's words, where it is none."""
    parse_query(query)
    return parse_query(_narrowed(query))


def meets(predicate: Predicate, values: Mapping[str, str]) -> bool:
    """Whether a location with these *values*, all in lower case, is one that is asked for."""
    match predicate:
        case AllOf(of=parts):
            return all(meets(part, values) for part in parts)
        case AnyOf(of=parts):
            return any(meets(part, values) for part in parts)
        case Not(of=part):
            return not meets(part, values)
        case Has(key=key):
            return key in values
        case Equals(key=key, values=wanted):
            return values.get(key) in wanted
        case StartsWith(key=key, prefix=prefix):
            return values.get(key, "").startswith(prefix)


def _page(every: Sequence[Registered], asked: LocationQuery, predicate: Predicate | None) -> LocationPage:
    found = [each for each in every if predicate is None or meets(predicate, _values(each))]
    following = [each for each in found if each.id > asked.after]
    items = following[: asked.limit]
    more = len(following) > len(items)
    following_query = msgspec.structs.replace(asked, after=items[-1].id) if more else None
    return LocationPage(items=items, total=len(found), next=following_query.cursor if following_query else None)


def _values(location: Registered) -> dict[str, str]:
    texts = (location.id, location.type, location.target, location.entity_ref)
    return {key.lower(): text.lower() for key, text in zip(FIELDS, texts, strict=True)}


def _narrowed(query: Mapping[str, Any]) -> dict[str, Any]:
    """*query* with what nothing meets here said so that nothing meets it anywhere; InputError for another field."""
    for word in ("$all", "$any"):
        if word in query:
            return {word if query[word] else "$any": [_narrowed(each) for each in query[word]]}
    if "$not" in query:
        return {"$not": _narrowed(query["$not"])}
    return {_known(key): _matcher(matcher) for key, matcher in query.items()}


def _known(key: str) -> str:
    if key.lower() not in _FIELDS:
        raise InputError(
            "Invalid filter predicate, expected key to be 'id', 'type', 'target', or 'entityRef', "  # as Backstage says it
            f"got '{key}'"
        )
    return key.lower()


def _matcher(matcher: Any) -> Any:
    return {"$in": []} if isinstance(matcher, dict) and "$contains" in matcher else matcher
