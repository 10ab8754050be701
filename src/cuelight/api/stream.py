"""The change feed: every change of an entity as it becomes visible, as server-sent events.

An event's id is its change's sequence. A reader that comes back with the last id that it has (`Last-Event-ID`, as every
EventSource does) goes on right after it, whichever server answers: the feed is read from the change log, which has no
gaps, and nothing of it is kept here. What a filter passes over moves the id on as well, with the next heartbeat.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec

from cuelight.api.changes import change_filter, change_item
from cuelight.api.context import Context
from cuelight.api.waiting import Waiting
from cuelight.asgi import Access, Answer, Call, Query, get
from cuelight.asgi.parameters import MAX_INTEGER
from cuelight.asgi.sse import MEDIA_TYPE, EventStream, event_text, heartbeat
from cuelight.catalog.channels import CHANGES
from cuelight.catalog.queries import ChangeFilter, changes_onwards, newest_sequence
from cuelight.db.wakeups import Listener
from cuelight.errors import InputError, ServiceUnavailableError

BATCH = 100
"""Changes that are read at a time."""
LOOK_AGAIN = 5.0
"""Seconds after which the log is looked at without being woken: being woken is a courtesy."""
HEARTBEAT = 15.0
"""Seconds after which something is sent, though nothing changed: what stands in between closes silent connections."""
PAUSE = 0.05
"""Seconds between looks, so that a storm of changes is read in batches."""
HELLO = b"retry: 2000\n\n"
"""Milliseconds after which a reader that lost the connection comes back."""

Sequence = Annotated[int, msgspec.Meta(ge=0)]


class FeedQuery(Query, frozen=True, kw_only=True):
    """Changes of one entity or kind, or all; those after the sequence `since`, or else from now on.

    The header `Last-Event-ID`, as every EventSource sends it when it comes back, goes before `since`.
    """

    ref: str | None = None
    kind: str | None = None
    since: Sequence | None = None


class _Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader gets, and after which sequence it begins."""

    wanted: ChangeFilter
    since: int


@get(
    "/api/cuelight/v1/changes/stream",
    FeedQuery,
    access=Access.READ,
    answers=Answer(type=str, media_type=MEDIA_TYPE, description="Events named `change`, whose data is a change."),
)
async def change_feed(context: Context, call: Call[FeedQuery, None]) -> EventStream:
    """Changes as they come, as server-sent events."""
    query = call.query
    wanted = change_filter(query.ref, query.kind)
    _require_room(context.streams)
    newest = await newest_sequence(context.db)
    known = _last_event(call.request.headers.get("last-event-id"))
    since = query.since if known is None else known
    feed = _Feed(wanted=wanted, since=newest if since is None else min(since, newest))
    return EventStream(_events(context, feed))


ENDPOINTS = (change_feed,)


def _require_room(streams: Waiting) -> None:
    if streams.full:
        raise ServiceUnavailableError(
            f"{len(streams)} change feeds are open, and there may be no more; try again later", retry_after=10
        )


def _last_event(header: str | None) -> int | None:
    if not header:
        return None
    if not header.isascii() or not header.isdigit() or len(header) > len(str(MAX_INTEGER)):
        raise InputError(f"Last-Event-ID is {header[:40]!r}; send the id of an event of this feed, or leave it out")
    return int(header)


async def _events(context: Context, feed: _Feed) -> AsyncGenerator[bytes, None]:
    listener = context.db.listen(CHANGES)
    since, said_at = feed.since, context.clock.monotonic()
    with context.streams.taking_part(listener):
        yield HELLO
        while not context.streams.ended:
            found = await changes_onwards(context.db, since=since, limit=BATCH, wanted=feed.wanted)
            for change in found.changes:
                yield event_text(msgspec.json.encode(change_item(change)), event="change", number=change.sequence)
            since = found.reached
            now = context.clock.monotonic()
            if not found.changes and now - said_at >= HEARTBEAT:
                yield heartbeat(since)
                said_at = now
            elif found.changes:
                said_at = now
            if not found.more:
                await _more(listener)


async def _more(listener: Listener) -> None:
    """Return when there may be more."""
    await listener.wait(LOOK_AGAIN)
    await asyncio.sleep(PAUSE)
