"""Option 2: any YAML file that declares an `apiVersion` of Backstage's is a descriptor, wherever it is."""

import pytest

from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import FILES, World, component, location

PLAIN = "replicas: 3\nspec:\n  apiVersion: backstage.io/v1alpha1\n"


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider("**/*.{yaml,yml}", declared=True)


async def test_files_that_declare_themselves_are_descriptors_and_no_others(world: World):
    world.host.add("a", {"deep/inside/team.yml": component("a"), "values.yaml": PLAIN, "readme.md": component("no")})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/a"]


async def test_what_is_no_descriptor_is_not_kept_and_not_read_again(world: World):
    files = {"a.yaml": component("a"), "values.yaml": PLAIN}
    repository = world.host.add("a", files)
    await world.scan()
    await world.work()
    world.host.asked.clear()
    await world.push_of(repository, {**files, "a.yaml": component("a", "other")})
    await world.work()
    rows = {row["path"]: (row["kind"], row["content"] is None) for row in await world.rows(FILES)}
    assert rows == {"a.yaml": ("descriptor", False), "values.yaml": ("candidate", True)}
    assert dict(world.host.asked) == {"files": 1}


async def test_a_file_that_begins_to_declare_itself_comes_in(world: World):
    repository = world.host.add("a", {"values.yaml": PLAIN})
    await world.scan()
    await world.work()
    await world.push_of(repository, {"values.yaml": component("new")})
    await world.work()
    assert await world.refs() == ["component:default/new"]


async def test_a_file_that_ceases_to_declare_itself_goes(world: World):
    repository = world.host.add("a", {"values.yaml": component("old")})
    await world.scan()
    await world.work()
    await world.push_of(repository, {"values.yaml": PLAIN})
    await world.work()
    assert await world.refs() == []


async def test_a_file_that_declares_nothing_and_is_named_by_a_location_is_read(world: World):
    world.host.add("a", {"all.yaml": location("./values.yaml"), "values.yaml": PLAIN})
    await world.scan()
    await world.work()
    rows = {row["path"]: (row["kind"], row["content"] is None) for row in await world.rows(FILES)}
    assert rows["values.yaml"] == ("wanted", False)


async def test_a_change_from_paths_to_declarations_looks_into_every_file_again(world: World, provider: MemoryProvider):
    provider.selection = MemoryProvider("**/*.yaml").selection
    world.host.add("a", {"a.yaml": component("a"), "values.yaml": PLAIN})
    await world.scan()
    await world.work()
    provider.selection = MemoryProvider("**/*.yaml", declared=True).selection
    world.clock.advance(1)
    await world.scan()
    await world.work()
    rows = {row["path"]: row["kind"] for row in await world.rows(FILES)}
    assert (rows, await world.refs()) == ({"a.yaml": "descriptor", "values.yaml": "candidate"}, ["component:default/a"])
    provider.selection = MemoryProvider("**/*.yaml").selection
    world.clock.advance(1)
    await world.scan()
    await world.work()
    assert {row["path"]: row["kind"] for row in await world.rows(FILES)}["values.yaml"] == "descriptor"
