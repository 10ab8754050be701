"""Releasing refs: what nobody refers to any more goes, with all that lived by it alone."""

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import entities_among, refs_parameter
from cuelight.catalog.ownership.inheritance import hand_over
from cuelight.catalog.ownership.reach import unrooted
from cuelight.catalog.ownership.removal import remove
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.waking import wake
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES
from cuelight.db import Statement, Transaction

_OWN = Statement(
    lambda words: select(REFRESH_REFERENCES.c.target_ref).where(
        REFRESH_REFERENCES.c.source == bindparam("source"), REFRESH_REFERENCES.c.target_ref.in_(words.each("refs"))
    )
)
_WAITING = Statement(
    lambda words: select(CONFLICTS.c.entity_ref).where(
        CONFLICTS.c.source == bindparam("source"), CONFLICTS.c.entity_ref.in_(words.each("refs"))
    )
)
_UNREFER = Statement(
    lambda words: delete(REFRESH_REFERENCES).where(
        REFRESH_REFERENCES.c.source == bindparam("source"), REFRESH_REFERENCES.c.target_ref.in_(words.each("refs"))
    )
)
_WITHDRAW = Statement(
    lambda words: delete(CONFLICTS).where(
        CONFLICTS.c.source == bindparam("source"), CONFLICTS.c.entity_ref.in_(words.each("refs"))
    )
)


_EXPEL = Statement(delete(REFRESH_REFERENCES).where(REFRESH_REFERENCES.c.target_ref == bindparam("ref")))


async def release(
    tx: Transaction, source: str, refs: Collection[str], cause: Cause, *, keep_orphans: bool = False
) -> int:
    """Let *source* say nothing more about *refs*; how many entities were deleted because of that.

    Only what *source* refers to or claims counts. With *keep_orphans*, what nobody refers to stays, annotated.
    """
    if not refs:
        return 0
    parameters = {"source": source, "refs": refs_parameter(refs)}
    owned = {row["target_ref"] for row in await tx.fetch(_OWN, parameters)}
    waiting = {row["entity_ref"] for row in await tx.fetch(_WAITING, parameters)}
    await tx.execute(_UNREFER, parameters)
    await tx.execute(_WITHDRAW, parameters)
    doomed = set() if keep_orphans else await unrooted(tx, owned)
    await remove(tx, doomed, cause)
    await hand_over(tx, owned - waiting - doomed, cause)
    if keep_orphans:
        await enqueue(tx, owned, cause)
    return len(doomed)


async def expel(tx: Transaction, ref: str, cause: Cause) -> None:
    """Delete *ref* whoever refers to it, and what lived by it alone; its parents say again whether it is to be."""
    sources = (await sources_of(tx, [ref])).get(ref, set())
    await tx.execute(_EXPEL, {"ref": ref})
    await remove(tx, await unrooted(tx, [ref]), cause)
    await wake(tx, entities_among(sources), cause)
