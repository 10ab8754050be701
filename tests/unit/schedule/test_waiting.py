"""Backoff and periodic tasks."""

import asyncio
import random

from hypothesis import given
from hypothesis import strategies as st

from cuelight.clock import ManualClock
from cuelight.schedule import Backoff, Periodic


def test_the_bound_doubles_with_each_failure():
    backoff = Backoff(first=1, cap=100)
    assert [backoff.bound(failures) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]


def test_the_bound_ends_at_its_cap_however_many_failures():
    assert Backoff(first=1, cap=100).bound(10_000) == 100


@given(st.integers(min_value=1, max_value=1000), st.integers())
def test_a_delay_is_anywhere_between_nothing_and_the_bound(failures: int, seed: int):
    backoff = Backoff(first=0.5, cap=60)
    assert 0 <= backoff.delay(failures, random.Random(seed)) <= backoff.bound(failures)


class Counting:
    """A task that counts its runs, and fails in the first."""

    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs == 1:
            raise LookupError("the first time")


async def test_a_periodic_task_comes_back_even_after_it_failed():
    clock, task = ManualClock(), Counting()
    running = asyncio.create_task(Periodic(task, clock, 10, jitter=0.5, name="count").run())
    for expected in (0, 1, 2, 3):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert task.runs == expected
        clock.advance(15)
    running.cancel()
    await asyncio.wait([running])


async def test_a_periodic_task_does_not_run_before_its_time():
    clock, task = ManualClock(), Counting()
    running = asyncio.create_task(Periodic(task, clock, 10, jitter=0, name="count").run())
    await asyncio.sleep(0)
    clock.advance(9)
    await asyncio.sleep(0)
    assert task.runs == 0
    running.cancel()
    await asyncio.wait([running])
