"""Asking for a ref to be stitched; part of the transaction that gave the reason."""

from collections.abc import Collection
from uuid import uuid4

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import STITCHING
from cuelight.catalog.tables import STITCH_QUEUE
from cuelight.db import Statement, Transaction

_RENEWED = ("ticket", "due_at", "cause", "caused_at", "reconcile", "commit_sha", "author")
_ENQUEUE = Statement(
    lambda words: (statement := words.insert(STITCH_QUEUE)).on_conflict_do_update(
        index_elements=["entity_ref"], set_={name: statement.excluded[name] for name in _RENEWED}
    )
)


async def enqueue(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Have *refs* stitched because of *cause*; a request that waits already takes the newer ticket and cause."""
    if not refs:
        return
    request = {"ticket": uuid4().hex, "due_at": tx.now(), **cause.columns()}
    await tx.execute_many(_ENQUEUE, ({"entity_ref": ref, **request} for ref in sorted(refs)))
    tx.notify(STITCHING)
