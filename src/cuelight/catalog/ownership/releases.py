"""Releasing refs: what nobody refers to any more goes, with all that lived by it alone."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, select

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import entities_among, holds_among, refs_parameter, source_of
from cuelight.catalog.ownership.departure import (
    API,
    Departure,
    Judgement,
    bury,
    bury_held,
    called_off,
    drop,
    keep,
    provider_of,
)
from cuelight.catalog.ownership.inheritance import hand_over, succeed
from cuelight.catalog.ownership.judgement import judge
from cuelight.catalog.ownership.reach import Reach, reach_of
from cuelight.catalog.ownership.removal import remove
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.waking import wake
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES
from cuelight.clock import SECOND
from cuelight.db import Row, Statement, Transaction

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


AWAY = SECOND
"""How long what was deleted over the API is away, at least, where its parents still name it.

As in Backstage, whose loop looks for work once a second: whoever deletes an entity and asks for it finds it gone.
"""
MOVED = Judgement(state="moved", reason="what it named lives on elsewhere")
ASKED = Judgement(state="approved", reason="somebody asked for it")


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What letting go came to, in entities: how many were deleted, and how many the deletion brake holds back.

    `moving` live on until everything with the same cause was processed, which may name them again.
    """

    deleted: int = 0
    held: int = 0
    moving: int = 0


class Letting(msgspec.Struct, frozen=True, kw_only=True):
    """How a source lets go. `announced`: how many refs it is known to let go of in one discovery, these included.

    With `keep_orphans`, what nobody refers to stays, annotated. `asked`: a person wants it gone, so it goes at once, the
    brake stops none of it, and it counts for nobody.
    """

    announced: int = 0
    keep_orphans: bool = False
    asked: bool = False


async def release(
    tx: Transaction, source: str, refs: Collection[str], cause: Cause, letting: Letting | None = None
) -> Applied:
    """Let *source* say nothing more about *refs*; what became of what lived by that alone.

    Only what *source* refers to or claims counts. What another claims goes to that one, and is not deleted.
    """
    if not refs:
        return Applied()
    how = letting or Letting()
    parameters = {"source": source, "refs": refs_parameter(refs)}
    owned = {row["target_ref"] for row in await tx.fetch(_OWN, parameters)}
    waiting = {row["entity_ref"] for row in await tx.fetch(_WAITING, parameters)}
    await tx.execute(_UNREFER, parameters)
    await tx.execute(_WITHDRAW, parameters)
    reach = await reach_of(tx, owned)
    applied = Applied()
    if how.keep_orphans:
        await enqueue(tx, owned, cause)
    elif reach.doomed:
        departure = Departure(
            provider=await provider_of(tx, source),
            origin=source,
            shares=reach.shares(owned),
            cause=cause,
            announced=how.announced,
        )
        hollow = {ref for ref in departure.shares if reach.is_hollow(ref)}
        applied = await (_delete(tx, departure, ASKED) if how.asked else _part(tx, departure, hollow))
    await bequeath(tx, owned - waiting, reach, cause)
    return applied


async def _part(tx: Transaction, departure: Departure, hollow: Collection[str]) -> Applied:
    """Delete what is *hollow*, which nobody counts: it named what lives on elsewhere. The rest is judged."""
    moved = replace(departure, shares={ref: share for ref, share in departure.shares.items() if ref in hollow})
    rest = replace(departure, shares={ref: share for ref, share in departure.shares.items() if ref not in hollow})
    applied = await _depart(tx, rest)
    await bury(tx, moved, MOVED)
    await remove(tx, moved.refs, departure.cause)
    return replace(applied, deleted=applied.deleted + len(hollow))


async def _depart(tx: Transaction, departure: Departure) -> Applied:
    """Delete what goes, or hold it back."""
    if not departure.shares:
        return Applied()
    judgement = await judge(tx, departure)
    if judgement.state == "done":
        return await _delete(tx, departure, judgement)
    gone = departure.refs
    await keep(tx, departure, judgement)
    return Applied(held=len(gone)) if judgement.state == "held" else Applied(moving=len(gone))


async def _delete(tx: Transaction, departure: Departure, judgement: Judgement) -> Applied:
    """Delete what goes, and leave its tombstones."""
    gone = departure.refs
    await bury(tx, departure, judgement)
    await remove(tx, gone, departure.cause)
    return Applied(deleted=len(gone))


async def bequeath(tx: Transaction, refs: Collection[str], reach: Reach, cause: Cause) -> None:
    """Give what was let go of, and was not doomed, to its claimants, or to those who refer to it still: *refs* of it."""
    await succeed(tx, reach.heirs, cause)
    await hand_over(tx, set(refs) - reach.doomed - reach.heirs, cause)


async def let_go(tx: Transaction, rows: Sequence[Row], judgement: Judgement, cause: Cause) -> int:
    """Let go of what the deletions in *rows* hold back, whatever the brake says; how many entities were deleted."""
    refs = {row["entity_ref"] for row in rows}
    await drop(tx, [row["id"] for row in rows])
    reach = await reach_of(tx, refs)
    shares = reach.shares(refs)
    await bury_held(tx, [row for row in rows if row["entity_ref"] in shares], shares, judgement, cause)
    spared = [row["id"] for row in rows if row["entity_ref"] not in shares]
    await called_off(tx, spared, Judgement(state="returned", reason="something else keeps it alive"))
    await remove(tx, reach.doomed, cause)
    await bequeath(tx, refs, reach, cause)
    return len(reach.doomed)


async def expel(tx: Transaction, ref: str, cause: Cause) -> None:
    """Delete *ref* whoever refers to it, and what lived by it alone; in a second its parents say whether it is to be.

    A person asked for it, so nothing holds it back; it leaves a tombstone all the same.
    """
    sources = (await sources_of(tx, [ref])).get(ref, set())
    provider = await provider_of(tx, source_of(ref))
    await tx.execute(_EXPEL, {"ref": ref})
    reach = await reach_of(tx, [ref])
    departure = Departure(provider=provider, origin=API, shares=reach.shares([ref]), cause=cause)
    await bury(tx, departure, Judgement(state="done", reason="deleted over the API"))
    await called_off(tx, holds_among(sources), Judgement(state="approved", reason="deleted over the API"))
    await remove(tx, reach.doomed, cause)
    await bequeath(tx, [ref], reach, cause)
    await wake(tx, entities_among(sources), cause, delay=AWAY)
