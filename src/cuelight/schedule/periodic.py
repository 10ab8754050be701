"""A task that comes back, with jitter, so that many processes do not ask the same host at the same second."""

import random
from collections.abc import Awaitable, Callable

import structlog

from cuelight.clock import Clock

_log = structlog.get_logger(__name__)


class Periodic:
    """Run *task* every *seconds*, each time up to *jitter* of that later; its errors are logged, and do not end it."""

    def __init__(
        self, task: Callable[[], Awaitable[object]], clock: Clock, seconds: float, *, jitter: float = 0.1, name: str
    ) -> None:
        self._task = task
        self._clock = clock
        self._seconds = seconds
        self._jitter = jitter
        self._name = name

    async def run(self) -> None:
        """Wait, run, and again, until cancelled. The wait begins when the last run ended: two never overlap."""
        while True:
            await self._clock.sleep(self._seconds * (1 + random.uniform(0, self._jitter)))
            await self._once()

    async def _once(self) -> None:
        try:
            await self._task()
        except Exception:  # noqa: BLE001 -- whatever it was, the loop goes on
            _log.exception("periodic_task_failed", task=self._name)
