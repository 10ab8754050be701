"""Contested refs: who holds each, and who would like to."""

from collections.abc import Sequence

import msgspec

from cuelight.api.causes import CauseItem, cause_item
from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Call, get
from cuelight.catalog.queries import Conflict, ConflictKey, list_conflicts
from cuelight.clock import isoformat
from cuelight.model import parse_ref


class ConflictWindow(Window, frozen=True, kw_only=True):
    """Over one ref, of one claimant (`provider:…` or `entity:…`), or all."""

    ref: str | None = None
    source: str | None = None


class ConflictItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A claim that lost: `source` would have `entity_ref` under `location_key`; `holders` keep it, under `held_key`."""

    entity_ref: str
    source: str
    location_key: str | None
    holders: Sequence[str]
    held_key: str | None
    since: str
    cause: CauseItem | None


@get("/api/cuelight/v1/conflicts", ConflictWindow, access=Access.READ)
async def conflicts(context: Context, call: Call[ConflictWindow, None]) -> ItemList[ConflictItem]:
    """Claims that lost, by ref and claimant."""
    query = call.query
    ref = None if query.ref is None else str(parse_ref(query.ref))
    after = read_cursor(query.after, ConflictKey)
    found = await list_conflicts(context.db, limit=query.limit, after=after, ref=ref, source=query.source)
    more = len(found) == query.limit
    return ItemList(items=[_item(each) for each in found], next_cursor=write_cursor(found[-1].key) if more else None)


ENDPOINTS = (conflicts,)


def _item(found: Conflict) -> ConflictItem:
    return ConflictItem(
        entity_ref=found.key.entity_ref,
        source=found.key.source,
        location_key=found.location_key,
        holders=found.holders,
        held_key=found.held_key,
        since=isoformat(found.since),
        cause=None if found.cause is None else cause_item(found.cause),
    )
