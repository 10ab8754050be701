"""Stopping a process at any of its steps: it can be held there, cancelled, or killed as by SIGKILL.

A step is the moment before or after a question to a host or a transaction. Killed after the transaction it is committed and
nobody heard of it; what the dead process still tries (its `finally` blocks) reaches neither the database nor a host.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cuelight.db import Database, Lane, Listener, Parameters, Reading, Row, Statement, Transaction
from cuelight.db.transaction import Look, Work

T = TypeVar("T")


class Hold:
    """A step at which whoever takes it is held: `reached` once somebody is, until the `gate` opens."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()


class Steps:
    """The steps of one process."""

    def __init__(self) -> None:
        self._armed: Hold | None = None
        self._holds: list[Hold] = []
        self._dead = False

    def arm(self, after: int) -> Hold:
        """Hold whoever takes the step after so many others."""
        self._armed = Hold(after)
        self._holds.append(self._armed)
        return self._armed

    def disarm(self) -> None:
        """Hold nobody from now on; who is held stays."""
        self._armed = None

    def open(self) -> None:
        """Whoever is held goes on."""
        self._armed = None
        for hold in self._holds:
            hold.gate.set()
        self._holds.clear()

    def die(self) -> None:
        """Nothing goes on from here."""
        self._dead = True
        self.open()

    async def take(self) -> None:
        """Take a step."""
        hold = self._armed
        if hold is not None and hold.left == 0:
            self._armed = None
            hold.reached.set()
            await hold.gate.wait()
        elif hold is not None:
            hold.left -= 1
        if self._dead:
            raise asyncio.CancelledError


class SteppedDatabase:
    """Implements `cuelight.db.Database` for one process of several on the same one."""

    exclusive = True
    trouble: str | None = None

    def __init__(self, db: Database, steps: Steps) -> None:
        self._db = db
        self._steps = steps

    async def transact(self, work: Work[T], *, together: bool = False) -> T:
        await self._steps.take()
        result = await self._db.transact(work, together=together)
        await self._steps.take()
        return result

    async def read(self, look: Look[T]) -> T:
        await self._steps.take()
        return await self._db.read(look)

    async def get(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        return await self._db.get(statement, parameters)

    def lane(
        self, work: Callable[[Transaction, Sequence[Any]], Any], *, max_items: int, max_bytes: int
    ) -> Lane[Any, Any]:
        return self._db.lane(work, max_items=max_items, max_bytes=max_bytes)

    def listen(self, *channels: str) -> Listener:
        return self._db.listen(*channels)

    def now(self) -> int:
        return self._db.now()

    async def close(self) -> None:
        """The file stays open: it is the world's."""

    async def rows(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        """What a test looks at, which is no step."""

        async def look(tx: Reading) -> Sequence[Row]:
            return await tx.fetch(statement, parameters)

        return await self._db.read(look)
