"""Reading the journal: lists of deliveries, one delivery, and what became of it.

The journal stores what it knows itself; whether a delivery is done or dead is derived from its events' rows.
"""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select

from cuelight.db import Database, Reading, Row, Statement
from cuelight.events.tables import DEAD_LETTERS, EVENT_LEDGER, EVENT_QUEUE, EVENTS
from cuelight.journal.tables import BODIES, DELIVERIES

MAX_PAGE = 500
"""Deliveries in one page, at most."""


class EventSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of a delivery: who handled it, and for whom it is a dead letter and why."""

    id: str
    topic: str
    data: msgspec.Raw | None
    handled_by: tuple[str, ...]
    dead: Mapping[str, str]


class DeliverySummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery in a list. `state` is as stored, or done or dead as derived; instants are in microseconds."""

    id: str
    integration: str
    event: str
    guid: str | None
    state: str
    reason: str | None
    subject: str | None
    received_at: int
    size: int


class DeliveryDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery with its headers, its body as sent, and its events."""

    summary: DeliverySummary
    hook: str | None
    headers: Mapping[str, str]
    body: bytes
    events: tuple[EventSummary, ...]


_EVENT_OF = EVENTS.c.cause == DELIVERIES.c.id
_DEAD = exists(
    select(literal(1)).select_from(EVENTS.join(DEAD_LETTERS, DEAD_LETTERS.c.event_id == EVENTS.c.id)).where(_EVENT_OF)
)
_WAITS = exists(
    select(literal(1)).select_from(EVENTS.join(EVENT_QUEUE, EVENT_QUEUE.c.event_id == EVENTS.c.id)).where(_EVENT_OF)
)
_STATE = case(
    (DELIVERIES.c.state != "published", DELIVERIES.c.state), (_DEAD, "dead"), (_WAITS, "published"), else_="done"
).label("derived")
_SUMMARY = select(
    *(DELIVERIES.c[name] for name in ("id", "integration", "event", "guid", "hook", "reason", "subject", "headers")),
    DELIVERIES.c.received_at,
    DELIVERIES.c.size,
    _STATE,
)

PAGE = Statement(
    _SUMMARY.where(
        or_(
            DELIVERIES.c.received_at < bindparam("before_at"),
            and_(DELIVERIES.c.received_at == bindparam("before_at"), DELIVERIES.c.id < bindparam("before_id")),
        )
    )
    .order_by(DELIVERIES.c.received_at.desc(), DELIVERIES.c.id.desc())
    .limit(bindparam("limit"))
)
ONE = Statement(_SUMMARY.where(DELIVERIES.c.id == bindparam("id")))
BODY = Statement(select(BODIES.c.data).where(BODIES.c.delivery_id == bindparam("id")))
EVENTS_OF = Statement(select(EVENTS).where(EVENTS.c.cause == bindparam("id")).order_by(EVENTS.c.id))
LEDGER_OF = Statement(
    select(EVENT_LEDGER.c.event_id, EVENT_LEDGER.c.subscription)
    .join(EVENTS, EVENTS.c.id == EVENT_LEDGER.c.event_id)
    .where(EVENTS.c.cause == bindparam("id"))
    .order_by(EVENT_LEDGER.c.subscription)
)
DEAD_OF = Statement(
    select(DEAD_LETTERS.c.event_id, DEAD_LETTERS.c.subscription, DEAD_LETTERS.c.reason)
    .join(EVENTS, EVENTS.c.id == DEAD_LETTERS.c.event_id)
    .where(EVENTS.c.cause == bindparam("id"))
)
COUNT = Statement(select(func.count().label("n")).select_from(DELIVERIES))


class Before(msgspec.Struct, frozen=True):
    """Where a page begins: after the delivery with this instant and id."""

    at: int
    id: str


async def list_deliveries(db: Database, *, limit: int, before: Before | None = None) -> list[DeliverySummary]:
    """Deliveries, newest first."""
    start = before or Before(2**62, "")
    parameters = {"before_at": start.at, "before_id": start.id, "limit": min(limit, MAX_PAGE)}
    rows = await db.read(lambda tx: tx.fetch(PAGE, parameters))
    return [_summary(row) for row in rows]


async def get_delivery(db: Database, delivery_id: str) -> DeliveryDetail | None:
    """One delivery with everything about it; None where there is none."""

    async def look(tx: Reading) -> DeliveryDetail | None:
        row = await tx.fetch_one(ONE, {"id": delivery_id})
        if row is None:
            return None
        body = await tx.fetch_one(BODY, {"id": delivery_id})
        return DeliveryDetail(
            summary=_summary(row),
            hook=row["hook"],
            headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
            body=zlib.decompress(body["data"]) if body else b"",
            events=await _events(tx, delivery_id),
        )

    return await db.read(look)


async def count_deliveries(db: Database) -> int:
    """How many deliveries the journal holds."""
    row = await db.read(lambda tx: tx.fetch_one(COUNT))
    return int(row["n"]) if row else 0


async def _events(tx: Reading, delivery_id: str) -> tuple[EventSummary, ...]:
    wanted: Mapping[str, Any] = {"id": delivery_id}
    handled = await tx.fetch(LEDGER_OF, wanted)
    dead = await tx.fetch(DEAD_OF, wanted)
    return tuple(
        EventSummary(
            id=row["id"],
            topic=row["topic"],
            data=msgspec.Raw(row["data"].encode()) if row["data"] else None,
            handled_by=tuple(entry["subscription"] for entry in handled if entry["event_id"] == row["id"]),
            dead={entry["subscription"]: entry["reason"] for entry in dead if entry["event_id"] == row["id"]},
        )
        for row in await tx.fetch(EVENTS_OF, wanted)
    )


def _summary(row: Row) -> DeliverySummary:
    return DeliverySummary(
        id=row["id"],
        integration=row["integration"],
        event=row["event"],
        guid=row["guid"],
        state=row["derived"],
        reason=row["reason"],
        subject=row["subject"],
        received_at=row["received_at"],
        size=row["size"],
    )
