"""Several requests side by side, all of them or none."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

SIDE_BY_SIDE = 8
"""Requests of one question that are under way at one time."""


async def gathered(ask: Callable[[str], Awaitable[T]], names: Iterable[str]) -> dict[str, T]:
    """What *ask* answers for each of *names*. At the first error the others are given up, and it is raised by itself."""
    answers: dict[str, T] = {}
    waiting = iter(dict.fromkeys(names))

    async def work() -> None:
        for name in waiting:
            answers[name] = await ask(name)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(SIDE_BY_SIDE):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return answers
