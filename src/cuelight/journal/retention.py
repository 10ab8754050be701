"""Letting go of old deliveries: those that are done with, and everything of theirs in the event system.

Dead letters and what is still to be handled are never let go of, however old.
"""

import msgspec
from sqlalchemy import bindparam, delete, exists, literal, or_, select

from cuelight.clock import SECOND
from cuelight.db import Database, Statement, Transaction
from cuelight.events.queries import forget_events
from cuelight.events.tables import DEAD_LETTERS, EVENT_QUEUE, EVENTS
from cuelight.journal.tables import BODIES, DELIVERIES

KEPT = 30 * 24 * 3600 * SECOND
"""For how long a delivery is kept: ten times as long as GitHub keeps its own record."""
CHUNK = 200
"""Deliveries that go in one transaction, so that it stays short."""

_UNFINISHED = exists(
    select(literal(1))
    .select_from(
        EVENTS.outerjoin(EVENT_QUEUE, EVENT_QUEUE.c.event_id == EVENTS.c.id).outerjoin(
            DEAD_LETTERS, DEAD_LETTERS.c.event_id == EVENTS.c.id
        )
    )
    .where(
        EVENTS.c.cause == DELIVERIES.c.id,
        or_(EVENT_QUEUE.c.event_id.is_not(None), DEAD_LETTERS.c.event_id.is_not(None)),
    )
)
OLD = Statement(
    select(DELIVERIES.c.id)
    .where(DELIVERIES.c.received_at < bindparam("before"), DELIVERIES.c.state != "failed", ~_UNFINISHED)
    .order_by(DELIVERIES.c.received_at)
    .limit(CHUNK)
)
DROP_BODIES = Statement(lambda words: delete(BODIES).where(BODIES.c.delivery_id.in_(words.each("ids"))))
DROP_DELIVERIES = Statement(lambda words: delete(DELIVERIES).where(DELIVERIES.c.id.in_(words.each("ids"))))


async def let_go(db: Database, *, kept: int = KEPT) -> int:
    """Let go of finished deliveries that came in more than *kept* microseconds ago; how many there were."""
    count = 0
    while gone := await db.transact(lambda tx: _let_go_of_some(tx, tx.now() - kept)):
        count += gone
    return count


async def _let_go_of_some(tx: Transaction, before: int) -> int:
    rows = await tx.fetch(OLD, {"before": before})
    if rows:
        ids = {"ids": msgspec.json.encode([row["id"] for row in rows]).decode()}
        await forget_events(tx, ids["ids"])
        await tx.execute(DROP_BODIES, ids)
        await tx.execute(DROP_DELIVERIES, ids)
    return len(rows)
