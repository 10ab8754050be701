"""The table of what is read elsewhere.

pages  one row a URL that entities name: what it held when it was last read, and when it is read again
"""

from sqlalchemy import Index, Table

from cuelight.db import METADATA, blob, integer, text

PAGES = Table(
    "pages",
    METADATA,
    text("url", primary_key=True),
    text("state"),  # unread, present, absent
    text("reason", null=True),  # why the last look found nothing out; null: it did
    text("etag", null=True),
    text("modified", null=True),  # Last-Modified, as its host wrote it
    blob("content", null=True),  # zlib
    text("cause", null=True),  # because of which it is due, where that is not the interval
    integer("caused_at", null=True),
    integer("since"),
    integer("read_at", null=True),  # when its host last said what it holds
    integer("due_at", null=True),  # null: only when somebody asks
    integer("lease_until"),
    text("claim_id", null=True),
    integer("attempts"),  # looks in a row that found nothing out
    Index("ix_pages_due_at", "due_at"),
)
