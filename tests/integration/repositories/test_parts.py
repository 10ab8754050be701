"""A difference that is too large for one transaction: written in parts, and taken up again after a kill."""

import pytest

from cuelight.repositories import reconciler
from cuelight.repositories.result import write_part
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ROWS, World, component

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
