"""Taking due entities, so that nobody else processes them meanwhile."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import bindparam, null, or_, select, update

from cuelight.catalog.processing.subject import Subject, subject_of
from cuelight.catalog.tables import REFRESH_STATE
from cuelight.clock import SECOND
from cuelight.db import Reading, Statement, Transaction

LEASE = 15 * SECOND
"""How long a claim holds; a run takes milliseconds, so whoever needs longer is dead, and somebody else goes on."""

_CLAIM = Statement(
    lambda words: (
        update(REFRESH_STATE)
        .where(
            REFRESH_STATE.c.entity_id.in_(
                words.once(
                    words.skip_locked(
                        select(REFRESH_STATE.c.entity_id)
                        .where(REFRESH_STATE.c.due_at <= bindparam("now"))
                        .order_by(REFRESH_STATE.c.due_at)
                        .limit(bindparam("limit"))
                    )
                )
            )
        )
        .values(due_at=bindparam("until"), claim_id=bindparam("claim"))
        .returning(REFRESH_STATE)
    )
)
_UNFINISHED = Statement(
    select(REFRESH_STATE.c.entity_id)
    .where(
        REFRESH_STATE.c.due_at <= bindparam("until"),
        or_(REFRESH_STATE.c.due_at <= bindparam("now"), REFRESH_STATE.c.claim_id.is_not(None)),
    )
    .limit(1)
)
_ABANDON = Statement(
    update(REFRESH_STATE).where(REFRESH_STATE.c.claim_id.is_not(None)).values(claim_id=null(), due_at=bindparam("now"))
)


async def claim_due(tx: Transaction, limit: int) -> Sequence[Subject]:
    """Claim up to *limit* due entities, those first that wait the longest."""
    now = tx.now()
    rows = await tx.fetch(_CLAIM, {"now": now, "limit": limit, "until": now + LEASE, "claim": uuid4().hex})
    return [subject_of(row) for row in rows]


async def any_due(tx: Reading) -> bool:
    """Whether some entity is due, or claimed."""
    now = tx.now()
    return await tx.fetch_one(_UNFINISHED, {"now": now, "until": now + LEASE}) is not None


async def abandon_claims(tx: Transaction) -> int:
    """End every claim, whoever holds it, so that what was claimed is due; how many there were."""
    return await tx.execute(_ABANDON, {"now": tx.now()})
