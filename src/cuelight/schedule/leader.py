"""One leader among many processes: who holds the lease works, the others wait for it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from cuelight.clock import Clock
from cuelight.schedule.leases import Lease

_log = structlog.get_logger(__name__)


class Leader:
    """Runs work in the process that holds *lease*, for as long as it does."""

    def __init__(self, lease: Lease, clock: Clock) -> None:
        self._lease = lease
        self._clock = clock
        self._until = 0.0

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, run *work* until it is lost, and again, until cancelled; then let it go.

        What *work* raises is raised here. *work* is cancelled before the term ends in which the lease could not be renewed.
        """
        while True:
            if await self._held():
                _log.info("leading", lease=self._lease.name)
                await self._lead(work)
                _log.warning("no_longer_leading", lease=self._lease.name)
            await self._clock.sleep(self._pause)

    @property
    def _pause(self) -> float:
        """Seconds between two tries or renewals: a third of the term, so that one may fail."""
        return self._lease.term / 3

    async def _lead(self, work: Callable[[], Awaitable[None]]) -> None:
        working = asyncio.ensure_future(work())
        renewing = asyncio.create_task(self._renew(), name=f"{self._lease.name} lease")
        try:
            await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            await _ended(working, renewing)
            await self._let_go()

    async def _let_go(self) -> None:
        try:
            await self._lease.let_go()
        except Exception as error:  # noqa: BLE001 -- whatever it was, the lease ends by itself
            _log.warning("lease_not_let_go", lease=self._lease.name, error=str(error))

    async def _renew(self) -> None:
        """Renew until the lease is lost, or may be by the time of the next try."""
        while self._clock.monotonic() + self._pause < self._until:
            await self._clock.sleep(self._pause)
            await self._held()

    async def _held(self) -> bool:
        """Whether the lease is ours for another term; a database that does not answer changes nothing."""
        asked = self._clock.monotonic()
        try:
            held = await self._lease.take()
        except Exception as error:  # noqa: BLE001 -- whatever it was, it is tried again within the term
            _log.warning("lease_not_renewed", lease=self._lease.name, error=str(error))
            return False
        self._until = asked + self._lease.term if held else 0.0
        return held


async def _ended(*tasks: "asyncio.Future[None]") -> None:
    """Cancel *tasks* and wait for their ends."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: whoever asks for the result gets it raised
