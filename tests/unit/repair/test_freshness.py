"""Which changes tell how fresh the catalog is: those that somebody waited for, and not what repair found out by itself."""

import pytest

from cuelight.catalog.queries import measure_freshness
from cuelight.repair import Scanner, Sweeper
from cuelight.repositories import Signal, note
from tests.integration.repositories.world import ROWS, World, component

FILE = "catalog-info.yaml"


async def tracked(world: World) -> str:
    """A repository that was scanned and applied; the host's id."""
    repository = world.host.add("shop", {FILE: component("shop")})
    await world.scan()
    await world.work()
    world.clock.advance(300)
    return repository


async def by_scan(world: World) -> None:
    await Scanner(world.db, world.registry).scan()


async def by_sweep(world: World) -> None:
    await Sweeper(world.db, world.registry, world.clock).sweep()


async def by_verification(world: World) -> None:
    (row,) = await world.rows(ROWS)
    signal = Signal(id="verify:1", kind="verify", cause="verify:1", caused_at=world.clock.now())
    await world.db.transact(lambda tx: note(tx, row["id"], signal))


@pytest.mark.parametrize("find", [by_scan, by_sweep, by_verification])
async def test_what_repair_found_out_by_itself_says_nothing_of_freshness(world: World, find):
    repository = await tracked(world)
    before = (await measure_freshness(world.db)).changes
    world.host.commit(repository, {FILE: component("shop", owner="others")})
    await find(world)
    await world.work()
    assert (await measure_freshness(world.db)).changes == before


async def test_what_a_confirmation_mends_says_nothing_of_freshness(world: World):
    repository = await tracked(world)
    await world.push_of(repository, {FILE: component("shop", owner="pushed")})
    await world.work()
    before = (await measure_freshness(world.db)).changes
    world.host.commit(repository, {FILE: component("shop", owner="later")})
    await Sweeper(world.db, world.registry, world.clock).confirm()
    await world.work()
    assert (await measure_freshness(world.db)).changes == before


async def test_a_push_tells_how_fresh_the_catalog_is(world: World):
    repository = await tracked(world)
    before = (await measure_freshness(world.db)).changes
    await world.push_of(repository, {FILE: component("shop", owner="pushed")})
    await world.work()
    assert (await measure_freshness(world.db)).changes > before
