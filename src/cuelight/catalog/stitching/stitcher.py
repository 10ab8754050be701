"""The stitcher: takes refs from the queue and writes their final entities; each batch is one transaction.

Reading, building and writing share the transaction, so no claim is needed and nothing can come between: what the
queue names is either served with its search rows and its line in the change log, or still queued.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select, update

from cuelight.catalog import changelog
from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.channels import DONE, STITCHING
from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.observer import Observer
from cuelight.catalog.stitching import pantry
from cuelight.catalog.stitching.agenda import FEW, Agenda, Batch
from cuelight.catalog.stitching.final import Final, build
from cuelight.catalog.stitching.index import Indexed, index
from cuelight.catalog.tables import FINAL_ENTITIES, STITCH_QUEUE
from cuelight.clock import SECOND
from cuelight.db import Database, Reading, Row, Statement, Transaction
from cuelight.errors import ServiceUnavailableError

SLOTS = 2
"""Batches at one time, where the database is a process of its own: while it writes one, the next is put together."""
LEAST, MOST = 100, 400
"""Refs of a load in a transaction: fewer write the same pages of the search index over and over."""
SPAN = 0.02
"""Seconds that a transaction should last, and wait for its turn, together."""
RETRY = 60 * SECOND
"""Until a ref whose stitching failed is tried again, unless something changes before, or only the database was away."""

_DUE = Statement(
    lambda words: words.skip_locked(
        select(STITCH_QUEUE)
        .where(STITCH_QUEUE.c.due_at <= bindparam("now"), ~STITCH_QUEUE.c.entity_ref.in_(words.each("resting")))
        .order_by(STITCH_QUEUE.c.due_at)
        .limit(bindparam("limit"))
    )
)
_NAMED = Statement(
    lambda words: words.skip_locked(
        select(STITCH_QUEUE).where(
            STITCH_QUEUE.c.entity_ref.in_(words.each("refs")), STITCH_QUEUE.c.due_at <= bindparam("now")
        )
    )
)
_DONE = Statement(
    delete(STITCH_QUEUE).where(
        STITCH_QUEUE.c.entity_ref == bindparam("ref"), STITCH_QUEUE.c.ticket == bindparam("ticket")
    )
)
_POSTPONE = Statement(
    update(STITCH_QUEUE).where(STITCH_QUEUE.c.entity_ref == bindparam("ref")).values(due_at=bindparam("until"))
)
_SERVE = Statement(
    lambda words: (statement := words.insert(FINAL_ENTITIES)).on_conflict_do_update(
        index_elements=["entity_id"],
        set_={name: statement.excluded[name] for name in ("entity", "hash", "updated_at")},
    )
)
_WAITING = Statement(select(STITCH_QUEUE.c.entity_ref).where(STITCH_QUEUE.c.due_at <= bindparam("now")).limit(1))


class Stitched(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction did: the refs that it looked at, the causes of the final entities that it wrote, one each, and
    when it began. `hubs`: how many relations each of the larger refs has.
    """

    looked_at: Sequence[str]
    causes: Sequence[Cause | None]
    at: int
    relations: Sequence[tuple[str, int]]


class Serving(msgspec.Struct, frozen=True):
    """A final entity that is to be written, and its line in the change log."""

    final: Final
    change: changelog.Change


async def any_queued(tx: Reading) -> bool:
    """Whether some ref is due to be stitched."""
    return await tx.fetch_one(_WAITING, {"now": tx.now()}) is not None


class Stitcher:
    """The `Source` of the stitching pump, of `slots` slots: an item is the refs to stitch in one transaction."""

    name = "stitching"

    def __init__(self, db: Database) -> None:
        self._db = db
        self.slots = 1 if db.exclusive else SLOTS
        self._agenda = Agenda(db)
        self._size = LEAST
        self._in_hand: list[Batch] = []
        self.observer = Observer()
        """Told of each batch."""

    async def claim(self, limit: int) -> Sequence[Batch]:
        """One batch after the other, for as long as the agenda has one, *limit* at most."""
        batches: list[Batch] = []
        while len(batches) < limit:
            batch = await self._agenda.next(self._size, (*self._in_hand, *batches))
            if batch is None:
                break
            batches.append(batch)
        self._in_hand += batches
        return batches

    async def handle(self, batch: Batch) -> None:
        """Stitch *batch*; one that fails is stitched ref by ref."""
        try:
            await self._stitch(batch)
        finally:
            self._in_hand.remove(batch)

    async def _stitch(self, batch: Batch) -> None:
        began = time.perf_counter()
        try:
            stitched = await self._db.transact(lambda tx: _stitch_batch(tx, batch), together=True)
        except Exception:  # noqa: BLE001 -- the ref that it belongs to is found and postponed below
            await self._one_by_one(batch)
        else:
            self._adapt(time.perf_counter() - began, len(stitched.looked_at))
            self._tell(stitched)

    def _adapt(self, seconds: float, refs: int) -> None:
        """Take more at once while that is quick and nobody else waits for the database, and fewer where it is not."""
        if refs >= FEW:
            self._size = max(LEAST, min(MOST, 2 * self._size, int(refs * SPAN / seconds)))

    def _tell(self, stitched: Stitched) -> None:
        for ref, relations in stitched.relations:
            self._agenda.rest(ref, relations)
        self.observer.stitched(len(stitched.looked_at), len(stitched.causes))
        self.observer.visible([cause for cause in stitched.causes if cause is not None], stitched.at)

    async def _one_by_one(self, batch: Batch) -> None:
        for row in await self._db.transact(lambda tx: _queued(tx, batch), together=True):
            await self._alone(row["entity_ref"])

    async def _alone(self, ref: str) -> None:
        """Stitch *ref* by itself; where that fails, it waits, and everything else goes on."""
        alone = Batch(limit=1, refs=(ref,))
        try:
            stitched = await self._db.transact(lambda tx: _stitch_batch(tx, alone), together=True)
        except Exception as error:  # noqa: BLE001 -- one entity's failure is its own
            self.observer.failed(self.name, ref, error)
            await self._db.transact(partial(_postpone, ref=ref, pause=_pause(error)), together=True)
        else:
            self._tell(stitched)


async def _queued(tx: Transaction, batch: Batch) -> Sequence[Row]:
    """The rows of *batch*, whose refs are to be stitched; nobody else's until *tx* ends."""
    now = tx.now()
    if batch.refs:
        return await tx.fetch(_NAMED, {"now": now, "refs": refs_parameter(batch.refs)})
    return await tx.fetch(_DUE, {"now": now, "limit": batch.limit, "resting": refs_parameter(batch.resting)})


async def _stitch_batch(tx: Transaction, batch: Batch) -> Stitched:
    rows = await _queued(tx, batch)
    if len(rows) == batch.limit:
        tx.notify(STITCHING)
    return await _stitch(tx, rows)


async def _postpone(tx: Transaction, ref: str, pause: int) -> None:
    tx.notify(DONE)
    await tx.execute(_POSTPONE, {"ref": ref, "until": tx.now() + pause})


def _pause(error: Exception) -> int:
    """Microseconds until a ref is tried again on which *error* was met; soon where it says nothing of the ref."""
    if isinstance(error, ServiceUnavailableError):
        return round((error.retry_after or 1.0) * SECOND)
    return RETRY


async def _stitch(tx: Transaction, rows: Sequence[Row]) -> Stitched:
    """Write the final entities of the queued *rows* that differ, and take these from the queue."""
    tx.notify(DONE)
    refs = [row["entity_ref"] for row in rows]
    shelf = await pantry.fetch(tx, refs)
    servings = [serving for row in rows if (serving := _serving(row, shelf)) is not None]
    await _serve(tx, servings)
    await tx.execute_many(_DONE, ({"ref": row["entity_ref"], "ticket": row["ticket"]} for row in rows))
    await changelog.record(tx, [serving.change for serving in servings])
    return Stitched(
        looked_at=refs,
        causes=[serving.change.cause for serving in servings],
        at=tx.now(),
        relations=[(ref, len(given.relations)) for ref, given in shelf.ingredients.items()],
    )


def _serving(row: Row, shelf: pantry.Shelf) -> Serving | None:
    """What is to be written for a queued *row*; None where it was never processed, is gone, or is served already."""
    given = shelf.ingredients.get(row["entity_ref"])
    if given is None:
        return None
    final = build(given)
    previous = shelf.previous.get(given.entity_id)
    if previous is not None and previous["hash"] == final.hash:
        return None
    before = None if previous is None else previous["entity"]
    return Serving(final, changelog.written(row["entity_ref"], before, final.entity, cause_of(row)))


async def _serve(tx: Transaction, servings: Sequence[Serving]) -> None:
    if not servings:
        return
    await tx.execute_many(_SERVE, (_final_row(serving, tx.now()) for serving in servings))
    await index(
        tx,
        [
            Indexed(serving.change.entity_id, serving.final.entity, known=serving.change.before is not None)
            for serving in servings
        ],
    )


def _final_row(serving: Serving, now: int) -> dict[str, Any]:
    return {
        "entity_id": serving.change.entity_id,
        "entity_ref": serving.change.ref,
        "entity": serving.change.after,
        "hash": serving.final.hash,
        "updated_at": now,
    }
