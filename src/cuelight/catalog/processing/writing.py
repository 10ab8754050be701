"""Writing the outcome of a run: all of it, if the claim still holds, and only what differs."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, null, select, update

from cuelight.catalog.channels import DONE, PROCESSING
from cuelight.catalog.documents import source_of
from cuelight.catalog.ownership import NEVER, wake, weak_among
from cuelight.catalog.processing.children import Nursery
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.problems import write_problems
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.reader import Reader, fingerprint
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import REFRESH_KEYS, REFRESH_STATE, RELATIONS
from cuelight.clock import SECOND
from cuelight.db import Reading, Row, Statement, Transaction
from cuelight.schedule import Backoff

AGAIN = Backoff(first=2.0, cap=600.0)
"""When an entity is tried again whose failure may pass."""

_STATE = REFRESH_STATE.c
_HELD = Statement(
    select(_STATE.generation, _STATE.claim_id, _STATE.result_hash, _STATE.processed).where(
        _STATE.entity_id == bindparam("id")
    )
)
_FINISH = Statement(
    update(REFRESH_STATE)
    .where(_STATE.entity_id == bindparam("id"))
    .values(
        processed=func.coalesce(bindparam("processed"), _STATE.processed),
        result_hash=bindparam("result_hash"),
        due_at=bindparam("due_at"),
        attempts=bindparam("attempts"),
        claim_id=null(),
    )
)
_REST = Statement(
    update(REFRESH_STATE).where(_STATE.entity_id == bindparam("id")).values(due_at=NEVER, claim_id=null())
)
_GIVE_BACK = Statement(
    update(REFRESH_STATE)
    .where(_STATE.entity_id == bindparam("id"), _STATE.claim_id == bindparam("claim"))
    .values(due_at=bindparam("due_at"), attempts=_STATE.attempts + 1, claim_id=null())
)
_RELATIONS = Statement(select(RELATIONS).where(RELATIONS.c.originating_id == bindparam("id")))
_RELATE = Statement(insert(RELATIONS))
_UNRELATE = Statement(
    delete(RELATIONS).where(
        RELATIONS.c.originating_id == bindparam("id"),
        RELATIONS.c.source_ref == bindparam("source"),
        RELATIONS.c.type == bindparam("kind"),
        RELATIONS.c.target_ref == bindparam("target"),
    )
)
_KEYS = Statement(select(REFRESH_KEYS.c.key).where(REFRESH_KEYS.c.entity_id == bindparam("id")))
_WATCH = Statement(insert(REFRESH_KEYS))
_UNWATCH = Statement(
    delete(REFRESH_KEYS).where(REFRESH_KEYS.c.entity_id == bindparam("id"), REFRESH_KEYS.c.key == bindparam("name"))
)

Triple = tuple[str, str, str]


class Register:
    """Writes outcomes, and queues for stitching what they touch, in the caller's transaction."""

    def __init__(self, reader: Reader, *, keep_orphans: bool) -> None:
        self._reader = reader
        self._nursery = Nursery(reader, keep_orphans=keep_orphans)

    async def write(self, tx: Transaction, subject: Subject, outcome: Outcome) -> str:
        """Write *outcome*; what it came to: `changed`, `unchanged`, `errors`, or `lost` where the claim was.

        `held`: what lives only because its deletion is held back stays as it was, and is woken once that is called off.
        """
        row = await tx.fetch_one(_HELD, {"id": subject.entity_id})
        if row is None or row["claim_id"] != subject.claim:
            return "lost"
        known = row["processed"] is not None or row["result_hash"] is not None
        if known and await weak_among(tx, [source_of(subject.ref)]):
            await tx.execute(_REST, {"id": subject.entity_id})
            return "held"
        digest = outcome.hash()
        await _finish(tx, subject, outcome, row=row, digest=digest)
        for url in outcome.wanted:
            await self._reader.want(tx, url, subject.cause)
        if digest == row["result_hash"]:
            return "unchanged"
        await self._store(tx, subject, outcome, row["processed"])
        return "errors" if outcome.processed is None else "changed"

    async def give_back(self, tx: Transaction, subject: Subject) -> None:
        """Have *subject*, whose run broke, tried again later."""
        tx.notify(DONE)
        due_at = tx.now() + _wait(subject)
        await tx.execute(_GIVE_BACK, {"id": subject.entity_id, "claim": subject.claim, "due_at": due_at})

    async def _store(self, tx: Transaction, subject: Subject, outcome: Outcome, processed: str | None) -> None:
        touched: set[str] = set()
        if await write_problems(tx, subject, outcome.problems):
            touched.add(subject.ref)
        fresh = await _watch(tx, subject.entity_id, outcome.keys, keep=outcome.processed is None)
        if outcome.processed is not None:
            touched |= {subject.ref} if outcome.processed != processed else set()
            touched |= await _relate(tx, subject.entity_id, outcome)
        await enqueue(tx, touched, subject.cause)
        if outcome.processed is not None:
            await self._nursery.write(tx, subject, outcome)
        if await self._outdated(tx, outcome, fresh):
            await wake(tx, [subject.ref], subject.cause)

    async def _outdated(self, tx: Reading, outcome: Outcome, fresh: Collection[str]) -> bool:
        """Whether a file under one of the *fresh* keys changed since it was read: nobody could be woken by that yet."""
        for url, mark in outcome.seen.items():
            if self._reader.key(url) in fresh and fingerprint(await self._reader.read(tx, url)) != mark:
                return True
        return False


async def _finish(tx: Transaction, subject: Subject, outcome: Outcome, *, row: Row, digest: str) -> None:
    """End the claim. Where there is a newer reason to process, the row is due at once, and its next outcome counts."""
    renewed = row["generation"] != subject.generation
    again = tx.now() + _wait(subject) if outcome.again else NEVER
    await tx.execute(
        _FINISH,
        {
            "id": subject.entity_id,
            "processed": outcome.processed,
            "result_hash": row["result_hash"] if renewed and row["result_hash"] is None else digest,
            "due_at": tx.now() if renewed else again,
            "attempts": subject.attempts + 1 if outcome.again else 0,
        },
    )
    if renewed:
        tx.notify(PROCESSING)


def _wait(subject: Subject) -> int:
    return int(AGAIN.delay(subject.attempts + 1) * SECOND)


async def _relate(tx: Transaction, entity_id: str, outcome: Outcome) -> set[str]:
    """Make the entity's relations those of *outcome*; the sources of those that differ."""
    before = await _relations(tx, entity_id)
    after = {(relation.source, relation.type, relation.target) for relation in outcome.relations}
    await tx.execute_many(_UNRELATE, (_triple(entity_id, triple) for triple in before - after))
    await tx.execute_many(
        _RELATE,
        (
            {"originating_id": entity_id, "source_ref": source, "type": kind, "target_ref": target}
            for source, kind, target in after - before
        ),
    )
    return {source for source, _, _ in before ^ after}


async def _relations(tx: Reading, entity_id: str) -> set[Triple]:
    rows = await tx.fetch(_RELATIONS, {"id": entity_id})
    return {(row["source_ref"], row["type"], row["target_ref"]) for row in rows}


def _triple(entity_id: str, triple: Triple) -> dict[str, Any]:
    source, kind, target = triple
    return {"id": entity_id, "source": source, "kind": kind, "target": target}


async def _watch(tx: Transaction, entity_id: str, keys: Collection[str], *, keep: bool) -> set[str]:
    """Make the entity's refresh keys *keys*, and tell which are new; with *keep*, those that it has stay beside them."""
    before = {row["key"] for row in await tx.fetch(_KEYS, {"id": entity_id})}
    gone: Iterable[str] = () if keep else before - set(keys)
    await tx.execute_many(_UNWATCH, ({"id": entity_id, "name": key} for key in gone))
    await tx.execute_many(_WATCH, ({"entity_id": entity_id, "key": key} for key in set(keys) - before))
    return set(keys) - before
