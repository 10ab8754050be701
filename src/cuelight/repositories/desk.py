"""Questions for heads that come in together go to the host together: as many as a request takes, without waiting for more."""

import asyncio
import copy
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import structlog

from cuelight.errors import HostError, HostUnavailable
from cuelight.fetch import Purpose, purpose_now
from cuelight.scm import Host, Look, Seen, Unseen

TOGETHER: Final = 100
"""Questions of one request."""
UNDER_WAY: Final = 4
"""Requests at one time and for one purpose; questions that come in meanwhile gather."""

_Waiting = list[tuple[Look, "asyncio.Future[Seen | Unseen]"]]

_log = structlog.get_logger(__name__)


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
        found = await self._found([look for look, _ in asked])
        for (_, answer), each in zip(asked, found, strict=True):
            if answer.done():
                continue
            if isinstance(each, HostError):
                answer.set_exception(copy.copy(each))  # raised twice, one would carry the traces of both
            else:
                answer.set_result(each)

    async def _found(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        try:
            found = await self._host.heads(looks)
        except HostError as error:
            return [error] * len(looks)
        except Exception as error:  # noqa: BLE001 -- whatever it was, each asker has to hear of it
            return await self._apart(looks, error)
        if len(found) == len(looks):
            return found
        return [HostUnavailable(f"the host answered {len(found)} of {len(looks)} questions")] * len(looks)

    async def _apart(self, looks: Sequence[Look], error: Exception) -> Sequence[Seen | Unseen | HostError]:
        """Ask in halves: one repository of which the host says what nobody foresaw must not hold up the others."""
        if len(looks) > 1:
            half = len(looks) // 2
            return [*await self._found(looks[:half]), *await self._found(looks[half:])]
        _log.error("look_failed", repository=looks[0].full_name, exc_info=error)
        return [HostUnavailable(f"asking for its head failed with {type(error).__name__}; the log tells more")]
