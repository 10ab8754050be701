"""What reconciles found is written together: a commit waits for the disk, and many looks end at about the same time.

Nothing waits for more to come: what comes in while a transaction is under way goes into the next. Where one of several
cannot be written, each is written alone, so that it holds up nobody else.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from cuelight.db import Database, Transaction
from cuelight.repositories.endings import Reconcile
from cuelight.repositories.registry import Registry
from cuelight.repositories.result import Written, is_plain, write_all

TOGETHER: Final = 32
"""Reconciles of one transaction, which so takes at most some 20 ms."""
FILES: Final = 64
"""Files of their differences, unless there is but one reconcile."""
UNDER_WAY: Final = 4
"""Transactions at one time: one that hangs holds up those that it has, and nobody else."""

_Waiting = tuple[Reconcile, "asyncio.Future[Written]"]


class Writings:
    """Where reconciles wait for their transaction on *db*."""

    def __init__(self, db: Database, registry: Registry) -> None:
        self._db = db
        self._registry = registry
        self._waiting: deque[_Waiting] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def write(self, reconcile: Reconcile) -> Written:
        """Write *reconcile*; what became of it. Any error in it is raised here, and nothing of it was written."""
        written: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append((reconcile, written))
        if len(self._under_way) < UNDER_WAY:
            self._under_way.add(asyncio.create_task(self._work(), name="writing"))
        return await written

    async def _work(self) -> None:
        """Write until nothing waits."""
        try:
            await asyncio.sleep(0)  # who is done in the same breath comes along
            while self._waiting:
                await self._write(self._next())
        finally:
            self._under_way -= {asyncio.current_task()}

    def _next(self) -> list[_Waiting]:
        """The next of those who wait, at least one."""
        taken: list[_Waiting] = []
        room = FILES
        while self._waiting and len(taken) < TOGETHER:
            room -= _files(self._waiting[0][0])
            if taken and room < 0:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _write(self, taken: Sequence[_Waiting]) -> None:
        try:
            written = await self._db.transact(lambda tx: self._all(tx, [reconcile for reconcile, _ in taken]))
        except asyncio.CancelledError:
            for _, waiting in taken:
                waiting.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 -- whatever it was, it belongs to whoever waits
            await self._part(taken, error)
            return
        for (_, waiting), each in zip(taken, written, strict=True):
            if not waiting.done():
                waiting.set_result(each)

    async def _part(self, taken: Sequence[_Waiting], error: BaseException) -> None:
        if len(taken) > 1:
            for each in taken:
                await self._write([each])
        elif not taken[0][1].done():
            taken[0][1].set_exception(error)

    async def _all(self, tx: Transaction, reconciles: Sequence[Reconcile]) -> list[Written]:
        """Those that are plain in one go, and each of the others by itself."""
        plain = [each for each in reconciles if is_plain(each)]
        others = [each for each in reconciles if not is_plain(each)]
        written: dict[str, Written] = {}
        for together in filter(None, (plain, *([each] for each in others))):
            ends = await write_all(tx, together, self._registry)
            written |= zip((each.id for each in together), ends, strict=True)
        return [written[each.id] for each in reconciles]


def _files(reconcile: Reconcile) -> int:
    plan = reconcile.finding.plan
    return len(plan.touched) + len(plan.kinds) if plan else 0
