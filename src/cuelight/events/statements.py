"""The event system's SQL, apart from that of a backend."""

from sqlalchemy import bindparam, delete, func, insert, select

from cuelight.db import Row, Statement, upsert
from cuelight.events.event import Event
from cuelight.events.tables import DEAD_LETTERS, EVENT_LEDGER, EVENTS, SUBSCRIPTIONS

INSERT_EVENT = Statement(lambda words: words.insert(EVENTS).on_conflict_do_nothing())
EVENTS_BY_ID = Statement(lambda words: select(EVENTS).where(EVENTS.c.id.in_(words.each("ids"))))
EVENTS_SINCE = Statement(select(EVENTS).where(EVENTS.c.time >= bindparam("since")).order_by(EVENTS.c.time))
UPSERT_SUBSCRIPTION = Statement(lambda words: upsert(words, SUBSCRIPTIONS, keys=["id"], columns=["topics"]))
ALL_SUBSCRIPTIONS = Statement(select(SUBSCRIPTIONS).order_by(SUBSCRIPTIONS.c.id))
HANDLED = Statement(
    lambda words: select(EVENT_LEDGER.c.event_id).where(
        EVENT_LEDGER.c.subscription == bindparam("subscription"), EVENT_LEDGER.c.event_id.in_(words.each("ids"))
    )
)
INSERT_HANDLED = Statement(insert(EVENT_LEDGER))
INSERT_DEAD_LETTER = Statement(
    lambda words: upsert(words, DEAD_LETTERS, keys=["event_id", "subscription"], columns=["reason", "attempts", "at"])
)
DELETE_DEAD_LETTERS = Statement(
    lambda words: (
        delete(DEAD_LETTERS)
        .where(DEAD_LETTERS.c.event_id.in_(words.each("ids")))
        .returning(DEAD_LETTERS.c.event_id, DEAD_LETTERS.c.subscription)
    )
)
COUNT_DEAD_LETTERS = Statement(
    select(DEAD_LETTERS.c.subscription, func.count().label("dead")).group_by(DEAD_LETTERS.c.subscription)
)
DROP_LEDGER = Statement(
    lambda words: delete(EVENT_LEDGER).where(
        EVENT_LEDGER.c.event_id.in_(select(EVENTS.c.id).where(EVENTS.c.cause.in_(words.each("causes"))))
    )
)
DROP_EVENTS = Statement(lambda words: delete(EVENTS).where(EVENTS.c.cause.in_(words.each("causes"))))


def event_of(row: Row) -> Event:
    """The event that *row* of `EVENTS` holds."""
    return Event(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        data=row["data"],
        time=row["time"],
        cause=row["cause"],
        body=row["body"],
    )
