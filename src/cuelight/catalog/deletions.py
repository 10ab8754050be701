"""What people decide about deletions: approve what is held back, restore what is gone; and forgetting what was decided.

Work is cut into transactions of about `CHUNK` entities, so a process that dies between two of them leaves the rest as
it was, and to be decided again.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

import msgspec
from sqlalchemy import bindparam, delete, select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import held_source, refs_parameter
from cuelight.catalog.ownership import Judgement, Offer, claim, let_go, reach_of
from cuelight.catalog.tables import DELETIONS, REFRESH_STATE
from cuelight.clock import SECOND, timed_id
from cuelight.db import Database, Reading, Row, Statement, Transaction
from cuelight.errors import ConflictError, InputError, NotFoundError

CHUNK = 200
"""Entities in a transaction; a root with more of them goes in one of its own."""
SHOWN = 100
"""Refs that a decision names."""
KEPT = 30 * 24 * 3600 * SECOND
"""For how long it can be restored what was deleted."""
GONE = ("done", "approved", "moved")
"""States in which the entity is gone, and its tombstone says what it was."""

APPROVED = Judgement(state="approved", reason="it was held back, and its deletion approved")

_COLUMNS = DELETIONS.c
_BY_ID = Statement(lambda words: select(DELETIONS).where(_COLUMNS.id.in_(words.each("ids"))).order_by(_COLUMNS.id))
_PARTS = Statement(lambda words: select(DELETIONS).where(_COLUMNS.part_of.in_(words.each("ids"))).order_by(_COLUMNS.id))
HELD = Statement(select(_COLUMNS.id, _COLUMNS.entities).where(_COLUMNS.state == "held").order_by(_COLUMNS.id))
HELD_OF = Statement(
    select(_COLUMNS.id, _COLUMNS.entities)
    .where(_COLUMNS.provider == bindparam("provider"), _COLUMNS.state == "held")
    .order_by(_COLUMNS.id)
)
_THERE = Statement(
    lambda words: select(REFRESH_STATE.c.entity_ref).where(REFRESH_STATE.c.entity_ref.in_(words.each("refs")))
)
_RESTORED = Statement(
    update(DELETIONS)
    .where(_COLUMNS.id == bindparam("deletion"))
    .values(state="restored", reason=bindparam("reason"), ended_at=None, entities=1)
)
OLD = Statement(
    select(_COLUMNS.id).where(_COLUMNS.ended_at < bindparam("before")).order_by(_COLUMNS.ended_at).limit(CHUNK)
)
_FORGET = Statement(lambda words: delete(DELETIONS).where(_COLUMNS.id.in_(words.each("ids"))))


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which deletions: those with these `ids`, or all that are held back of `provider`, or of `everything`."""

    ids: Sequence[str] = ()
    provider: str | None = None
    everything: bool = False

    def __post_init__(self) -> None:
        """InputError unless it is exactly one of these."""
        if [bool(self.ids), self.provider is not None, self.everything].count(True) != 1:
            raise InputError("say which deletions: either their ids, or a provider, or all")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """So many `deletions` were decided about; so many `entities` went or came back by that; the first `refs` of these."""

    deletions: int
    entities: int
    refs: Sequence[str]


async def approve(db: Database, choice: Choice, *, dry_run: bool = False) -> Decision:
    """Let go of what the chosen deletions hold back; with *dry_run* only tell what would go.

    NotFoundError where there is no such id, ConflictError where nothing is held back by it; then nothing was done.
    """
    chosen = await db.read(lambda tx: _chosen(tx, choice))
    foreseen = await db.read(lambda tx: _foreseen(tx, [row["id"] for row in chosen]))
    if not dry_run:
        cause = Cause(id=f"approval:{timed_id(db.now())}", at=db.now())
        for ids in _portions(chosen):
            await db.transact(partial(_approve, ids=ids, cause=cause))
    return foreseen


async def restore(db: Database, deletions: Sequence[str], *, dry_run: bool = False) -> Decision:
    """Bring back what was deleted, with what went along: it lives until a source names it, or someone approves again.

    NotFoundError where there is no such id, ConflictError where its entity is not gone; then nothing was done.
    """
    rows = await db.read(lambda tx: _restorable(tx, deletions))
    if not dry_run:
        cause = Cause(id=f"restore:{timed_id(db.now())}", at=db.now())
        for ids in _portions(rows):
            await db.transact(partial(_restore, ids=ids, cause=cause))
    refs = sorted({row["entity_ref"] for row in rows})
    return Decision(deletions=len(rows), entities=len(refs), refs=refs[:SHOWN])


async def forget_deletions(db: Database, *, kept: int = KEPT) -> int:
    """Forget deletions that ended more than *kept* microseconds ago; how many there were."""
    count = 0
    while gone := await db.transact(lambda tx: _forget_some(tx, tx.now() - kept)):
        count += gone
    return count


async def _forget_some(tx: Transaction, before: int) -> int:
    ids = [row["id"] for row in await tx.fetch(OLD, {"before": before})]
    if ids:
        await tx.execute(_FORGET, {"ids": refs_parameter(ids)})
    return len(ids)


async def _chosen(tx: Reading, choice: Choice) -> Sequence[Row]:
    if choice.everything:
        return await tx.fetch(HELD)
    if choice.provider is not None:
        return await tx.fetch(HELD_OF, {"provider": choice.provider})
    rows = await _known(tx, choice.ids)
    for row in rows:
        if row["state"] not in {"held", "restored"}:
            raise ConflictError(f"deletion {row['id']} of {row['entity_ref']} is {row['state']}: nothing is held back")
    parts = [row for row in await tx.fetch(_PARTS, _ids(choice.ids)) if row["state"] == "restored"]
    return [*rows, *(row for row in parts if row["id"] not in choice.ids)]


async def _known(tx: Reading, ids: Collection[str]) -> Sequence[Row]:
    """The rows of *ids*; NotFoundError where there is none."""
    rows = await tx.fetch(_BY_ID, _ids(ids))
    if unknown := sorted(set(ids) - {row["id"] for row in rows}):
        raise NotFoundError(f"there is no deletion {unknown[0]}; see: cuelight deletions list")
    return rows


async def _foreseen(tx: Reading, ids: Collection[str]) -> Decision:
    rows = await tx.fetch(_BY_ID, _ids(ids))
    reach = await reach_of(tx, {row["entity_ref"] for row in rows}, without=set(map(held_source, ids)))
    return Decision(deletions=len(rows), entities=len(reach.doomed), refs=sorted(reach.doomed)[:SHOWN])


async def _approve(tx: Transaction, ids: Sequence[str], cause: Cause) -> None:
    """Let go of those of *ids* that still hold something back."""
    rows = [row for row in await tx.fetch(_BY_ID, _ids(ids)) if row["state"] in {"held", "restored"}]
    await let_go(tx, rows, APPROVED, cause)


async def _restorable(tx: Reading, ids: Sequence[str]) -> Sequence[Row]:
    rows = await _known(tx, ids)
    there = await _there(tx, rows)
    for row in rows:
        if row["state"] == "held":
            raise ConflictError(
                f"deletion {row['id']} of {row['entity_ref']} is held, so the entity is still there: nothing to restore; "
                "it stays unless somebody approves"
            )
        if row["entity_ref"] in there:
            raise ConflictError(f"{row['entity_ref']} is in the catalog; deletion {row['id']} is {row['state']}")
        if row["state"] not in GONE:
            raise ConflictError(
                f"deletion {row['id']} of {row['entity_ref']} is {row['state']}: nothing was deleted by it"
            )
    parts = [row for row in await tx.fetch(_PARTS, _ids(ids)) if row["state"] in GONE and row["id"] not in ids]
    there = await _there(tx, parts)
    return [*rows, *(row for row in parts if row["entity_ref"] not in there)]


async def _restore(tx: Transaction, ids: Sequence[str], cause: Cause) -> None:
    """Bring back those of *ids* that are still gone."""
    for row in await tx.fetch(_BY_ID, _ids(ids)):
        if row["state"] in GONE and not await _there(tx, [row]):
            await claim(tx, held_source(row["id"]), [_offer(row, cause)])
            reason = (
                "somebody restored it; it stays until a source names it again, or someone approves: "
                f"cuelight deletions approve {row['id']}"
            )
            await tx.execute(_RESTORED, {"deletion": row["id"], "reason": reason})


async def _there(tx: Reading, rows: Sequence[Row]) -> set[str]:
    found = await tx.fetch(_THERE, {"refs": refs_parameter({row["entity_ref"] for row in rows})})
    return {row["entity_ref"] for row in found}


def _offer(row: Row, cause: Cause) -> Offer:
    return Offer(
        ref=row["entity_ref"],
        body=row["unprocessed"],
        digest=row["unprocessed_hash"],
        location_key=row["location_key"],
        cause=cause,
    )


def _portions(rows: Sequence[Row]) -> Iterator[Sequence[str]]:
    """The ids of *rows* in order, cut so that each part is about `CHUNK` entities, or a single row."""
    part: list[str] = []
    weight = 0
    for row in rows:
        if part and weight + row["entities"] > CHUNK:
            yield part
            part, weight = [], 0
        part.append(row["id"])
        weight += row["entities"]
    if part:
        yield part


def _ids(ids: Collection[str]) -> dict[str, str]:
    return {"ids": refs_parameter(ids)}
