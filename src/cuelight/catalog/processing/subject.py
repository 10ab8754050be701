"""What is processed: one claimed row of the catalog, or one that is about to be brought."""

import msgspec

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.documents import Entity, decode, uid_of
from cuelight.catalog.ownership import Offer
from cuelight.db import Row


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as its source gave it, claimed; or with no `claim`, a newcomer that its parent's transaction brings.

    `generation` is that of the claim: where the row's is newer by the time that the outcome is written, it is run again.
    `known`: it was processed well before, and keeps that version where it is not now.
    """

    entity_id: str
    ref: str
    entity: Entity
    generation: int
    attempts: int
    claim: str | None
    cause: Cause
    known: bool = False


def subject_of(row: Row) -> Subject:
    """The subject in a claimed row of `refresh_state`."""
    return Subject(
        entity_id=row["entity_id"],
        ref=row["entity_ref"],
        entity=decode(row["unprocessed"]),
        generation=row["generation"],
        attempts=row["attempts"],
        claim=row["claim_id"],
        cause=cause_of(row) or Cause(id=row["claim_id"], at=row["due_at"]),
        known=row["processed"] is not None,
    )


def newcomer(offer: Offer) -> Subject:
    """The subject that *offer* will be, if nobody has its ref."""
    return Subject(
        entity_id=uid_of(offer.ref),
        ref=offer.ref,
        entity=decode(offer.body),
        generation=1,
        attempts=0,
        claim=None,
        cause=offer.cause,
    )
