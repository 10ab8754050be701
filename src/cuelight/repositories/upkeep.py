"""Looking after the rows of this room: signalling what only locations name, and letting go of what is long over."""

from cuelight.clock import SECOND, timed_id
from cuelight.db import Database, Statement, Transaction
from cuelight.repositories.signals import Signal, note_all
from cuelight.repositories.statements import DROP_RECONCILES, DROP_SIGNALS, OF_LOCATIONS

CHUNK = 100
"""Rows that are touched in one transaction, so that it stays short."""
KEPT = 30 * 24 * 3600 * SECOND
"""For how long it is remembered how a signal ended."""


async def signal_locations(db: Database, scan: str) -> None:
    """Signal every repository that no provider has and a location names, because of *scan*."""
    step = _Step(scan, f"{scan}:locations:{timed_id(db.now())}")
    while await db.transact(step.signal):
        pass


class _Step:
    """A walk over these rows, a few a transaction. Its signals have an id of their own: a scan may be begun again."""

    def __init__(self, scan: str, signal_id: str) -> None:
        self._scan = scan
        self._id = signal_id
        self._after = ""

    async def signal(self, tx: Transaction) -> bool:
        """Signal the next few; whether there were any."""
        rows = await tx.fetch(OF_LOCATIONS, {"after": self._after, "limit": CHUNK})
        if not rows:
            return False
        self._after = rows[-1]["id"]
        signal = Signal(id=self._id, kind="scan", cause=self._scan, caused_at=tx.now())
        await note_all(tx, [row["id"] for row in rows], signal)
        return True


async def forget_ended(db: Database, *, kept: int = KEPT) -> int:
    """Forget signals and reconciles that ended more than *kept* microseconds ago; how many there were."""
    return await _drop(db, DROP_SIGNALS, kept) + await _drop(db, DROP_RECONCILES, kept)


async def _drop(db: Database, statement: Statement, kept: int) -> int:
    count = 0
    while gone := await db.transact(lambda tx: tx.execute(statement, {"before": tx.now() - kept, "limit": CHUNK})):
        count += gone
    return count
