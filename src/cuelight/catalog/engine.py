"""The engine: the pumps of processing, of stitching and of what moved, each woken by the commits that give it work."""

import asyncio
from collections.abc import Collection, Sequence

import msgspec

from cuelight.catalog.channels import DONE, PROCESSING, STITCHING
from cuelight.catalog.mover import Mover
from cuelight.catalog.observer import Observer
from cuelight.catalog.ownership import any_moving
from cuelight.catalog.processing.claiming import abandon_claims, any_due
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.worker import Worker
from cuelight.catalog.processing.writing import Register
from cuelight.catalog.reader import Reader
from cuelight.catalog.rules import Rules
from cuelight.catalog.stitching.stitcher import Stitcher, any_queued
from cuelight.clock import Clock
from cuelight.db import Database, Reading
from cuelight.schedule import Pump

POLL = 1.0
"""Seconds between looks at the queues when no commit wakes us: a net, and the grain of retries."""


class Conduct(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine behaves: what may come from where, kinds beside the catalog's own, and what becomes of orphans."""

    rules: Rules = Rules()
    opted_in: Collection[str] = ()
    keep_orphans: bool = False


class CatalogEngine:
    """Processes and stitches whatever is due, for as long as it runs."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        reader: Reader,
        processors: Sequence[Processor],
        conduct: Conduct | None = None,
    ) -> None:
        ways = conduct or Conduct()
        self._db = db
        self._clock = clock
        self._worker = Worker(
            db,
            Pipeline(processors, opted_in=ways.opted_in),
            reader,
            ways.rules,
            Register(reader, keep_orphans=ways.keep_orphans),
        )
        self._stitcher = Stitcher(db)
        self._mover = Mover(db)

    def observe(self, observer: Observer) -> None:
        """Tell *observer* of each step from now on."""
        self._worker.observer = self._stitcher.observer = observer

    async def run(self) -> None:
        """Work until cancelled; what has begun then gets a moment to finish."""
        processing = Pump(self._worker, self._db.listen(PROCESSING), self._clock, slots=2, poll=POLL)
        stitching = Pump(
            self._stitcher, self._db.listen(STITCHING, DONE), self._clock, slots=self._stitcher.slots, poll=POLL
        )
        stitching.eager = True
        moving = Pump(self._mover, self._db.listen(DONE), self._clock, slots=1, poll=POLL)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(processing.run())
            tasks.create_task(stitching.run())
            tasks.create_task(moving.run())

    async def recover(self) -> int:
        """Take up at once what a process that died had claimed; how much that was.

        Only for a process that has the database to itself, before it runs; elsewhere a dead claim ends with its lease.
        """
        return await self._db.transact(abandon_claims)

    async def idle(self) -> bool:
        """Whether nothing is due, running, moving, or queued for stitching."""
        return await self._db.read(at_rest)

    async def settled(self) -> None:
        """Return once nothing is due, running, or queued; somebody else must `run`, and waits of failures do not count."""
        listener = self._db.listen(PROCESSING, STITCHING, DONE)
        while not await self.idle():
            await listener.wait(POLL)


async def at_rest(tx: Reading) -> bool:
    """Whether nothing is due, running, moving, or queued for stitching; waits of failures do not count."""
    return not await any_due(tx) and not await any_queued(tx) and not await any_moving(tx)
