"""Group commits: a task for each lane, which commits what has queued up while it committed what came before."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from cuelight.db.queue import Queue
from cuelight.db.transaction import Transaction, Work
from cuelight.errors import ServiceUnavailableError

T = TypeVar("T")

Transact = Callable[[Work[Any]], Awaitable[Any]]
Batch = Sequence[tuple[Any, asyncio.Future[Any]]]


class Lane:
    """One lane, from its making to `close`."""

    def __init__(
        self,
        transact: Transact,
        work: Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._transact = transact
        self._ready = asyncio.Event()
        self._closing = False
        self.queue = Queue(self._wake, work, max_items=max_items, max_bytes=max_bytes)
        self._task = asyncio.get_running_loop().create_task(self._run(), name="lane")

    async def close(self) -> None:
        """Commit what is queued, then end; whatever is submitted later is refused."""
        await asyncio.sleep(0)  # what was submitted in this turn of the loop is handed over at its end
        self._closing = True
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await self._task
        self._refuse()

    def _wake(self) -> None:
        self._ready.set()
        if self._task.done():
            self._refuse()

    def _refuse(self) -> None:
        for _, future in self.queue.drain():
            if not future.done():
                future.set_exception(ServiceUnavailableError("the database cannot be written: it is closed"))

    async def _run(self) -> None:
        while self.queue or not self._closing:
            await self._ready.wait()
            self._ready.clear()
            while self.queue:
                await self._commit(self.queue.take())

    async def _commit(self, taken: Batch) -> None:
        """Commit *taken* together, or one by one where that fails for a reason that one of them may be."""
        if not taken:
            return
        error = await self._tried(taken)
        if error is None:
            return
        if len(taken) == 1 or isinstance(error, ServiceUnavailableError):
            _fail(taken, error)
            return
        for one in taken:
            if alone := await self._tried([one]):
                _fail([one], alone)

    async def _tried(self, taken: Batch) -> Exception | None:
        items = [item for item, _ in taken]
        try:
            results = await self._transact(lambda tx: self.queue.results(tx, items))
        except Exception as error:  # noqa: BLE001 -- it belongs to who submitted the items
            return error
        for (_, future), result in zip(taken, results, strict=True):
            if not future.done():
                future.set_result(result)
        return None


def _fail(taken: Batch, error: Exception) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
