"""The event system's tables.

events             what was published, for as long as it is kept
subscriptions      who gets it, and since when
event_ledger       (subscription, event): handled. What is here is never handled again
dead_letters       (subscription, event): out of tries, with the reason, until someone replays or drops it
event_queue        the `db` backend's own: (subscription, event) still to be handled
"""

from sqlalchemy import Index, Table

from cuelight.db import METADATA, integer, text

EVENTS = Table(
    "events",
    METADATA,
    text("id", primary_key=True),
    text("topic"),
    text("key"),
    text("data"),
    text("body", null=True),
    integer("time"),
    text("cause"),
    integer("published_at"),
    Index("ix_events_time", "time"),
    Index("ix_events_cause", "cause"),
)

SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    text("id", primary_key=True),
    text("topics"),  # a JSON array
    text("start"),
    integer("created_at"),
)

EVENT_LEDGER = Table(
    "event_ledger",
    METADATA,
    text("event_id", primary_key=True),
    text("subscription", primary_key=True),
    integer("handled_at"),
    sqlite_with_rowid=False,
)

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    text("event_id", primary_key=True),
    text("subscription", primary_key=True),
    text("reason"),
    integer("attempts"),
    integer("at"),
    Index("ix_dead_letters_at", "at"),
)

EVENT_QUEUE = Table(
    "event_queue",
    METADATA,
    text("subscription", primary_key=True),
    text("event_id", primary_key=True),
    integer("due_at"),  # when it may be claimed; a claim moves it past its lease
    text("claim_id", null=True),
    integer("attempts"),  # failures so far
    text("last_error", null=True),
    Index("ix_event_queue_subscription_due_at", "subscription", "due_at"),
    Index("ix_event_queue_event_id", "event_id"),
    sqlite_with_rowid=False,
)
