"""Sweeps of what is gone: what they cost however much there is of it, and that whatever came back is found all the same."""

import pytest

from cuelight.repair import Sweeper
from cuelight.repair.rotation import Rotation
from cuelight.repair.sweep import RETURNS
from cuelight.scm import Repository
from tests.integration.repositories.world import ROWS, World, component
from tests.unit.repair.test_sweep import change_row, many

FILE = "catalog-info.yaml"


@pytest.fixture
def sweeper(world: World, hurried) -> Sweeper:
    return Sweeper(world.db, world.registry, hurried)


async def deleted(world: World, count: int) -> list[Repository]:
    """So many repositories that were tracked, and are gone."""
    await many(world, count)
    await change_row(world, status="gone", head=None, proven=None, digest=None)
    found = list(world.host.known.values())
    world.host.known.clear()
    return found


async def test_a_sweep_asks_for_a_few_of_many_that_are_gone(world: World, sweeper: Sweeper):
    await deleted(world, 3 * RETURNS)
    assert (await sweeper.sweep()).asked == RETURNS


async def test_the_last_of_many_that_are_gone_is_found_when_it_is_its_turn(world: World, sweeper: Sweeper):
    *_, last = await deleted(world, 2 * RETURNS + 5)
    world.host.known[last.id] = last
    assert [(await sweeper.sweep()).signalled for _ in range(3)] == [0, 0, 1]


async def test_a_repository_that_came_back_is_found_by_a_sweep(world: World, sweeper: Sweeper):
    shop = world.host.add("shop", {FILE: component("shop")})
    await world.scan()
    await world.work()
    repository = world.host.known.pop(shop)
    await world.event(shop, "deleted", repository=repository)
    await world.work()
    world.host.known[shop] = repository
    await sweeper.sweep()
    await world.work()
    assert [row["status"] for row in await world.rows(ROWS)] == ["tracked"]


async def test_what_a_location_names_and_no_id_is_known_of_is_asked_for_every_time(world: World, sweeper: Sweeper):
    await deleted(world, 2 * RETURNS)
    await change_row(world, host_id=None)
    assert (await sweeper.sweep()).asked == 2 * RETURNS


def test_a_rotation_begins_again_after_the_last_one():
    rotation = Rotation(2)
    taken = [rotation.take({"github.com": ["a", "b", "c"]})["github.com"] for _ in range(3)]
    assert taken == [["a", "b"], ["c", "a"], ["b", "c"]]
