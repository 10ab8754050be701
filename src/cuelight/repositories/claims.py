"""Claiming repositories that are due: one worker a repository, all waiting signals at once."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from cuelight.clock import SECOND
from cuelight.db import Database, Transaction
from cuelight.repositories.signals import Signal, signal_of
from cuelight.repositories.statements import ABANDON_CLAIMS, BUSY, CLAIM, DUE, EXTEND, OPEN_SIGNALS, WANTS_OF
from cuelight.repositories.tracked import Tracked, tracked_of

LEASE = 30 * SECOND
"""How long a claim holds without a heartbeat."""
HEARTBEAT = 10.0
"""Seconds between heartbeats."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A repository in the hands of one worker, with the signals that it answers for and the paths that are wanted of it."""

    id: str
    tracked: Tracked
    signals: Sequence[Signal]
    wanted: Sequence[str]


class Claims:
    """The claims on the repositories of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, limit: int) -> Sequence[Claim]:
        """Claim up to *limit* repositories that are due."""
        if await self._db.get(DUE, {"now": self._db.now()}) is None:
            return ()
        return await self._db.transact(lambda tx: _take(tx, limit))

    async def busy(self) -> bool:
        """Whether a repository is due, or claimed."""
        return await self._db.get(BUSY, {"now": self._db.now()}) is not None

    async def extend(self, claim: Claim) -> None:
        """Heartbeat."""
        row = {"repository": claim.tracked.id, "claim": claim.id, "lease": self._db.now() + LEASE}
        await self._db.transact(lambda tx: tx.execute(EXTEND, row))


async def _take(tx: Transaction, limit: int) -> list[Claim]:
    claim_id = uuid.uuid4().hex
    rows = await tx.fetch(CLAIM, {"now": tx.now(), "limit": limit, "claim": claim_id, "lease": tx.now() + LEASE})
    ids = msgspec.json.encode([row["id"] for row in rows]).decode()
    signals: dict[str, list[Signal]] = defaultdict(list)
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in await tx.fetch(OPEN_SIGNALS, {"ids": ids}):
        signals[row["repository_id"]].append(signal_of(row))
    for row in await tx.fetch(WANTS_OF, {"ids": ids}):
        wanted[row["repository_id"]].append(row["path"])
    return [
        Claim(id=claim_id, tracked=tracked_of(row), signals=signals[row["id"]], wanted=wanted[row["id"]])
        for row in rows
    ]


async def let_go_of_claims(db: Database) -> None:
    """Let go of every claim. Only for a process that alone holds its database, at its start: nobody else has them."""
    await db.transact(lambda tx: tx.execute(ABANDON_CLAIMS))
