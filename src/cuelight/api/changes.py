"""Changes of entities, newest first; with `wait` an answer comes as soon as there is something newer."""

import re
from typing import Annotated

import msgspec

from cuelight.api.causes import CauseItem, cause_item
from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Call, Query, get
from cuelight.catalog.channels import CHANGES
from cuelight.catalog.queries import Change, ChangeFilter, get_change, list_changes, newest_sequence
from cuelight.clock import isoformat
from cuelight.errors import InputError, NotFoundError
from cuelight.model import parse_ref

SEQUENCE = re.compile(r"[0-9]{1,18}")

LOOK_AGAIN = 1.0
"""Seconds after which a waiting request looks by itself: being woken is a courtesy."""


class ChangeWindow(Window, frozen=True, kw_only=True):
    """`since` asks only for changes after that sequence, `wait` to wait up to so many seconds until there are some.

    `ref` and `kind` ask for those of one entity or kind, `cause` for those because of one delivery, scan or call.
    """

    ref: str | None = None
    kind: str | None = None
    cause: str | None = None
    since: Annotated[int, msgspec.Meta(ge=0)] | None = None
    wait: Annotated[float, msgspec.Meta(ge=0, le=30)] | None = None


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
    wanted = change_filter(query.ref, query.kind, query.cause)
    found = await list_changes(context.db, limit=query.limit, before=before, since=query.since or 0, wanted=wanted)
    more = len(found) == query.limit
    return ItemList(
        items=[change_item(each) for each in found],
        next_cursor=write_cursor(_Place(found[-1].sequence)) if more else None,
    )


@get("/api/cuelight/v1/changes/{sequence}", Query, access=Access.READ)
async def change(context: Context, call: Call[Query, None]) -> ChangeAnswer:
    """One change, with the entity before and after it."""
    sequence = call.path["sequence"]
    found = await get_change(context.db, int(sequence)) if SEQUENCE.fullmatch(sequence) else None
    if found is None:
        raise NotFoundError(f"there is no change {sequence}; the newest is {await newest_sequence(context.db)}")
    return ChangeAnswer(change=change_item(found.change), before=_raw(found.before), after=_raw(found.after))


ENDPOINTS = (changes, change)


async def _something_newer(context: Context, query: ChangeWindow) -> None:
    """Return once a change after `since` is there, or the time is up, or too many wait already."""
    if query.since is None:
        raise InputError("request/query/wait needs since: the sequence of the newest change that you have, or 0")
    if context.waiting.full:
        return
    listener = context.db.listen(CHANGES)
    with context.waiting.taking_part(listener):
        until = context.clock.monotonic() + (query.wait or 0)
        while await newest_sequence(context.db) <= query.since:
            left = until - context.clock.monotonic()
            if left <= 0 or context.waiting.ended:
                return
            await listener.wait(min(left, LOOK_AGAIN))


def change_filter(ref: str | None, kind: str | None, cause: str | None = None) -> ChangeFilter:
    """Which changes are asked for; a ref may lack its namespace, and be in any case."""
    full = None if ref is None else str(parse_ref(ref))
    return ChangeFilter(ref=full, kind=None if kind is None else kind.lower(), cause=cause)


def change_item(found: Change) -> ChangeItem:
    """*found* as it goes on the wire."""
    return ChangeItem(
        sequence=found.sequence,
        entity_ref=found.entity_ref,
        uid=found.entity_id,
        action=found.action,
        paths=found.paths,
        at=isoformat(found.at),
        cause=None if found.cause is None else cause_item(found.cause),
        milliseconds=None if found.lag is None else found.lag / 1000,
    )


def _raw(entity: str | None) -> msgspec.Raw:
    return msgspec.Raw((entity or "null").encode())
