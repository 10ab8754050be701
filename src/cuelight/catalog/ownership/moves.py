"""What moved: let go of while something with the same cause, which might name it again, was still to be processed.

A rename takes a Location away and brings another, and only the other's processing tells that its entities are the
same. Until then they live on, weakly. What was named again by then was not deleted, and is not counted; nor is a
Location of which nothing but itself is left. For the rest it is decided now.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.documents import held_source
from cuelight.catalog.ownership.departure import Departure, Shares, hold_back
from cuelight.catalog.ownership.judgement import busy, judge_count
from cuelight.catalog.ownership.reach import reach_of
from cuelight.catalog.ownership.releases import MOVED, let_go
from cuelight.catalog.tables import DELETIONS
from cuelight.db import Reading, Row, Statement, Transaction

ANY_MOVING = Statement(select(DELETIONS.c.id).where(DELETIONS.c.state == "moving").limit(1))
MOVEMENTS = Statement(
    select(DELETIONS.c.provider, DELETIONS.c.cause, DELETIONS.c.reconcile)
    .distinct()
    .where(DELETIONS.c.state == "moving")
)
PARTS = Statement(
    select(DELETIONS)
    .where(
        DELETIONS.c.state == "moving",
        DELETIONS.c.provider == bindparam("provider"),
        DELETIONS.c.cause == bindparam("cause"),
        DELETIONS.c.reconcile.is_not_distinct_from(bindparam("reconcile")),
    )
    .order_by(DELETIONS.c.id)
)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """All that a provider's sources let go of with one cause."""

    provider: str
    cause: str
    reconcile: str | None

    @property
    def reason(self) -> Cause:
        """The cause, as far as it tells what is to be processed because of it."""
        return Cause(id=self.cause, at=0, reconcile=self.reconcile)


async def any_moving(tx: Reading) -> bool:
    """Whether something moves."""
    return await tx.fetch_one(ANY_MOVING) is not None


async def movements(tx: Reading) -> list[Movement]:
    """Those whose end has come: nothing with their cause is to be processed any more."""
    found = [Movement(**{name: row[name] for name in Movement.__struct_fields__}) for row in await tx.fetch(MOVEMENTS)]
    return [each for each in found if not await busy(tx, each.reason)]


async def finish(tx: Transaction, movement: Movement) -> None:
    """Decide what becomes of what moved and was not named again."""
    rows = await tx.fetch(PARTS, msgspec.structs.asdict(movement))
    if not rows or await busy(tx, movement.reason):
        return
    cause = cause_of(rows[0]) or movement.reason
    refs = {row["entity_ref"] for row in rows}
    reach = await reach_of(tx, refs, without={held_source(row["id"]) for row in rows})
    shares = reach.shares(refs)
    moved = [row for row in rows if _moved(row, shares)]
    left = [row for row in rows if not _moved(row, shares)]
    await let_go(tx, moved, MOVED, cause)
    await _decide(tx, left, {row["entity_ref"]: shares[row["entity_ref"]] for row in left}, cause)


def _moved(row: Row, shares: Shares) -> bool:
    """Whether something else keeps it alive by now, or at least all that lived by it."""
    share = shares.get(row["entity_ref"], ())
    return not share or (len(share) == 1 and row["entities"] > 1)


async def _decide(tx: Transaction, rows: Sequence[Row], shares: Shares, cause: Cause) -> None:
    """Delete what *rows* hold back, or have it approved."""
    if not rows:
        return
    departure = Departure(provider=rows[0]["provider"], origin=rows[0]["origin"], shares=shares, cause=cause)
    judgement = await judge_count(tx, departure)
    if judgement.state == "held":
        await hold_back(tx, rows, shares, judgement)
    else:
        await let_go(tx, rows, judgement, cause)
