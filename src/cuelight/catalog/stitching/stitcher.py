"""The stitcher: takes refs from the queue and writes their final entities; each batch is one transaction.

Reading, building and writing share the transaction, so no claim is needed and nothing can come between: what the
queue names is either served with its search rows and its line in the change log, or still queued.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from cuelight.catalog import changelog
from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.channels import DONE, STITCHING
from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.observer import Observer
from cuelight.catalog.stitching import pantry
from cuelight.catalog.stitching.final import Final, build
from cuelight.catalog.tables import FINAL_ENTITIES, SEARCH, STITCH_QUEUE
from cuelight.clock import SECOND
from cuelight.db import Database, Reading, Row, Statement, Transaction
from cuelight.model import flatten

BATCH = 25
"""Refs in a transaction, so that it stays far under 20 ms."""
RETRY = 60 * SECOND
"""Until a ref whose stitching failed is tried again, unless something changes before."""

_DUE = Statement(
    lambda words: words.skip_locked(
        select(STITCH_QUEUE)
        .where(STITCH_QUEUE.c.due_at <= bindparam("now"))
        .order_by(STITCH_QUEUE.c.due_at)
        .limit(bindparam("limit"))
    )
)
_NAMED = Statement(
    lambda words: words.skip_locked(select(STITCH_QUEUE).where(STITCH_QUEUE.c.entity_ref == bindparam("ref")))
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
_UNINDEX = Statement(lambda words: delete(SEARCH).where(SEARCH.c.entity_id.in_(words.each("ids"))))
_INDEX = Statement(insert(SEARCH))
_WAITING = Statement(select(STITCH_QUEUE.c.entity_ref).where(STITCH_QUEUE.c.due_at <= bindparam("now")).limit(1))


class Stitched(msgspec.Struct, frozen=True):
    """How many refs a transaction looked at, the causes of the final entities that it wrote, one each, and when it began."""

    looked_at: int
    causes: Sequence[Cause | None]
    at: int


class Serving(msgspec.Struct, frozen=True):
    """A final entity that is to be written, and its line in the change log."""

    final: Final
    change: changelog.Change


async def any_queued(tx: Reading) -> bool:
    """Whether some ref is due to be stitched."""
    return await tx.fetch_one(_WAITING, {"now": tx.now()}) is not None


class Stitcher:
    """The `Source` of the stitching pump: an item is the number of refs to stitch in one transaction."""

    name = "stitching"

    def __init__(self, db: Database) -> None:
        self._db = db
        self.observer = Observer()
        """Told of each batch."""

    async def claim(self, _limit: int) -> Sequence[int]:
        """One batch at a time, for as long as some ref is due."""
        return (BATCH,) if await self._db.get(_WAITING, {"now": self._db.now()}) else ()

    async def handle(self, batch: int) -> None:
        """Stitch the refs that wait the longest; a batch that fails is stitched ref by ref."""
        try:
            stitched = await self._db.transact(lambda tx: _stitch_due(tx, batch))
        except Exception:  # noqa: BLE001 -- the ref that it belongs to is found and postponed below
            await self._one_by_one(batch)
        else:
            self._tell(stitched)

    def _tell(self, stitched: Stitched) -> None:
        self.observer.stitched(stitched.looked_at, len(stitched.causes))
        self.observer.visible([cause for cause in stitched.causes if cause is not None], stitched.at)

    async def _one_by_one(self, limit: int) -> None:
        now = self._db.now()
        for row in await self._db.read(lambda tx: tx.fetch(_DUE, {"now": now, "limit": limit})):
            await self._alone(row["entity_ref"])

    async def _alone(self, ref: str) -> None:
        """Stitch *ref* by itself; where that fails, it waits, and everything else goes on."""
        try:
            stitched = await self._db.transact(lambda tx: _stitch_named(tx, ref))
        except Exception as error:  # noqa: BLE001 -- one entity's failure is its own
            self.observer.failed(self.name, ref, error)
            await self._db.transact(lambda tx: _postpone(tx, ref))
        else:
            self._tell(stitched)


async def _stitch_due(tx: Transaction, limit: int) -> Stitched:
    rows = await tx.fetch(_DUE, {"now": tx.now(), "limit": limit})
    if len(rows) == limit:
        tx.notify(STITCHING)
    return await _stitch(tx, rows)


async def _stitch_named(tx: Transaction, ref: str) -> Stitched:
    return await _stitch(tx, await tx.fetch(_NAMED, {"ref": ref}))


async def _postpone(tx: Transaction, ref: str) -> None:
    tx.notify(DONE)
    await tx.execute(_POSTPONE, {"ref": ref, "until": tx.now() + RETRY})


async def _stitch(tx: Transaction, rows: Sequence[Row]) -> Stitched:
    """Write the final entities of the queued *rows* that differ, and take these from the queue."""
    tx.notify(DONE)
    shelf = await pantry.fetch(tx, [row["entity_ref"] for row in rows])
    servings = [serving for row in rows if (serving := _serving(row, shelf)) is not None]
    await _serve(tx, servings)
    await changelog.record(tx, [serving.change for serving in servings])
    await tx.execute_many(_DONE, ({"ref": row["entity_ref"], "ticket": row["ticket"]} for row in rows))
    return Stitched(len(rows), [serving.change.cause for serving in servings], tx.now())


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
    await tx.execute(_UNINDEX, {"ids": refs_parameter(serving.change.entity_id for serving in servings)})
    await tx.execute_many(_INDEX, (row for serving in servings for row in _search_rows(serving.final)))


def _final_row(serving: Serving, now: int) -> dict[str, Any]:
    return {
        "entity_id": serving.change.entity_id,
        "entity_ref": serving.change.ref,
        "entity": serving.change.after,
        "hash": serving.final.hash,
        "updated_at": now,
    }


def _search_rows(final: Final) -> Iterator[dict[str, Any]]:
    entity_id = final.entity["metadata"]["uid"]
    for row in flatten(final.entity).rows:
        yield {"entity_id": entity_id, "key": row.key, "value": row.value, "original_value": row.original_value}
