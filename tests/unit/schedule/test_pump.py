"""A pump's promises: what is due is run, a few at a time; no item's error ends it; it stops cleanly."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cuelight.clock import ManualClock
from cuelight.db import Listener
from cuelight.schedule import Pump


class Queue:
    """Items in memory, and how they are run."""

    name = "queue"

    def __init__(self, *items: int) -> None:
        self.waiting = list(items)
        self.asked: list[int] = []
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.most = 0
        self.failing = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def claim(self, limit: int) -> Sequence[int]:
        self.asked.append(limit)
        if self.failing:
            self.failing -= 1
            raise OSError("the database is away")
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    async def handle(self, item: int) -> None:
        self.begun.append(item)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        await asyncio.sleep(0)
        await self.gate.wait()
        self.ended.append(item)
        if item < 0:
            raise ValueError(item)


class Generous(Queue):
    """Gives one item more than it was asked for."""

    async def claim(self, limit: int) -> Sequence[int]:
        self.asked.append(limit)
        taken, self.waiting = self.waiting[: limit + 1], self.waiting[limit + 1 :]
        return taken


class Held:
    """A running pump, and what a test moves it with."""

    def __init__(self, queue: Queue, slots: int) -> None:
        self.clock = ManualClock()
        self.listener = Listener()
        self.pump = Pump(queue, self.listener, self.clock, slots=slots, poll=10)
        self.task = asyncio.create_task(self.pump.run())

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@asynccontextmanager
async def running(queue: Queue, *, slots: int = 2) -> AsyncIterator[Held]:
    held = Held(queue, slots)
    await quiet()
    try:
        yield held
    finally:
        queue.gate.set()
        await held.stop()


async def quiet() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_what_waits_is_run_at_once():
    queue = Queue(1, 2, 3, 4, 5)
    async with running(queue):
        assert queue.ended == [1, 2, 3, 4, 5]


async def test_no_more_run_at_once_than_there_are_slots():
    queue = Queue(*range(20))
    async with running(queue, slots=3):
        assert queue.most == 3


async def test_a_source_that_gives_more_than_was_asked_for_is_not_asked_until_there_is_room():
    queue = Generous(*range(9))
    async with running(queue, slots=2):
        assert (queue.ended, min(queue.asked) > 0) == ([*range(9)], True)


async def test_a_wake_brings_what_came_since():
    queue = Queue()
    async with running(queue) as held:
        queue.waiting = [7]
        held.listener.wake()
        await quiet()
        assert queue.ended == [7]


async def test_without_a_wake_the_pump_looks_by_itself():
    queue = Queue()
    async with running(queue) as held:
        queue.waiting = [7]
        held.clock.advance(10)
        await quiet()
        assert queue.ended == [7]


async def test_an_idle_pump_does_not_ask_again_and_again():
    queue = Queue()
    async with running(queue):
        assert len(queue.asked) == 1


async def test_an_item_that_fails_does_not_end_the_pump():
    queue = Queue(-1, -2, 3)
    async with running(queue, slots=1):
        assert queue.ended == [-1, -2, 3]


async def test_a_claim_that_fails_is_made_again_later():
    queue = Queue(1)
    queue.failing = 1
    async with running(queue) as held:
        held.clock.advance(10)
        await quiet()
        assert queue.ended == [1]


async def test_a_pump_whose_slots_are_taken_claims_nothing():
    queue = Queue(1, 2, 3)
    queue.gate.clear()
    async with running(queue) as held:
        held.listener.wake()
        await quiet()
        assert queue.waiting == [3]


async def test_items_that_run_may_finish_when_the_pump_stops():
    queue = Queue(1)
    queue.gate.clear()
    async with running(queue) as held:
        held.task.cancel()
        await quiet()
        queue.gate.set()
        await held.stop()
        assert queue.ended == [1]


async def test_items_that_do_not_finish_in_time_are_cancelled():
    queue = Queue(1)
    queue.gate.clear()
    async with running(queue) as held:
        held.pump.grace = 0
        await held.stop()
        assert queue.ended == []
