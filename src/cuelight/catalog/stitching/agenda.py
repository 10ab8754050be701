"""Which refs are stitched next: the oldest as a rule; under a load those that save the most work.

Three things would cost a load dearly, and are avoided here.

- A ref is stitched again for every neighbour that says something about it. So while many entities that came with one
  cause are still to be processed, or just being, the refs which that cause queued wait until they have been, a minute at most.
- Each row of an index is a page to be written, unless its neighbours come along. So of many refs those come together
  whose ids are close: most rows of the search index end with the id.
- A hub (a Group of thousands) costs as much to stitch as thousands of others. So it rests for a while that grows with
  its relations before it is stitched again.

Whatever else was queued meanwhile, a push above all, goes before a load.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select

from cuelight.catalog.documents import refs_parameter, uid_of
from cuelight.catalog.tables import REFRESH_STATE, STITCH_QUEUE
from cuelight.clock import SECOND
from cuelight.db import Database, Reading, Row, Statement, Words

FEW = 25
"""Refs in a transaction that goes before others, so that it stays far under 20 ms."""
USUAL = 50
"""Refs in any other, so that it stays under 20 ms; they share the pages that its commit writes."""
LOAD = 200
"""Refs that wait, or entities due because of one cause, from which on it is a load."""
MOST_PLANNED = 20_000
"""Refs whose order is kept in memory."""
HOLD = 60 * SECOND
"""For how long a ref waits for others with its cause to be processed, at most."""
SKEW = SECOND // 5
"""By how much a row may say that it was queued before anybody could see it: as long as its transaction took."""
NET = 5 * SECOND
"""How often all that waits during a load is looked through: for what took longer, rested, or was waiting for the load."""
HUB = 500
"""Relations from which on an entity rests between two stitches."""
REST = SECOND // 1000
"""For how long, a relation."""

_QUEUE = STITCH_QUEUE.c
_DUE = _QUEUE.due_at <= bindparam("now")


def _awake(words: Words) -> Any:
    """Due, and not resting."""
    return (_DUE, ~_QUEUE.entity_ref.in_(words.each("resting")))


WAITING = Statement(lambda words: select(_QUEUE.due_at).where(*_awake(words)).order_by(_QUEUE.due_at).limit(1))
MANY = Statement(select(_QUEUE.due_at).where(_DUE).order_by(_QUEUE.due_at).offset(bindparam("most")).limit(1))
BACKLOG = Statement(
    select(REFRESH_STATE.c.cause)
    .where(
        REFRESH_STATE.c.due_at <= bindparam("until"),
        or_(REFRESH_STATE.c.due_at <= bindparam("now"), REFRESH_STATE.c.claim_id.is_not(None)),
    )
    .order_by(REFRESH_STATE.c.due_at)
    .offset(bindparam("most"))
    .limit(1)
)
PLAN = Statement(
    lambda words: (
        select(_QUEUE.entity_ref, _QUEUE.cause).where(*_awake(words)).order_by(_QUEUE.due_at).limit(bindparam("limit"))
    )
)


OTHERS = Statement(
    lambda words: (
        select(_QUEUE.entity_ref)
        .where(*_awake(words), _QUEUE.due_at > bindparam("since"), _QUEUE.cause.is_distinct_from(bindparam("cause")))
        .order_by(_QUEUE.due_at)
        .limit(bindparam("limit"))
    )
)
"""Who was queued since an instant for another cause, in the order of that."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction stitches: these `refs`; where there are none, the `limit` that have waited the longest.

    `resting`: refs that are left alone meanwhile.
    """

    limit: int
    refs: Sequence[str] = ()
    resting: Collection[str] = ()


class Agenda:
    """Decides about *db*'s queue, for one stitcher."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._resting: dict[str, int] = {}
        self._planned: deque[str] = deque()
        self._planned_at = 0
        self._planned_for: str | None = None
        self._none_until = 0
        self._net_at = 0

    async def next(self, size: int, in_hand: Sequence[Batch] = ()) -> Batch | None:
        """What to stitch next, up to *size* refs of a load; None where nothing waits, or it waits for a reason.

        *in_hand* is being stitched; beside it goes only more of a load, and what is newer.
        """
        now = self._db.now()
        self._resting = {ref: until for ref, until in self._resting.items() if until > now}
        given = {
            "now": now,
            "resting": refs_parameter([*self._resting, *(ref for each in in_hand for ref in each.refs)]),
        }
        oldest = await self._db.get(WAITING, given)
        if oldest is None:
            self._planned.clear()
            return None
        if not self._planned and await self._db.get(MANY, {"now": now, "most": LOAD}) is None:
            return None if in_hand else Batch(limit=USUAL, resting=self._resting.keys())
        return await self._of_a_load(given, oldest, size)

    def rest(self, ref: str, relations: int) -> None:
        """Leave *ref*, which was just stitched with so many *relations*, alone for a while."""
        if relations > HUB:
            self._resting[ref] = self._db.now() + relations * REST

    async def _of_a_load(self, given: dict[str, Any], oldest: Row, size: int) -> Batch | None:
        backlog = await self._db.get(BACKLOG, {"now": given["now"], "until": given["now"] + HOLD, "most": FEW})
        if backlog is not None and oldest["due_at"] > given["now"] - HOLD:
            return await self._besides(backlog["cause"], given)
        if not self._planned:
            await self._plan(given)
        else:
            newer = {**given, "since": self._planned_at - SKEW, "cause": self._planned_for}
            if (others := await self._named(OTHERS, newer)) is not None:
                return others
        refs = [self._planned.popleft() for _ in range(min(size, len(self._planned)))]
        return Batch(limit=len(refs), refs=refs) if refs else None

    async def _besides(self, cause: str | None, given: dict[str, Any]) -> Batch | None:
        """What was queued because of something else than the load's *cause*, since the last look that found no such thing."""
        asked = {**given, "cause": cause}
        if given["now"] - self._net_at > NET:
            self._net_at = given["now"]
            found = await self._read(OTHERS, {**asked, "since": 0})
        else:
            found = await self._named(OTHERS, {**asked, "since": self._none_until - SKEW})
        if found is None:
            self._none_until = given["now"]
        return found

    async def _named(self, statement: Statement, given: dict[str, Any]) -> Batch | None:
        if await self._db.get(statement, {**given, "limit": 1}) is None:
            return None
        return await self._read(statement, given)

    async def _read(self, statement: Statement, given: dict[str, Any]) -> Batch | None:
        refs = await self._db.read(lambda tx: _refs(tx, statement, {**given, "limit": FEW}))
        return Batch(limit=len(refs), refs=refs) if refs else None

    async def _plan(self, given: dict[str, Any]) -> None:
        """Plan what waits. What is queued meanwhile for the cause of most of it comes after it, and the rest before."""
        rows = await self._db.read(lambda tx: tx.fetch(PLAN, {**given, "limit": MOST_PLANNED}))
        self._planned = deque(sorted((row["entity_ref"] for row in rows), key=uid_of))
        self._planned_at = given["now"]
        self._planned_for = _most_common(row["cause"] for row in rows)


def _most_common(causes: Iterable[str | None]) -> str | None:
    """The cause of most; None where there are none."""
    counted = Counter(causes).most_common(1)
    return counted[0][0] if counted else None


async def _refs(tx: Reading, statement: Statement, parameters: dict[str, Any]) -> list[str]:
    return [row["entity_ref"] for row in await tx.fetch(statement, parameters)]
