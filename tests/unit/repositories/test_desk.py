"""Questions for heads that are gathered: each is asked, and each asker gets an answer."""

import asyncio
from collections.abc import Sequence

import pytest

from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.repositories.desk import UNDER_WAY, Desk
from cuelight.scm import Look, Seen, Unseen


class Slow:
    """A host that answers once it is let to; `asked` are the names of each request."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked: list[list[str]] = []

    async def heads(self, looks: Sequence[Look]) -> Sequence[Unseen]:
        self.asked.append([look.full_name for look in looks])
        await self.gate.wait()
        return [Unseen(reason=look.full_name) for look in looks]


class Refusing:
    """A host that says this to everything."""

    def __init__(self, error: HostError) -> None:
        self.error = error

    async def heads(self, _looks: Sequence[Look]) -> Sequence[Unseen]:
        raise self.error


def named(name: str) -> Look:
    return Look(repository_id=None, full_name=name)


async def yielded() -> None:
    """Let everything go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


class TestDesk:
    async def test_a_question_that_follows_on_an_answer_is_asked_though_all_others_end_at_that_moment(self):
        host = Slow()
        desk = Desk(host)  # type: ignore[arg-type]

        async def twice() -> Seen | Unseen:
            await desk.look(named("first"))
            return await desk.look(named("again"))

        asking = asyncio.create_task(twice())
        await yielded()
        others = []
        for _ in range(UNDER_WAY - 1):
            others.append(asyncio.create_task(desk.look(named("other"))))
            await yielded()
        host.gate.set()
        async with asyncio.timeout(1):
            assert await asking == Unseen(reason="again")
            await asyncio.gather(*others)

    async def test_questions_that_come_in_while_all_requests_are_under_way_go_together(self):
        host = Slow()
        desk = Desk(host)  # type: ignore[arg-type]
        asking = []
        for name in ("a", "b", "c", "d", "e", "f"):
            asking.append(asyncio.create_task(desk.look(named(name))))
            await yielded()
        host.gate.set()
        async with asyncio.timeout(1):
            await asyncio.gather(*asking)
        assert host.asked == [["a"], ["b"], ["c"], ["d"], ["e", "f"]]

    async def test_a_question_that_nobody_waits_for_any_more_is_not_asked(self):
        host = Slow()
        desk = Desk(host)  # type: ignore[arg-type]
        asking = asyncio.create_task(desk.look(named("a")))
        await asyncio.sleep(0)
        asking.cancel()
        await yielded()
        assert host.asked == []

    @pytest.mark.parametrize("error", [HostUnavailable("later", retry_after=7.0), HostDenied("no", unauthorized=True)])
    async def test_each_asker_gets_an_error_of_its_own_with_all_that_it_says(self, error: HostError):
        desk = Desk(Refusing(error))  # type: ignore[arg-type]
        first, second = await asyncio.gather(*(desk.look(named(name)) for name in "ab"), return_exceptions=True)
        assert first is not second
        assert [(type(each), vars(each)) for each in (first, second)] == [(type(error), vars(error))] * 2
