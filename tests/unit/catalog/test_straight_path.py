"""From a provider's delta to the change log."""

from cuelight.catalog.tables import CHANGES, PROBLEMS, RELATIONS, SEARCH
from tests.unit.catalog.world import ROOT, World, component, location, yaml


async def test_a_location_becomes_what_its_file_holds(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
    await catalog.give(location())
    assert {"component:default/pay", "component:default/ship"} < set(await catalog.finals())


async def test_a_changed_file_changes_its_entity_and_says_why(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    catalog.files.commits[ROOT] = "c0ffee"
    await catalog.write(ROOT, yaml(component("pay", lifecycle="deprecated")), name="delivery 7", author="author")
    (change,) = await catalog.rows(CHANGES, entity_ref="component:default/pay", action="updated")
    assert (change["paths"], change["cause"], change["commit_sha"], change["author"]) == (
        '["spec.lifecycle"]',
        "delivery 7",
        "c0ffee",
        "author",
    )


async def test_a_good_file_leaves_no_problem(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    assert await catalog.rows(PROBLEMS) == []


async def test_an_entity_can_be_searched_by_its_fields_and_relations(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    found = {(row["key"], row["value"]) for row in await catalog.rows(SEARCH)}
    assert {("spec.type", "service"), ("relations.ownedby", "group:default/team")} < found


async def test_relations_are_kept_in_both_directions(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    found = {(row["source_ref"], row["type"], row["target_ref"]) for row in await catalog.rows(RELATIONS)}
    assert found == {
        ("component:default/pay", "ownedBy", "group:default/team"),
        ("group:default/team", "ownerOf", "component:default/pay"),
    }
