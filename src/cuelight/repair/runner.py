"""Doing what run records ask for: one run of a kind at a time, by the leader alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
import structlog

from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.errors import CuelightError
from cuelight.repair.runs import CHANNEL, Kind, Progress, Run, begin_next, end_run, take_up_runs, tell_progress

_POLL: Final = 30.0
"""Seconds between looks for runs that nobody woke us for: those that another process was asked for."""
_TELLING: Final = 0.5
"""Seconds between two writes of a run's progress."""

_log = structlog.get_logger(__name__)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to. `error` says what of it failed, where something did: the run counts as failed then."""

    result: msgspec.Struct
    error: str | None = None


Tell = Callable[[Progress], None]
"""Hears how far a run is; costs nothing."""
Work = Callable[[Run, Tell], Awaitable[Ended]]


class Runner:
    """Does the runs that wait, by what *works* has for their kinds."""

    def __init__(self, db: Database, clock: Clock, works: Mapping[Kind, Work]) -> None:
        self._db = db
        self._clock = clock
        self._works = works

    async def run(self) -> None:
        """Work until cancelled. Only for the leader: what it finds running was left by one that is dead."""
        if taken_up := await take_up_runs(self._db):
            _log.warning("runs_taken_up", runs=taken_up)
        async with asyncio.TaskGroup() as tasks:
            for kind, work in self._works.items():
                tasks.create_task(self._serve(kind, work), name=f"{kind} runs")

    async def _serve(self, kind: Kind, work: Work) -> None:
        listener = self._db.listen(CHANNEL)
        while True:
            while (run := await begin_next(self._db, kind)) is not None:
                await self._do(run, work)
            await listener.wait(_POLL)

    async def _do(self, run: Run, work: Work) -> None:
        telling = _Telling(self._db, self._clock, run.id)
        try:
            ended = await telling.while_(work(run, telling.tell))
        except CuelightError as error:
            await end_run(self._db, run.id, result=None, error=error.message)
            _log.warning("run_failed", run=run.id, reason=error.message)
        except Exception as error:  # noqa: BLE001 -- whatever it was, it ends this run and no other
            await end_run(
                self._db,
                run.id,
                result=None,
                error=f"it failed with {type(error).__name__} inside the server; its log tells more",
            )
            _log.exception("run_failed", run=run.id)
        else:
            await end_run(self._db, run.id, result=ended.result, error=ended.error)


class _Telling:
    """Writes how far a run is, now and then: whatever was told last."""

    def __init__(self, db: Database, clock: Clock, run_id: str) -> None:
        self._db = db
        self._clock = clock
        self._run_id = run_id
        self._latest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """Note *progress*, to be written soon."""
        self._latest = progress

    async def while_(self, work: Awaitable[Ended]) -> Ended:
        """Await *work*, writing what is told meanwhile."""
        writing = asyncio.create_task(self._write(), name=f"{self._run_id} progress")
        try:
            return await work
        finally:
            writing.cancel()
            await asyncio.wait([writing])

    async def _write(self) -> None:
        written = None
        while True:
            await self._clock.sleep(_TELLING)
            if self._latest is not None and self._latest is not written:
                written = self._latest
                await tell_progress(self._db, self._run_id, written)
