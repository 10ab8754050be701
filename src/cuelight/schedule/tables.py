"""The table of this room.

leases  who alone may do something, and until when
"""

from sqlalchemy import Table

from cuelight.db import METADATA, integer, text

LEASES = Table(
    "leases",
    METADATA,
    text("name", primary_key=True),
    text("holder"),
    integer("until"),
)
