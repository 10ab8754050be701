"""What waits for a group commit: the items of a lane, in their order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cuelight.db.transaction import Transaction


class Queue:
    """A lane's items, waiting for their transaction."""

    def __init__(
        self,
        wake: Callable[[], None],
        work: Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> None:
        self._wake = wake
        self._work = work
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._arriving: list[tuple[Any, int, asyncio.Future[Any]]] = []
        self._items: deque[tuple[Any, int, asyncio.Future[Any]]] = deque()

    def submit(self, item: Any, size: int) -> Awaitable[Any]:
        """Queue *item*; called on the event loop's thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if not self._arriving:
            loop.call_soon(self._hand_over)
        self._arriving.append((item, size, future))
        return future

    def _hand_over(self) -> None:
        """Let the writer have what one turn of the event loop brought: together, not one by one."""
        self._items.extend(self._arriving)
        self._arriving.clear()
        self._wake()

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._items)

    def drain(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        """Everything that waits, whatever the caps."""
        taken = [(item, future) for item, _, future in (*self._items, *self._arriving)]
        self._items.clear()
        self._arriving.clear()
        return taken

    def take(self) -> list[tuple[Any, asyncio.Future[Any]]]:
        """What goes into one transaction: at least one item, then as many as the caps allow."""
        taken: list[tuple[Any, asyncio.Future[Any]]] = []
        room = self._max_bytes
        while self._items and len(taken) < self._max_items and (not taken or self._items[0][1] <= room):
            item, size, future = self._items.popleft()
            room -= size
            if not future.cancelled():
                taken.append((item, future))
        return taken

    async def results(self, tx: Transaction, items: Sequence[Any]) -> Sequence[Any]:
        """The results of *items*: one for each, or nothing is committed."""
        results = await self._work(tx, items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(items)} items got {len(results)} results; each needs one")
        return results
