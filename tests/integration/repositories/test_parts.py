"""A difference that is too large for one transaction: written in parts, and taken up again after a kill."""

from collections.abc import Iterable

import pytest
from sqlalchemy import select

from cuelight.db import Statement
from cuelight.repositories import reconciler
from cuelight.repositories.result import write_part
from cuelight.repositories.tables import WANTS
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ROWS, World, component, location

WANTED = Statement(select(WANTS))
MANY = {f"services/s{index}/catalog-info.yaml": component(f"s{index}") for index in range(25)}


class Killed(BaseException):
    """What no handler catches."""


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider("**/catalog-info.yaml")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "PART", 10)


async def test_many_descriptors_come_in_whole(world: World):
    world.host.add("mono", MANY)
    await world.scan()
    await world.work()
    assert (len(await world.refs()), await world.drift()) == (25, [])


async def test_a_kill_between_two_parts_is_taken_up_from_there(world: World, monkeypatch: pytest.MonkeyPatch):
    repository = world.host.add("mono", MANY)
    await _killed_between_parts(world, monkeypatch)
    world.host.commit(repository, {"services/s0/catalog-info.yaml": component("s0")})
    await world.scan()
    await world.work()
    assert (await world.refs(), await world.drift()) == (["component:default/s0"], [])


async def test_a_kill_between_two_parts_is_seen_though_the_head_went_back(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    repository = world.host.add("mono", {"services/s0/catalog-info.yaml": component("s0", "first")})
    await world.scan()
    await world.work()
    before = world.host.heads_at[repository, "main"]
    world.host.commit(repository, MANY)
    await world.push(repository, world.host.heads_at[repository, "main"])
    await _killed_between_parts(world, monkeypatch)
    world.host.heads_at[repository, "main"] = before
    world.clock.advance(61)
    await world.scan()
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (await world.refs(), row["head"], await world.drift()) == (["component:default/s0"], before, [])


async def test_a_commit_that_drops_too_much_is_held_back_from_its_first_part_on(world: World):
    repository = world.host.add("mono", _services(range(100)))
    await world.scan()
    await world.work()
    await world.push_of(repository, {"README.md": "nothing is left"})
    await world.work()
    assert len(await world.refs()) == 100


async def test_a_commit_that_drops_a_little_is_followed_in_every_part(world: World):
    repository = world.host.add("mono", _services(range(100)))
    await world.scan()
    await world.work()
    await world.push_of(repository, _services(range(15, 100)))
    await world.work()
    assert len(await world.refs()) == 85


async def test_descriptors_that_all_moved_are_not_taken_for_lost(world: World):
    repository = world.host.add("mono", MANY)
    await world.scan()
    await world.work()
    await world.push_of(repository, {f"moved/{path}": text for path, text in MANY.items()})
    await world.work()
    assert (len(await world.refs()), await world.drift()) == (25, [])


async def test_a_kill_between_two_parts_leaves_what_is_wanted_unread(world: World, monkeypatch: pytest.MonkeyPatch):
    repository = world.host.add("shop", {"catalog-info.yaml": location("./apis/a.yaml")})
    await world.scan()
    (claim,) = await world.reconciler.claim(10)
    await world.reconciler.handle(claim)
    await world.settle()
    world.host.commit(repository, {"catalog-info.yaml": location("./apis/a.yaml"), **MANY})
    await _killed_between_parts(world, monkeypatch)
    assert [row["read_at"] for row in await world.rows(WANTED)] == [None]


async def test_what_was_wanted_is_marked_once_however_often_its_repository_changes(world: World):
    repository = world.host.add("shop", {"catalog-info.yaml": location("./apis/a.yaml")})
    await world.scan()
    await world.work()
    first = [row["read_at"] for row in await world.rows(WANTED)]
    world.clock.advance(60)
    await world.push_of(repository, {"catalog-info.yaml": location("./apis/a.yaml"), **MANY})
    await world.work()
    assert [row["read_at"] for row in await world.rows(WANTED)] == first


def _services(numbers: Iterable[int]) -> dict[str, str]:
    return {f"services/s{number}/catalog-info.yaml": component(f"s{number}") for number in numbers}


async def _killed_between_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a worker die after its first part, and its lease run out."""
    await world.scan()
    written = write_part

    async def once(*arguments: object, **named: object) -> object:
        if once.calls:  # type: ignore[attr-defined]
            raise Killed
        once.calls += 1  # type: ignore[attr-defined]
        return await written(*arguments, **named)  # type: ignore[arg-type]

    once.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr("cuelight.repositories.reconciler.write_part", once)
    (claim,) = await world.reconciler.claim(10)
    with pytest.raises(Killed):
        await world.reconciler.handle(claim)
    monkeypatch.setattr("cuelight.repositories.reconciler.write_part", written)
    world.clock.advance(31)
