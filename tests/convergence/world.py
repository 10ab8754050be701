"""Everything together: a forge, deliveries from it, and a Cuelight whose processes come and go over one database."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, Self

import msgspec
from sqlalchemy import func, or_, select

from cuelight.catalog import CatalogEngine, Cause, StaticLocation, configure
from cuelight.catalog.brake import Brake, engage
from cuelight.clock import SECOND, ManualClock
from cuelight.db import Database, Statement, Transaction
from cuelight.events import Event
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Picture, Scanner, Sweeper, picture_of_catalog
from cuelight.repositories import Reconciler, Recorder, Registry, RepositoryReader, let_go_of_claims
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from cuelight.telemetry import Metrics
from tests.convergence.contents import STATIC
from tests.convergence.courier import Courier
from tests.convergence.forge import Forge
from tests.convergence.host import Choice, ForgeHost, ForgeIntegration, Shown, Weather
from tests.convergence.interruption import Hold, SteppedDatabase, Steps

CONFIGURED = ("acme", "zeta")
"""The owners that have a provider each."""
GUARD = 10.0
"""Seconds of real time after which a test hangs."""
ROUNDS = 30
"""Rounds of reconciling and processing after which no end is to be expected."""
PATIENCE = 3600
"""Seconds of the world's time after which it should long have come to rest."""

_R, _S = REPOSITORIES.c, SIGNALS.c
WAITING = Statement(select(func.min(_R.due_at).label("due")).where(_R.due_at.is_not(None)))
HELD = Statement(select(func.max(_R.lease_until).label("until")).where(_R.claim_id.is_not(None)))
UNPROVEN = Statement(select(_R.full_name).where(_R.head.is_not(None), or_(_R.proven.is_(None), _R.proven != _R.head)))
UNEXPLAINED = Statement(select(_S.id, _S.kind).where(or_(_S.outcome.is_(None), _S.reason.is_(None))))
ROWS = Statement(select(REPOSITORIES).order_by(_R.id))
LOCATION_ROWS = Statement(select(_R.host_id).where(_R.provider == "locations"))


class Interruption(msgspec.Struct, frozen=True):
    """What happens to a piece of work at the step after so many: it is killed, cancelled, or held while others go on."""

    what: Literal["kill", "cancel", "hold"]
    after: int


class HastyClock:
    """Whoever sleeps by it has time pass: nobody else is awake."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> int:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0)


class Process:
    """One run of Cuelight's parts over the world's database."""

    def __init__(self, db: Database, clock: ManualClock, host: Callable[[Steps], ForgeHost], choice: Choice) -> None:
        self.steps = Steps()
        self.db = SteppedDatabase(db, self.steps)
        self.registry = Registry([ForgeIntegration(host(self.steps), CONFIGURED, choice)])
        self.reconciler = Reconciler(self.db, self.registry, clock, Metrics())
        self.recorder = Recorder(self.registry.providers)
        self.scanner = Scanner(self.db, self.registry)
        self.sweeper = Sweeper(self.db, self.registry, HastyClock(clock))
        processors = find_processors(Ingredients(urls=self.registry.urls_of))
        self.engine = CatalogEngine(self.db, clock, RepositoryReader(self.registry), processors)

    async def begin(self, brake: Brake | None) -> None:
        """What a start does before any work."""
        cause = Cause(id="configuration", at=self.db.now())
        static = [StaticLocation(type="url", target=STATIC)]

        async def work(tx: Transaction) -> None:
            await engage(tx, brake)
            await configure(tx, static, cause)

        await self.db.transact(work)
        await let_go_of_claims(self.db)
        await self.engine.recover()

    async def reconcile(self) -> int:
        """Reconcile all that is due, side by side; how many repositories that was."""
        claims = await self.reconciler.claim(20)
        await asyncio.gather(*(self.reconciler.handle(claim) for claim in claims))
        return len(claims)

    async def settle(self) -> None:
        """Let the catalog come to rest. What an earlier call had claimed when it ended, as others still worked, is let go of."""
        await self.engine.recover()
        running = asyncio.create_task(self.engine.run())
        try:
            await self.engine.settled()
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def work(self) -> None:
        """Reconcile all that is due, and what that makes due."""
        for _ in range(ROUNDS):
            count = await self.reconcile()
            await self.settle()
            if not count:
                return
        raise AssertionError(f"{ROUNDS} rounds of work only made more work")


class World:
    """A forge and a Cuelight. `weather` is how the host feels; `scan_due`: a start's scan was not heard to its end."""

    def __init__(
        self,
        db: Database,
        clock: ManualClock,
        choice: Choice,
        *,
        brake: Brake | None = None,
        forge: Forge | None = None,
        shown: Shown | None = None,
    ) -> None:
        self.clock = clock
        self.forge = forge or Forge(clock)
        self.courier = Courier(clock)
        self.weather = Weather()
        self.choice = choice
        self.scan_due = True
        self._db = db
        self._brake = brake
        self._shown = shown
        self._held: list[asyncio.Task[Any]] = []
        self.process = self._start()

    async def __aenter__(self) -> Self:
        await self.process.begin(self._brake)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._kill()

    async def restart(self, choice: Choice | None = None) -> None:
        """Kill the process, and start another, perhaps with another configuration; its first scan is due."""
        await self._kill()
        self.choice = choice or self.choice
        self.process = self._start()
        self.scan_due = True
        await self.process.begin(self._brake)

    async def run(self, work: Coroutine[Any, Any, Any], interruption: Interruption | None = None) -> bool:
        """Have *work* done, or interrupted; whether it came to its end."""
        if interruption is None:
            async with asyncio.timeout(GUARD):
                await work
            return True
        steps = self.process.steps
        hold = steps.arm(interruption.after)
        task = asyncio.create_task(work)
        reached = asyncio.create_task(hold.reached.wait())
        await asyncio.wait({task, reached}, timeout=GUARD, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        steps.disarm()
        if task.done():
            task.result()
            return True
        assert hold.reached.is_set(), f"it hangs: {task}"
        await self._interrupt(task, hold, interruption)
        return False

    async def work(self, interruption: Interruption | None = None) -> None:
        """Do all that is due. Only reconciles are held or cancelled: the catalog's own work goes on or dies with its process."""
        if interruption is not None and interruption.what != "kill":
            await self.run(self.process.reconcile(), interruption)
            await self.run(self.process.settle())
        else:
            await self.run(self.process.work(), interruption)

    async def scan(self, interruption: Interruption | None = None) -> None:
        """Scan; what could not be listed is scanned again later."""
        report = None

        async def work() -> None:
            nonlocal report
            report = await self.process.scanner.scan()

        finished = await self.run(work(), interruption)
        if finished and report is not None and not report.failed:
            self.scan_due = False

    async def deliver(self, interruption: Interruption | None = None) -> None:
        """Handle the deliveries that have arrived; those that were interrupted come again."""
        while events := self.courier.arrived():
            while not await self.run(self._record(events), interruption):
                interruption = None

    async def wait(self, seconds: float) -> None:
        """Let time pass, and what arrives meanwhile be noted."""
        self.clock.advance(seconds)
        await self.deliver()

    async def resume(self) -> None:
        """Whoever was held goes on."""
        self.process.steps.open()
        held, self._held = self._held, []
        if held:
            await asyncio.wait(held, timeout=GUARD)
        await self.run(self.process.settle())

    async def rest(self) -> None:
        """Let time pass, and everything be done, until nothing waits for anything."""
        self.weather.clear()
        until = self.clock.now() + PATIENCE * SECOND
        while True:
            await self.work()
            await self.run(self.process.sweeper.confirm())
            pause = await self._pause()
            if pause is None:
                return
            assert self.clock.now() < until, f"no rest within an hour: {await self._restless()}"
            self.clock.advance(pause)

    async def picture(self) -> Picture:
        """What the catalog says."""
        return await picture_of_catalog(self._db)

    async def rows(self, statement: Statement) -> Sequence[Any]:
        return await self.process.db.rows(statement)

    def _start(self) -> Process:
        def host(steps: Steps) -> ForgeHost:
            return ForgeHost(self.forge, self.clock, self.weather, pause=steps.take, shown=self._shown)

        return Process(self._db, self.clock, host, self.choice)

    async def _record(self, events: Sequence[Event]) -> None:
        await self.process.db.transact(lambda tx: self.process.recorder.handle(events, tx))

    async def _interrupt(self, task: asyncio.Task[Any], hold: Hold, interruption: Interruption) -> None:
        if interruption.what == "hold":
            self._held.append(task)
            return
        if interruption.what == "cancel":
            task.cancel()
            await asyncio.wait([task], timeout=GUARD)
            hold.gate.set()
            return
        self._held.append(task)
        await self.restart()

    async def _kill(self) -> None:
        """End every task of the process, wherever it is; what they still try comes to nothing."""
        self.process.steps.die()
        held, self._held = self._held, []
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held, timeout=GUARD)

    async def _pause(self) -> float | None:
        """Seconds until something is due; None where nothing waits."""
        [waiting] = await self.rows(WAITING)
        [held] = await self.rows(HELD)
        instants = [each for each in (waiting["due"], held["until"]) if each is not None]
        if instants:
            return float(max(0.5, (min(instants) - self.clock.now()) / SECOND + 0.001))
        return 1.0 if await self.rows(UNPROVEN) else None

    async def _restless(self) -> Sequence[dict[str, Any]]:
        names = ("full_name", "status", "reason", "head", "proven", "due_at", "claim_id", "attempts")
        return [{name: row[name] for name in names} for row in await self.rows(ROWS)]
