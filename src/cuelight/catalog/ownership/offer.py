"""What a source would have a ref be."""

from typing import Any

import msgspec

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.documents import Entity, dump
from cuelight.db import Row
from cuelight.model import ref_of, stable_hash


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """*body* is the entity as JSON, *digest* its stable hash; *location_key* says whose content may replace whose."""

    ref: str
    body: str
    digest: str
    location_key: str | None
    cause: Cause

    def columns(self) -> dict[str, Any]:
        """As the columns that `refresh_state` and `conflicts` share."""
        return {
            "entity_ref": self.ref,
            "unprocessed": self.body,
            "unprocessed_hash": self.digest,
            "location_key": self.location_key,
            **self.cause.columns(),
        }


def offer_of(entity: Entity, location_key: str | None, cause: Cause) -> Offer:
    """The offer of *entity*, which has passed the envelope check."""
    return Offer(
        ref=ref_of(entity), body=dump(entity), digest=stable_hash(entity), location_key=location_key, cause=cause
    )


def offer_in(row: Row, cause: Cause) -> Offer:
    """The offer that a row of `conflicts` kept; its commit and author, and for the rest *cause*."""
    kept = cause_of(row)
    moved = Cause(
        id=cause.id,
        at=cause.at,
        reconcile=cause.reconcile,
        commit=kept.commit if kept else None,
        author=kept.author if kept else None,
    )
    return Offer(
        ref=row["entity_ref"],
        body=row["unprocessed"],
        digest=row["unprocessed_hash"],
        location_key=row["location_key"],
        cause=moved,
    )
