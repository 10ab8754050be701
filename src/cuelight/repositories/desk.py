"""Questions for heads that come in together go to the host together: as many as a request takes, without waiting for more."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from cuelight.errors import HostError, HostUnavailable
from cuelight.fetch import Purpose, purpose_now
from cuelight.scm import Host, Look, Seen, Unseen

TOGETHER: Final = 100
"""Questions of one request."""
UNDER_WAY: Final = 4
"""Requests at one time and for one purpose; questions that come in meanwhile gather."""

_Waiting = list[tuple[Look, "asyncio.Future[Seen | Unseen]"]]


class Desk:
    """Where the questions for one *host* are gathered."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._waiting: dict[Purpose, _Waiting] = defaultdict(list)
        self._under_way: dict[Purpose, set[asyncio.Task[None]]] = defaultdict(set)

    async def look(self, look: Look) -> Seen | Unseen:
        """The host's answer to *look*; HostError where nothing is known."""
        purpose = purpose_now()
        answer: asyncio.Future[Seen | Unseen] = asyncio.get_running_loop().create_future()
        self._waiting[purpose].append((look, answer))
        if len(self._under_way[purpose]) < UNDER_WAY:
            self._start(purpose)
        return await answer

    def _start(self, purpose: Purpose) -> None:
        working = asyncio.create_task(self._work(purpose), name="heads")  # takes the purpose along
        self._under_way[purpose].add(working)

    async def _work(self, purpose: Purpose) -> None:
        """Ask until nobody waits. Between that last look and the end nobody can come in who would wait for ever."""
        try:
            await asyncio.sleep(0)  # who asks in the same breath comes along
            while self._waiting[purpose]:
                if asked := self._next(purpose):
                    await self._ask(asked)
        finally:
            self._under_way[purpose] -= {asyncio.current_task()}

    def _next(self, purpose: Purpose) -> _Waiting:
        """The next who wait; without those who went away meanwhile, which may be all of them."""
        waiting = self._waiting[purpose]
        asked, self._waiting[purpose] = waiting[:TOGETHER], waiting[TOGETHER:]
        return [(look, answer) for look, answer in asked if not answer.done()]

    async def _ask(self, asked: _Waiting) -> None:
        try:
            found = await self._found([look for look, _ in asked])
        except HostError as error:
            found = [error] * len(asked)
        except Exception as error:  # noqa: BLE001 -- whatever it was, each asker has to hear of it
            found = [_unexpected(error)] * len(asked)
        for (_, answer), each in zip(asked, found, strict=True):
            if answer.done():
                continue
            if isinstance(each, HostError):
                answer.set_exception(_again(each))
            else:
                answer.set_result(each)

    async def _found(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        found = await self._host.heads(looks)
        if len(found) != len(looks):
            raise HostUnavailable(f"the host answered {len(found)} of {len(looks)} questions")
        return found


def _unexpected(error: Exception) -> HostError:
    return HostUnavailable(f"asking for heads failed: {type(error).__name__}: {error}")


def _again(error: HostError) -> HostError:
    """An error of its own for each asker: one that is raised twice would carry the traces of both."""
    if isinstance(error, HostUnavailable):
        return HostUnavailable(error.message, retry_after=error.retry_after)
    return type(error)(error.message)
