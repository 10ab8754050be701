"""Because of what a row is as it is, on the wire."""

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.clock import isoformat


class CauseItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Because of what: the delivery (or scan, refresh, call), when it came in, and the commit."""

    id: str
    at: str
    reconcile: str | None
    commit: str | None
    author: str | None


def cause_item(cause: Cause) -> CauseItem:
    """*cause* as it goes on the wire."""
    return CauseItem(
        id=cause.id, at=isoformat(cause.at), reconcile=cause.reconcile, commit=cause.commit, author=cause.author
    )
