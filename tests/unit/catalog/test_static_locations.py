"""Locations of the configuration: registered while they are in it, gone once they are not."""

from cuelight.catalog import Cause, StaticLocation, configure
from tests.unit.catalog.world import ROOT, World, component, yaml

CAUSE = Cause(id="configuration", at=0)


async def configured(catalog: World, *targets: str) -> set[str]:
    """Configure exactly *targets*; the refs that are visible then."""
    locations = [StaticLocation(type="url", target=target) for target in targets]
    await catalog.db.transact(lambda tx: configure(tx, locations, CAUSE))
    await catalog.engine.settled()
    return set(await catalog.finals())


async def test_a_configured_location_brings_its_entities_in(catalog: World):
    catalog.files.held[ROOT] = yaml(component("x"))
    assert "component:default/x" in await configured(catalog, ROOT)


async def test_a_location_that_left_the_configuration_takes_its_entities_along(catalog: World):
    catalog.files.held[ROOT] = yaml(component("x"))
    await configured(catalog, ROOT)
    assert await configured(catalog) == set()


async def test_configuring_the_same_again_changes_nothing(catalog: World):
    catalog.files.held[ROOT] = yaml(component("x"))
    before = await configured(catalog, ROOT)
    assert await configured(catalog, ROOT) == before
