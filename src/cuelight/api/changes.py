"""Changes of entities, newest first; with `wait` an answer comes as soon as there is something newer."""

from typing import Annotated

import msgspec

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Call, Query, get
from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import CHANGES
from cuelight.catalog.queries import Change, get_change, list_changes, newest_sequence
from cuelight.clock import isoformat
from cuelight.errors import InputError, NotFoundError

LOOK_AGAIN = 1.0
"""Seconds after which a waiting request looks by itself: being woken is a courtesy."""


class ChangeWindow(Window, frozen=True, kw_only=True):
    """`since` asks only for changes after that sequence, `wait` to wait up to so many seconds until there are some."""

    since: Annotated[int, msgspec.Meta(ge=0)] | None = None
    wait: Annotated[float, msgspec.Meta(ge=0, le=30)] | None = None


class CauseItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Because of what: the delivery (or scan, refresh, call), when it came in, and the commit."""

    id: str
    at: str
    reconcile: str | None
    commit: str | None
    author: str | None


class ChangeItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change in a list; `milliseconds` is the time from its cause's coming in to its being visible."""

    sequence: int
    entity_ref: str
    uid: str
    action: str
    paths: tuple[str, ...]
    at: str
    cause: CauseItem | None
    milliseconds: float | None


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change with the entity before and after it; null where there was none."""

    change: ChangeItem
    before: msgspec.Raw
    after: msgspec.Raw


class _Place(msgspec.Struct, frozen=True, array_like=True):
    sequence: int


@get("/api/cuelight/v1/changes", ChangeWindow, access=Access.READ)
async def changes(context: Context, call: Call[ChangeWindow, None]) -> ItemList[ChangeItem]:
    """Changes, newest first."""
    query = call.query
    place = read_cursor(query.after, _Place)
    if query.wait is not None:
        await _something_newer(context, query)
    before = None if place is None else place.sequence
    found = await list_changes(context.db, limit=query.limit, before=before, since=query.since or 0)
    more = len(found) == query.limit
    return ItemList(
        items=[_item(each) for each in found], next_cursor=write_cursor(_Place(found[-1].sequence)) if more else None
    )


@get("/api/cuelight/v1/changes/{sequence:int}", Query, access=Access.READ)
async def change(context: Context, call: Call[Query, None]) -> ChangeAnswer:
    """One change, with the entity before and after it."""
    sequence = int(call.path["sequence"])
    found = await get_change(context.db, sequence) if sequence < 2**63 else None
    if found is None:
        raise NotFoundError(f"there is no change {sequence}; the newest is {await newest_sequence(context.db)}")
    return ChangeAnswer(change=_item(found.change), before=_raw(found.before), after=_raw(found.after))


ENDPOINTS = (changes, change)


async def _something_newer(context: Context, query: ChangeWindow) -> None:
    """Return once a change after `since` is there, or the time is up, or too many wait already."""
    if query.since is None:
        raise InputError("request/query/wait needs since: the sequence of the newest change that you have, or 0")
    if context.waiting.locked():
        return
    async with context.waiting:
        listener = context.db.listen(CHANGES)
        until = context.clock.monotonic() + (query.wait or 0)
        while await newest_sequence(context.db) <= query.since:
            left = until - context.clock.monotonic()
            if left <= 0:
                return
            await listener.wait(min(left, LOOK_AGAIN))


def _item(found: Change) -> ChangeItem:
    return ChangeItem(
        sequence=found.sequence,
        entity_ref=found.entity_ref,
        uid=found.entity_id,
        action=found.action,
        paths=found.paths,
        at=isoformat(found.at),
        cause=None if found.cause is None else _cause(found.cause),
        milliseconds=None if found.lag is None else found.lag / 1000,
    )


def _cause(cause: Cause) -> CauseItem:
    return CauseItem(
        id=cause.id, at=isoformat(cause.at), reconcile=cause.reconcile, commit=cause.commit, author=cause.author
    )


def _raw(entity: str | None) -> msgspec.Raw:
    return msgspec.Raw((entity or "null").encode())
