"""The journal's tables.

deliveries   one row a webhook request that was accepted: what it is, and what became of it here
bodies       what was sent, compressed
rejections   requests that were refused, their headers, for a while
"""

from sqlalchemy import Index, Table

from cuelight.db import METADATA, blob, integer, text

DELIVERIES = Table(
    "deliveries",
    METADATA,
    text("id", primary_key=True),
    text("dedupe_key"),
    text("integration"),
    text("event"),
    text("guid", null=True),
    text("hook", null=True),
    text("state"),  # see journal.delivery.State
    text("reason", null=True),
    text("subject", null=True),  # what it is about: owner/name of the repository, where known
    integer("received_at"),
    text("headers"),  # a JSON object, without secrets
    integer("size"),  # bytes of the body as sent
    blob("sha256"),
    Index("uq_deliveries_dedupe_key", "dedupe_key", unique=True),
    Index("ix_deliveries_received_at", "received_at", "id"),
)

BODIES = Table(
    "bodies",
    METADATA,
    text("delivery_id", primary_key=True),
    blob("data"),  # zlib
)

REJECTIONS = Table(
    "rejections",
    METADATA,
    text("id", primary_key=True),
    text("integration"),
    integer("status"),
    text("reason"),
    text("headers"),
    integer("received_at"),
    Index("ix_rejections_received_at", "received_at"),
)
