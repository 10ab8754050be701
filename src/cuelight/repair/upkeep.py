"""Everything that goes on by itself: the scan at start, sweeps, scans and confirmations, in the one process that leads."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
import structlog

from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.repair.config import RepairSection
from cuelight.repair.runner import Ended, Runner, Tell
from cuelight.repair.runs import CHANNEL, Kind, Progress, Run, get_run, request_run
from cuelight.repair.scan import Scanner
from cuelight.repair.sweep import Sweeper
from cuelight.schedule import Backoff, Leader, Lease, Periodic

LEASE: Final = "repair"
_JITTER: Final = 0.1
_BACKOFF: Final = Backoff(first=2.0, cap=300.0)
_AGAIN: Final = "retry"
"""Who asks for a scan of those providers only whose lists could not be read."""
_POLL: Final = 5.0
"""Seconds between looks at a run that somebody waits for."""

_log = structlog.get_logger(__name__)


class Verifies(Protocol):
    """What verifies, and repairs where it is told to."""

    async def verify(self, run: Run, tell: Tell) -> msgspec.Struct:
        """The report of a verification."""
        ...


class Upkeep:
    """The leader's work."""

    def __init__(self, db: Database, clock: Clock, section: RepairSection, parts: "Parts") -> None:
        self._db = db
        self._clock = clock
        self._section = section
        self._parts = parts
        self._vanished = asyncio.Event()
        self._failed: frozenset[str] = frozenset()
        self.scanned = asyncio.Event()
        """Set once a scan by this process has signalled everything that the hosts list."""

    async def run(self) -> None:
        """Work for as long as this process leads; wait for that while another does. Until cancelled, whatever fails."""
        leader = Leader(Lease(self._db, LEASE), self._clock)
        failures = 0
        while True:
            began = self._clock.monotonic()
            try:
                await leader.run(self._lead)
            except Exception:  # noqa: BLE001 -- whatever it was, the rest of the program goes on, and so does this
                failures = 1 if self._clock.monotonic() - began > _BACKOFF.cap else failures + 1
                _log.exception("upkeep_failed")
                await self._clock.sleep(_BACKOFF.delay(failures))

    async def _lead(self) -> None:
        runner = Runner(self._db, self._clock, {"sweep": self._sweep, "scan": self._scan, "verify": self._verify})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(runner.run(), name="runs")
            tasks.create_task(self._needed_scans(), name="needed scans")
            tasks.create_task(self._every(self._section.confirm_within / (1 + _JITTER), self._confirm, "confirm"))
            if self._section.sweep_interval is not None:
                tasks.create_task(self._every(self._section.sweep_interval, self._asking("sweep"), "sweep"))
            if self._section.scan_interval is not None:
                tasks.create_task(self._every(self._section.scan_interval, self._asking("scan"), "scan"))

    async def _every(self, seconds: float, task: Callable[[], Awaitable[object]], name: str) -> None:
        await Periodic(task, self._clock, seconds, jitter=_JITTER, name=name).run()

    def _asking(self, kind: Kind) -> Callable[[], Awaitable[object]]:
        return lambda: request_run(self._db, kind, "schedule")

    async def _needed_scans(self) -> None:
        """The scan at start, and one whenever a sweep misses something: only a complete list tells gone from hidden."""
        await self._scan_all("start")
        self.scanned.set()
        while await self._vanished.wait():
            await self._scan_all("sweep")

    async def _scan_all(self, asked_by: str) -> None:
        """Scan, and again with growing pauses those providers whose lists could not be read, until each was."""
        failures = 0
        while not await self._scanned_all(_AGAIN if failures else asked_by):
            failures += 1
            await self._clock.sleep(_BACKOFF.delay(failures))

    async def _scanned_all(self, asked_by: str) -> bool:
        self._vanished.clear()  # what has vanished until now this scan lists no more
        return (await self._ended(await request_run(self._db, "scan", asked_by))).state == "done"

    async def _ended(self, run: Run) -> Run:
        """*run* once it has ended; one that is forgotten has."""
        listener = self._db.listen(CHANNEL)
        while not run.ended:
            await listener.wait(_POLL)
            run = await get_run(self._db, run.id) or msgspec.structs.replace(run, state="failed")
        return run

    async def _confirm(self) -> None:
        """Confirm what only payloads vouch for; then leave hosts that do not answer alone for a while."""
        failures = 0
        while (swept := await self._parts.sweeper.confirm()).unknown:
            failures = failures + 1 if swept.unknown == swept.asked else 0
            await self._clock.sleep(self._section.confirm_within + (_BACKOFF.delay(failures) if failures else 0))

    async def _sweep(self, run: Run, tell: Tell) -> Ended:
        swept = await self._parts.sweeper.sweep(
            run.id, lambda until_now: tell(Progress(step="asking for heads", seen=until_now.asked))
        )
        if swept.vanished:
            self._vanished.set()
        return Ended(result=swept)

    async def _scan(self, run: Run, tell: Tell) -> Ended:
        report = await self._parts.scanner.scan(
            lambda until_now: tell(Progress(step="listing repositories", seen=until_now.listed)),
            cause=run.id,
            only=(self._failed or None) if run.asked_by == _AGAIN else None,
        )
        self._failed = frozenset(report.failed)
        failed = "; ".join(f"{provider}: {reason}" for provider, reason in report.failed.items())
        return Ended(result=report, error=f"not every provider could be scanned: {failed}" if failed else None)

    async def _verify(self, run: Run, tell: Tell) -> Ended:
        return Ended(result=await self._parts.verifier.verify(run, tell))


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Who does each kind of run."""

    sweeper: Sweeper
    scanner: Scanner
    verifier: Verifies
