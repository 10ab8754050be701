"""A location that somebody registers, from its host to the catalog, through pushes, and away again."""

from cuelight.catalog import StaticLocation
from cuelight.catalog.registered import move, register, unregister
from tests.integration.repositories.world import World, component

TARGET = "https://github.com/acme/shop/blob/main/docs/more.yaml"
OTHER = "https://github.com/acme/shop/blob/main/docs/other.yaml"
FOREIGN = "https://github.com/others/tool/blob/main/catalog-info.yaml"


async def registered(world: World, target: str) -> str:
    """Register *target*, and do what follows; its id."""
    made = await register(world.db, StaticLocation(type="url", target=target))
    await world.settle()
    await world.work()
    return made.id


async def test_it_appears_without_a_scan(world: World):
    world.host.add("shop", {"docs/more.yaml": component("more")})
    await registered(world, TARGET)
    assert await world.refs() == ["component:default/more"]


async def test_a_repository_of_no_provider_is_tracked_for_it(world: World):
    world.host.add("tool", {"catalog-info.yaml": component("tool")}, owner="others")
    await registered(world, FOREIGN)
    assert await world.refs() == ["component:default/tool"]


async def test_a_push_to_it_arrives(world: World):
    repository = world.host.add("tool", {"catalog-info.yaml": component("tool")}, owner="others")
    await registered(world, FOREIGN)
    await world.push_of(repository, {"catalog-info.yaml": component("tool", owner="new")})
    await world.work()
    assert await world.owner("component:default/tool") == "new"


async def test_it_is_gone_at_once(world: World):
    world.host.add("shop", {"docs/more.yaml": component("more")})
    location = await registered(world, TARGET)
    await unregister(world.db, location)
    assert await world.refs() == []


async def test_its_new_target_is_read_when_it_moves(world: World):
    world.host.add("shop", {"docs/more.yaml": component("more"), "docs/other.yaml": component("other")})
    location = await registered(world, TARGET)
    await move(world.db, location, StaticLocation(type="url", target=OTHER))
    await world.settle()
    await world.work()
    assert await world.refs() == ["component:default/other"]


async def test_it_is_never_without_entities_while_it_moves(world: World):
    world.host.add("shop", {"docs/more.yaml": component("more"), "docs/other.yaml": component("more", owner="new")})
    location = await registered(world, TARGET)
    await move(world.db, location, StaticLocation(type="url", target=OTHER))
    await world.settle()
    assert await world.refs() == ["component:default/more"]
    await world.work()
    assert await world.owner("component:default/more") == "new"


async def test_what_is_not_there_yet_appears_with_the_push_that_brings_it(world: World):
    repository = world.host.add("tool", {}, owner="others")
    await registered(world, FOREIGN)
    await world.push_of(repository, {"catalog-info.yaml": component("tool")})
    await world.work()
    assert await world.refs() == ["component:default/tool"]
