"""What a Location's targets may be (cases 92, 96, 97)."""

import pytest

from cuelight.catalog.tables import PROBLEMS, REFRESH_KEYS
from cuelight.processors.location import MOST_TARGETS
from tests.unit.catalog.world import ROOT, World, component, given, location, locations, yaml
from tests.unit.processors.bench import Bench

FOLDER = "https://host/o/r/blob/main"


async def test_a_target_may_be_relative_to_its_file(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", "./sub/a.yaml")), f"{FOLDER}/sub/a.yaml": yaml(component("a"))}
    await catalog.give(location())
    assert "component:default/a" in await catalog.finals()


async def test_a_target_may_stand_for_many_files(catalog: World):
    catalog.files.held |= {f"{FOLDER}/s/{name}.yaml": yaml(component(name)) for name in ("a", "b")}
    await catalog.give(location(f"{FOLDER}/s/*"))
    finals = await catalog.finals()
    managed = finals["component:default/a"]["metadata"]["annotations"]["backstage.io/managed-by-location"]
    assert managed == f"url:{FOLDER}/s/a.yaml"
    assert "component:default/b" in finals


async def test_a_file_that_leaves_a_glob_takes_its_children_along(catalog: World):
    glob = f"{FOLDER}/s/*"
    catalog.files.held |= {f"{FOLDER}/s/{name}.yaml": yaml(component(name)) for name in ("a", "b")}
    await catalog.give(location(glob))
    del catalog.files.held[f"{FOLDER}/s/a.yaml"]
    await catalog.touch(glob)
    assert "component:default/a" not in await catalog.finals()


async def test_target_and_targets_are_both_read(catalog: World):
    catalog.files.held |= {f"{FOLDER}/{name}.yaml": yaml(component(name)) for name in ("a", "b")}
    await catalog.give(location(f"{FOLDER}/a.yaml", targets=[f"{FOLDER}/b.yaml"]))
    assert {"component:default/a", "component:default/b"} < set(await catalog.finals())


async def test_each_target_wakes_its_location(catalog: World):
    catalog.files.held |= {f"{FOLDER}/{name}.yaml": yaml(component(name)) for name in ("a", "b")}
    await catalog.give(location(f"{FOLDER}/a.yaml", targets=[f"{FOLDER}/b.yaml"]))
    keys = {row["key"] for row in await catalog.rows(REFRESH_KEYS)}
    assert keys == {f"url:{FOLDER}/a.yaml", f"url:{FOLDER}/b.yaml"}


async def test_an_empty_document_is_passed_over(catalog: World):
    catalog.files.held[ROOT] = yaml(component("a"), "", component("b"))
    await catalog.give(location())
    assert await catalog.rows(PROBLEMS) == []
    assert "component:default/b" in await catalog.finals()


async def test_a_document_that_is_no_object_is_a_problem(catalog: World):
    catalog.files.held[ROOT] = "just text"
    await catalog.give(location())
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["name"], problem["message"]) == ("Error", "Expected object at root, got string")


async def test_a_location_without_targets_names_nothing(catalog: World):
    await catalog.give(given("all", kind="Location"))
    assert await catalog.rows(PROBLEMS) == []


async def test_past_the_limit_of_targets_the_rest_is_a_problem(catalog: World):
    many = [f"{FOLDER}/{number}.yaml" for number in range(MOST_TARGETS + 1)]
    await catalog.give(given("all", kind="Location", targets=many, presence="optional", type="url"))
    (problem,) = await catalog.rows(PROBLEMS)
    assert problem["rule"] == "too-many-targets"


@pytest.mark.parametrize("target", ["http://[", "http://[]", "//["])
async def test_what_is_no_address_holds_up_no_other_target(target: str):
    bench = Bench({"https://else.where/b.yaml": yaml(component("pay"))}, file="https://else.where/a.yaml")
    outcome = await bench.run(locations("all", target, "./b.yaml"))
    assert ([child.ref for child in outcome.children], outcome.again) == (["component:default/pay"], False)
