"""Deliveries: what the hosts sent, and what became of it."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Answer, Call, Query, get
from cuelight.clock import isoformat
from cuelight.errors import NotFoundError
from cuelight.journal.queries import (
    Before,
    DeliveryDetail,
    DeliverySummary,
    EventSummary,
    get_delivery,
    list_deliveries,
)

SHOWN = 256 * 1024
"""Bytes of a body that are shown within a delivery; `/body` has all of it."""


class DeliveryItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery in a list. `subject` is the repository that it is about, `reason` why it came to its state."""

    id: str
    integration: str
    event: str
    guid: str | None
    state: str
    reason: str | None
    subject: str | None
    received_at: str
    size: int


class DeliveryAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery with what was sent and its events. `body` is text, cut after 256 KiB (`body_complete` is then false)."""

    delivery: DeliveryItem
    hook: str | None
    headers: Mapping[str, str]
    body: str
    body_complete: bool
    events: Sequence[EventSummary]


@get("/api/cuelight/v1/deliveries", Window, access=Access.READ)
async def deliveries(context: Context, call: Call[Window, None]) -> ItemList[DeliveryItem]:
    """Deliveries, newest first."""
    before = read_cursor(call.query.after, Before)
    found = await list_deliveries(context.db, limit=call.query.limit, before=before)
    more = len(found) == call.query.limit
    return ItemList(
        items=[_item(each) for each in found],
        next_cursor=write_cursor(Before(found[-1].received_at, found[-1].id)) if more else None,
    )


@get("/api/cuelight/v1/deliveries/{id}", Query, access=Access.READ)
async def delivery(context: Context, call: Call[Query, None]) -> DeliveryAnswer:
    """One delivery with its headers, its body and its events."""
    found = await _found(context, call.path["id"])
    return DeliveryAnswer(
        delivery=_item(found.summary),
        hook=found.hook,
        headers=found.headers,
        body=found.body[:SHOWN].decode("utf-8", "replace"),
        body_complete=len(found.body) <= SHOWN,
        events=found.events,
    )


@get(
    "/api/cuelight/v1/deliveries/{id}/body",
    Query,
    access=Access.READ,
    answers=Answer(type=bytes, media_type="application/octet-stream"),
)
async def delivery_body(context: Context, call: Call[Query, None]) -> Response:
    """What was sent, byte for byte, as a download: a browser never renders it."""
    found = await _found(context, call.path["id"])
    name = found.summary.id
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{name}-{len(found.body)}"'}
    return Response(found.body, media_type="application/octet-stream", headers=headers)


ENDPOINTS = (deliveries, delivery, delivery_body)


async def _found(context: Context, delivery_id: str) -> DeliveryDetail:
    found = await get_delivery(context.db, delivery_id)
    if found is None:
        raise NotFoundError(f"there is no delivery {delivery_id}; it may be older than the journal's retention")
    return found


def _item(summary: DeliverySummary) -> DeliveryItem:
    return DeliveryItem(
        id=summary.id,
        integration=summary.integration,
        event=summary.event,
        guid=summary.guid,
        state=summary.state,
        reason=summary.reason,
        subject=summary.subject,
        received_at=isoformat(summary.received_at),
        size=summary.size,
    )
