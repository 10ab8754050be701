"""One timer looks after the reading of every request."""

import asyncio

import pytest

from cuelight.webhooks.body import Deadline, DeadlineError


async def body() -> bytes:
    return b"{}"


async def silence() -> bytes:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_body_that_is_there_is_returned():
    assert await Deadline(10).keep(body()) == b"{}"


async def test_silence_ends_at_the_deadline():
    with pytest.raises(DeadlineError):
        await Deadline(0.01).keep(silence())


async def test_each_silent_request_ends_at_its_own_deadline():
    deadline = Deadline(0.01)
    ends = await asyncio.gather(*(deadline.keep(silence()) for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [DeadlineError] * 3


async def test_a_request_after_a_late_one_has_a_deadline_of_its_own():
    deadline = Deadline(0.01)
    with pytest.raises(DeadlineError):
        await deadline.keep(silence())
    with pytest.raises(DeadlineError):
        await deadline.keep(silence())


async def test_a_late_task_goes_on_as_if_it_had_not_been_cancelled():
    with pytest.raises(DeadlineError):
        await Deadline(0.01).keep(silence())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_being_cancelled_by_somebody_else_is_no_deadline():
    task = asyncio.create_task(Deadline(10).keep(silence()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
