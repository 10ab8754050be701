"""The journal's SQL for writing."""

from sqlalchemy import bindparam, delete, insert, select, update

from cuelight.db import Statement
from cuelight.events.tables import DEAD_LETTERS, EVENTS
from cuelight.journal.tables import BODIES, DELIVERIES, REJECTIONS

EXISTING = Statement(
    lambda words: select(
        *(DELIVERIES.c[name] for name in ("id", "dedupe_key", "sha256", "received_at", "state"))
    ).where(DELIVERIES.c.dedupe_key.in_(words.each("keys")))
)
RETIRE_KEY = Statement(
    update(DELIVERIES).where(DELIVERIES.c.id == bindparam("delivery")).values(dedupe_key=bindparam("retired"))
)
RETELL = Statement(
    update(DELIVERIES)
    .where(DELIVERIES.c.id == bindparam("delivery"))
    .values(state=bindparam("new_state"), reason=bindparam("new_reason"), subject=bindparam("new_subject"))
)
"""A delivery whose translation failed, and that was sent again to a version that can read it."""

INSERT_DELIVERY = Statement(insert(DELIVERIES))
INSERT_BODY = Statement(insert(BODIES))
DEAD_EVENTS_OF = Statement(
    select(DEAD_LETTERS.c.event_id)
    .join(EVENTS, EVENTS.c.id == DEAD_LETTERS.c.event_id)
    .where(EVENTS.c.cause == bindparam("delivery"))
    .distinct()
)
INSERT_REJECTION = Statement(insert(REJECTIONS))
TRIM_REJECTIONS = Statement(
    delete(REJECTIONS).where(
        REJECTIONS.c.id.in_(
            select(REJECTIONS.c.id).order_by(REJECTIONS.c.received_at.desc()).offset(bindparam("kept")).limit(1000)
        )
    )
)
