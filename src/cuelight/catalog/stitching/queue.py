"""Asking for a ref to be stitched; part of the transaction that gave the reason."""

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any
from uuid import uuid4

from sqlalchemy import case, or_

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import STITCHING
from cuelight.catalog.tables import STITCH_QUEUE
from cuelight.db import Statement, Transaction, Words

_CAUSE = ("cause", "caused_at", "reconcile", "commit_sha", "author")


def _enqueue(words: Words) -> Any:
    """A row that waits keeps its turn; one that was put off after a failure is due again.

    Where it waits with this very cause, as in a load for each of its neighbours, nothing is written. PostgreSQL locks it all
    the same until the transaction ends: whoever is stitching it ends first, and whoever comes later sees what was changed.
    """
    statement = words.insert(STITCH_QUEUE)
    new, held = statement.excluded, STITCH_QUEUE.c
    return statement.on_conflict_do_update(
        index_elements=["entity_ref"],
        set_={
            "ticket": new.ticket,
            **{name: new[name] for name in _CAUSE},
            "due_at": case((held.due_at < new.due_at, held.due_at), else_=new.due_at),
        },
        where=or_(held.due_at > new.due_at, *(held[name].is_distinct_from(new[name]) for name in _CAUSE)),
    )


_ENQUEUE = Statement(_enqueue)


async def enqueue(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Have *refs* stitched because of *cause*; a request that waits already takes the newer cause."""
    await enqueue_each(tx, dict.fromkeys(refs, cause))


async def enqueue_each(tx: Transaction, causes: Mapping[str, Cause]) -> None:
    """Have each ref stitched because of its cause."""
    if not causes:
        return
    ticket, now = uuid4().hex, tx.now()
    await tx.execute_many(
        _ENQUEUE,
        (
            {"entity_ref": ref, "ticket": ticket, "due_at": now, **cause.columns()}
            for ref, cause in sorted(causes.items(), key=itemgetter(0))
        ),
    )
    tx.notify(STITCHING)
