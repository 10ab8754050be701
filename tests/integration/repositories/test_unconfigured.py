"""Rows whose host was taken out of the configuration: what came from it stays, and nobody asks for ever."""

import pytest

from cuelight.repositories import Reconciler, Registry
from cuelight.telemetry import Metrics
from tests.integration.repositories.world import ROWS, World, component, location


@pytest.fixture
async def deserted(world: World) -> World:
    """Tracks `shop` of a provider, and `lib` of a location; after a restart without their host, a scan signalled."""
    world.host.add("shop", {"catalog-info.yaml": location("https://github.com/other/lib/blob/main/catalog-info.yaml")})
    world.host.add("lib", {"catalog-info.yaml": component("lib")}, owner="other")
    await world.scan()
    await world.work()
    world.registry = Registry([])
    world.reconciler = Reconciler(world.db, world.registry, world.clock, Metrics())
    await world.scan()
    return world


async def test_the_signals_of_a_host_that_is_not_configured_any_more_end(deserted: World):
    await deserted.work()
    assert set((await deserted.outcomes()).values()) <= {"applied", "confirmed", "kept"}


async def test_the_row_of_a_host_that_is_not_configured_any_more_says_so(deserted: World):
    await deserted.work()
    reasons = [row["reason"] for row in await deserted.rows(ROWS) if row["provider"] == "locations"]
    assert reasons == ["host github.com is no longer in the configuration; what came from it stays"]


async def test_what_came_from_a_host_that_is_not_configured_any_more_stays(deserted: World):
    await deserted.work()
    assert "component:default/lib" in await deserted.refs()
