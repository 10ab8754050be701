"""Writing the outcomes of runs: all of each, if its claim still holds, and only what differs.

Outcomes are written together: each kind of row is one statement, however many entities there are.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, func, null, select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import DONE, PROCESSING
from cuelight.catalog.documents import refs_parameter, source_of
from cuelight.catalog.ownership import NEVER, wake, weak_among
from cuelight.catalog.processing.belongings import relate, watch
from cuelight.catalog.processing.children import Nursery
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.problems import write_problems
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.reader import Reader, fingerprint
from cuelight.catalog.stitching.queue import enqueue_each
from cuelight.catalog.tables import REFRESH_STATE
from cuelight.clock import SECOND
from cuelight.db import Reading, Row, Statement, Transaction
from cuelight.schedule import Backoff

AGAIN = Backoff(first=2.0, cap=600.0)
"""When an entity is tried again whose failure may pass."""

_STATE = REFRESH_STATE.c
_HELD = Statement(
    lambda words: select(
        _STATE.entity_id, _STATE.generation, _STATE.claim_id, _STATE.result_hash, _STATE.processed
    ).where(_STATE.entity_id.in_(words.each("ids")))
)
_FINISH = Statement(
    update(REFRESH_STATE)
    .where(_STATE.entity_id == bindparam("id"))
    .values(
        processed=func.coalesce(bindparam("processed", type_=Text), _STATE.processed),
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


Run = tuple[Subject, Outcome]
"""A subject, and what its run came to."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome that is to be written over a claimed *row*; *digest* is what it is known by from then on."""

    subject: Subject
    outcome: Outcome
    row: Row
    digest: str

    @property
    def id(self) -> str:
        """The entity's."""
        return self.subject.entity_id

    @property
    def changes(self) -> bool:
        """Whether it differs from what was written last."""
        return bool(self.digest != self.row["result_hash"])


class _Written(msgspec.Struct, frozen=True):
    """How outcomes ended, by entity id; and the refs that came with them and that nobody had before."""

    ends: Mapping[str, str] = {}
    brought: Collection[str] = ()


class Register:
    """Writes outcomes, and queues for stitching what they touch, in the caller's transaction."""

    def __init__(self, reader: Reader, *, keep_orphans: bool) -> None:
        self._reader = reader
        self._nursery = Nursery(reader, keep_orphans=keep_orphans)

    async def write(self, tx: Transaction, subject: Subject, outcome: Outcome) -> str:
        """Write one *outcome*; what it came to."""
        [end] = await self.write_all(tx, [(subject, outcome)])
        return end

    async def write_all(self, tx: Transaction, runs: Sequence[Run], newcomers: Sequence[Run] = ()) -> Sequence[str]:
        """Write the outcomes of different entities; what each came to: `changed`, `unchanged`, `errors`, or `lost` where
        the claim was. Then those of *newcomers* that *runs* have brought; others of them are due like anything else.

        `held`: what lives only because its deletion is held back stays as it was, and is woken once that is called off.
        """
        written = await self._write_all(tx, runs)
        born = [run for run in newcomers if run[0].ref in written.brought]
        ends = {**written.ends, **(await self._write_all(tx, born)).ends}
        return [ends.get(subject.entity_id, "lost") for subject, _ in (*runs, *born)]

    async def _write_all(self, tx: Transaction, runs: Sequence[Run]) -> "_Written":
        if not runs:
            return _Written()
        first, parents = await self._parted(tx, runs)
        written = await self._write(tx, first, parents=False)
        ends = dict(written.ends)
        for each in parents:
            ends |= (await self._write(tx, [each], parents=True)).ends
        return _Written(ends, written.brought)

    async def _parted(self, tx: Reading, runs: Sequence[Run]) -> tuple[Sequence[Run], Sequence[Run]]:
        """Those of *runs* that named nothing until now, which can be written together; and the others, which are written
        one by one: what one of them names no longer may be another of them, or another's.
        """
        known = await self._nursery.parents(tx, [subject.ref for subject, _ in runs])
        parents = [run for run in runs if run[0].ref in known]
        first = [run for run in runs if run[0].ref not in known]
        return first, parents

    async def _write(self, tx: Transaction, runs: Sequence[Run], *, parents: bool) -> "_Written":
        if not runs:
            return _Written()
        ids = refs_parameter(subject.entity_id for subject, _ in runs)
        rows = {row["entity_id"]: row for row in await tx.fetch(_HELD, {"ids": ids})}
        writings = [
            Writing(subject=subject, outcome=outcome, row=row, digest=outcome.hash())
            for subject, outcome in runs
            if (row := rows.get(subject.entity_id)) is not None and row["claim_id"] == subject.claim
        ]
        held = await _held_back(tx, writings)
        writings = [each for each in writings if each.id not in held]
        await _finish(tx, writings)
        await self._want(tx, writings)
        brought = await self._store(tx, [each for each in writings if each.changes], parents=parents)
        return _Written({each.id: _end(each) for each in writings} | dict.fromkeys(held, "held"), brought)

    async def give_back(self, tx: Transaction, subject: Subject) -> None:
        """Have *subject*, whose run broke, tried again later."""
        tx.notify(DONE)
        due_at = tx.now() + _wait(subject)
        await tx.execute(_GIVE_BACK, {"id": subject.entity_id, "claim": subject.claim, "due_at": due_at})

    async def _want(self, tx: Transaction, writings: Sequence[Writing]) -> None:
        for each in writings:
            for url in each.outcome.wanted:
                await self._reader.want(tx, url, each.subject.cause)

    async def _store(self, tx: Transaction, writings: Sequence[Writing], *, parents: bool) -> set[str]:
        """Write what *writings* differ in; the refs that nobody had before."""
        if not writings:
            return set()
        fresh = await watch(tx, {each.id: each.outcome for each in writings})
        await enqueue_each(tx, await _touched(tx, writings))
        good = [(each.subject, each.outcome) for each in writings if each.outcome.processed is not None]
        brought = set[str]()
        if parents:
            for subject, outcome in good:
                await self._nursery.write(tx, subject, outcome)
        else:
            brought = await self._nursery.bear(tx, good)
        seen = {each.id: self._seen(each.outcome, fresh[each.id]) for each in writings}
        reader = await self._reader.ahead(tx, set[str]().union(*seen.values()))
        for each in writings:
            if await _is_outdated(tx, seen[each.id], reader):
                await wake(tx, [each.subject.ref], each.subject.cause)
        return brought

    def _seen(self, outcome: Outcome, fresh: Collection[str]) -> Mapping[str, str]:
        """What was read under one of the *fresh* keys: nobody could be woken yet by a change of it."""
        return {url: mark for url, mark in outcome.seen.items() if self._reader.key(url) in fresh}


async def _is_outdated(tx: Reading, seen: Mapping[str, str], reader: Reader) -> bool:
    """Whether something that was *seen* is another by now."""
    for url, mark in seen.items():
        if fingerprint(await reader.read(tx, url)) != mark:
            return True
    return False


async def _held_back(tx: Transaction, writings: Sequence[Writing]) -> set[str]:
    """Let those rest that live only because their deletion is held back, and were looked at before; their ids."""
    known = [each for each in writings if each.row["processed"] is not None or each.row["result_hash"] is not None]
    weak = await weak_among(tx, {source_of(each.subject.ref) for each in known})
    held = {each.id for each in known if source_of(each.subject.ref) in weak}
    await tx.execute_many(_REST, ({"id": entity_id} for entity_id in sorted(held)))
    return held


async def _touched(tx: Transaction, writings: Sequence[Writing]) -> Mapping[str, Cause]:
    """Write the problems and relations of *writings*; the refs whose final entities that concerns, with why."""
    touched: dict[str, Cause] = {}
    shown = await write_problems(tx, [(each.subject, each.outcome.problems) for each in writings])
    good = [each for each in writings if each.outcome.processed is not None]
    related = await relate(tx, {each.id: each.outcome for each in good})
    for each in writings:
        ref, cause = each.subject.ref, each.subject.cause
        processed = each.outcome.processed
        if ref in shown or (processed is not None and processed != each.row["processed"]):
            touched[ref] = cause
        touched |= dict.fromkeys(related.get(each.id, ()), cause)
    return touched


async def _finish(tx: Transaction, writings: Sequence[Writing]) -> None:
    """End the claims. Where there is a newer reason to process, the row is due at once, and its next outcome counts."""
    await tx.execute_many(_FINISH, [_finished(each, tx.now()) for each in writings])
    if any(_is_renewed(each) for each in writings):
        tx.notify(PROCESSING)


def _finished(each: Writing, now: int) -> dict[str, Any]:
    renewed, again = _is_renewed(each), each.outcome.again
    later = now + _wait(each.subject) if again else NEVER
    return {
        "id": each.id,
        "processed": each.outcome.processed,
        "result_hash": None if renewed and each.row["result_hash"] is None else each.digest,
        "due_at": now if renewed else later,
        "attempts": each.subject.attempts + 1 if again else 0,
    }


def _is_renewed(each: Writing) -> bool:
    return bool(each.row["generation"] != each.subject.generation)


def _end(each: Writing) -> str:
    if not each.changes:
        return "unchanged"
    return "errors" if each.outcome.processed is None else "changed"


def _wait(subject: Subject) -> int:
    return int(AGAIN.delay(subject.attempts + 1) * SECOND)
