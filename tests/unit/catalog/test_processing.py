"""What processing makes of good and of bad entities (cases 13 to 23 of the reference, and deviation 5)."""

from pathlib import Path

from cuelight.catalog import Deferred, Pending, Unreadable
from cuelight.catalog.tables import CHANGES, PROBLEMS, REFRESH_STATE
from tests.unit.catalog.steps import Flaky, Renaming
from tests.unit.catalog.world import ROOT, World, component, entity, given, location, locations, world, yaml

A = "https://host/o/r/blob/main/a.yaml"
B = "https://host/o/r/blob/main/b.yaml"
PAY = "component:default/pay"


async def test_an_entity_whose_processor_throws_at_first_appears_once_it_does_not(tmp_path: Path):
    flaky = Flaky()
    async with world(tmp_path, [flaky]) as catalog:
        await catalog.give(given("pay"))
        assert PAY not in await catalog.finals()
        flaky.broken = False
        catalog.clock.advance(60)
        await catalog.engine.settled()
        assert "status" not in (await catalog.finals())[PAY]


async def test_what_a_processor_throws_is_a_problem_even_before_the_entity_is_visible(tmp_path: Path):
    async with world(tmp_path, [Flaky()]) as catalog:
        await catalog.give(given("pay"))
        (problem,) = await catalog.rows(PROBLEMS)
        assert (
            problem["message"] == "Processor Flaky threw an error while preprocessing; caused by RuntimeError: the wind"
        )


async def test_an_entity_that_fails_keeps_its_last_good_version_and_says_why(catalog: World):
    await catalog.give(given("pay"))
    await catalog.give(given("pay", owner=7, type="library"))
    pay = (await catalog.finals())[PAY]
    (item,) = pay["status"]["items"]
    assert pay["spec"]["type"] == "service"
    assert (item["type"], item["level"], item["error"]["name"]) == (
        "backstage.io/catalog-processing",
        "error",
        "InputError",
    )
    assert item["message"] == f"InputError: {item['error']['message']}"


async def test_a_mended_entity_has_no_status(catalog: World):
    for owner in ("team", 7, "team"):
        await catalog.give(given("pay", owner=owner))
    assert "status" not in (await catalog.finals())[PAY]


async def test_of_two_targets_one_that_cannot_be_read_does_not_hold_up_the_other(catalog: World):
    catalog.files.held |= {
        ROOT: yaml(locations("all", A, B)),
        A: yaml(component("pay")),
        B: Unreadable(reason="too large"),
    }
    await catalog.give(location())
    finals = await catalog.finals()
    assert PAY in finals
    assert (
        finals["location:default/all"]["status"]["items"][0]["message"] == f"Error: Unable to read url, {B}: too large"
    )


async def test_children_of_a_target_stay_while_it_cannot_be_read(catalog: World):
    catalog.files.held |= {ROOT: yaml(component("pay"))}
    await catalog.give(location())
    await catalog.write(ROOT, Unreadable(reason="too large"))
    assert PAY in await catalog.finals()


async def test_children_of_a_target_stay_while_it_is_being_read_and_it_is_wanted(catalog: World):
    catalog.files.held |= {ROOT: yaml(component("pay"))}
    await catalog.give(location())
    await catalog.write(ROOT, Pending(reason="o/r was not read yet"))
    assert PAY in await catalog.finals()
    assert catalog.files.wanted == [ROOT]


async def test_children_of_a_glob_stay_while_it_cannot_be_read(catalog: World):
    glob = "https://host/o/r/blob/main/services/*"
    catalog.files.held |= {"https://host/o/r/blob/main/services/pay.yaml": yaml(component("pay"))}
    await catalog.give(location(glob))
    await catalog.write(glob, Unreadable(reason="too many files"))
    assert PAY in await catalog.finals()


async def test_children_of_a_file_that_is_gone_go_with_it(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", A, B)), A: yaml(component("pay")), B: yaml(component("ship"))}
    await catalog.give(location())
    del catalog.files.held[A]
    await catalog.touch(A)
    finals = await catalog.finals()
    assert PAY not in finals
    assert "component:default/ship" in finals
    assert finals["location:default/all"]["status"]["items"][0]["error"]["name"] == "NotFoundError"


async def test_an_absent_target_is_no_problem_where_presence_is_optional(catalog: World):
    await catalog.give(location(presence="optional"))
    assert await catalog.rows(PROBLEMS) == []


async def test_a_file_that_is_broken_keeps_its_children_and_yields_no_new_ones(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    await catalog.write(ROOT, yaml(component("ship"), "a: [1"))
    finals = await catalog.finals()
    assert PAY in finals
    assert "component:default/ship" not in finals


async def test_a_broken_file_is_a_problem_with_its_line(catalog: World):
    catalog.files.held[ROOT] = "apiVersion: v1\nkind: [oops\n"
    await catalog.give(location())
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["url"], problem["line"]) == ("yaml-syntax", ROOT, 3)


async def test_a_document_without_a_name_holds_up_no_other(catalog: World):
    nameless = {**component("x"), "metadata": {}}
    catalog.files.held[ROOT] = yaml(component("pay"), nameless, component("ship"))
    await catalog.give(location())
    assert {PAY, "component:default/ship"} < set(await catalog.finals())
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["line"]) == ("envelope", 3)


async def test_nobody_vanishes_because_a_document_lost_its_name(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
    await catalog.give(location())
    await catalog.write(ROOT, yaml(component("pay"), {**component("ship"), "metadata": {}}))
    assert "component:default/ship" in await catalog.finals()


async def test_of_two_documents_of_a_file_for_one_ref_the_last_counts(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay", type="first"), component("pay", type="second"))
    await catalog.give(location())
    assert (await catalog.finals())[PAY]["spec"]["type"] == "second"
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["level"], problem["url"], problem["line"]) == ("duplicate-ref", "warning", ROOT, 3)


async def test_of_two_files_for_one_ref_the_first_counts(catalog: World):
    catalog.files.held |= {A: yaml(component("pay", type="first")), B: yaml(component("pay", type="second"))}
    await catalog.give(location(A, targets=[B]))
    assert (await catalog.finals())[PAY]["spec"]["type"] == "first"
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["level"], problem["url"]) == ("conflicting-ref", "warning", B)


async def test_a_child_that_breaks_a_rule_is_a_problem_at_its_line(catalog: World):
    catalog.files.held[ROOT] = (
        "---\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: pay\n  tags:\n    - Bad Tag\nspec: {}\n"
    )
    await catalog.give(location())
    (problem,) = await catalog.rows(PROBLEMS, entity_ref=PAY, level="error")
    assert (problem["rule"], problem["url"], problem["line"], problem["path"]) == (
        "field-format",
        ROOT,
        8,
        "metadata.tags.0",
    )


async def test_what_else_is_wrong_is_a_problem_too_and_not_in_the_status(catalog: World):
    await catalog.give(given("pay"))
    await catalog.give(given("pay", owner=7, type="", dependsOn=["ship"]))
    problems = await catalog.rows(PROBLEMS)
    assert [(each["level"], each["path"]) for each in problems] == [
        ("error", "spec.type"),
        ("further", "spec.owner"),
        ("further", "spec.dependsOn.0"),
    ]
    assert len((await catalog.finals())[PAY]["status"]["items"]) == 1


async def test_a_location_of_which_nothing_can_be_read_is_not_shown(catalog: World):
    await catalog.give(location())
    assert await catalog.finals() == {}
    (problem,) = await catalog.rows(PROBLEMS)
    assert problem["message"] == f"Unable to read url, no matching files found for {ROOT}"


async def test_a_location_that_is_read_for_the_first_time_is_not_shown_and_has_no_error(catalog: World):
    catalog.files.held[ROOT] = Pending(reason="o/r was not read yet")
    await catalog.give(location())
    assert await catalog.finals() == {}
    assert [problem["level"] for problem in await catalog.rows(PROBLEMS)] == ["warning"]


async def test_a_location_that_was_of_use_stays_once_nothing_of_it_can_be_read(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    given_location = location()
    await catalog.give(given_location)
    await catalog.write(ROOT, Unreadable(reason="too large"))
    (shown,) = [each for each in (await catalog.finals()).values() if each["kind"] == "Location"]
    assert len(shown["status"]["items"]) == 1


async def test_a_problem_that_persists_keeps_the_instant_it_was_first_seen(catalog: World):
    await catalog.give(given("pay", owner=7))
    first = (await catalog.rows(PROBLEMS))[0]["since"]
    catalog.clock.advance(3600)
    await catalog.give(given("pay", owner=7, type="library"))
    assert (await catalog.rows(PROBLEMS))[0]["since"] == first


async def test_a_processor_that_renames_an_entity_fails_it(tmp_path: Path):
    async with world(tmp_path, [Renaming()]) as catalog:
        await catalog.give(given("pay"))
        (problem,) = await catalog.rows(PROBLEMS)
        assert problem["message"] == "Fatal: The entity kind, namespace, or name changed during processing"


async def test_an_entity_without_managed_by_location_is_not_visible(catalog: World):
    bare = entity("pay")
    bare["metadata"] = {"name": "pay"}
    await catalog.give(Deferred(entity=bare))
    (problem,) = await catalog.rows(PROBLEMS)
    assert await catalog.finals() == {}
    assert problem["message"] == (
        "Entity 'component:default/pay' does not have the annotation backstage.io/managed-by-location"
    )


async def test_a_kind_in_the_wrong_case_is_recognised_by_nobody(catalog: World):
    wrong = {**entity("pay"), "kind": "component"}
    await catalog.give(Deferred(entity=wrong))
    (problem,) = await catalog.rows(PROBLEMS)
    assert problem["rule"] == "unknown-kind"


async def test_a_dependency_without_a_kind_fails_the_whole_entity(catalog: World):
    await catalog.give(given("pay", dependsOn=["ship"]))
    assert await catalog.finals() == {}


async def test_an_outcome_equal_to_the_last_writes_nothing(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    before = await catalog.rows(CHANGES)
    await catalog.touch(ROOT)
    assert await catalog.rows(CHANGES) == before


async def test_a_processed_entity_is_due_only_when_something_changes(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    year = 365 * 24 * 3600 * 1_000_000
    assert all(row["due_at"] > catalog.clock.now() + year for row in await catalog.rows(REFRESH_STATE))


async def test_only_neighbours_whose_relations_differ_change(catalog: World):
    others = [given(name, owner="nobody") for name in ("b", "c", "d")]
    await catalog.give(given("a", dependsOn=["component:b", "component:c"]), *others)
    await catalog.give(given("a", dependsOn=["component:b", "component:d"]), name="turn")
    changed = {row["entity_ref"] for row in await catalog.rows(CHANGES, cause="turn")}
    assert changed == {"component:default/a", "component:default/c", "component:default/d"}


async def test_an_entity_that_names_itself_is_told_and_goes_on(catalog: World):
    catalog.files.held[ROOT] = yaml(locations("all", A))
    catalog.files.held[A] = yaml(locations("all", A), component("pay"))
    await catalog.give(location())
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["level"]) == ("own-child", "warning")
    assert PAY in await catalog.finals()


async def test_each_level_says_where_it_was_read_and_all_say_where_it_began(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", "./a.yaml")), A: yaml(component("pay"))}
    await catalog.give(location())
    annotations = (await catalog.finals())[PAY]["metadata"]["annotations"]
    assert annotations["backstage.io/managed-by-location"] == f"url:{A}"
    assert annotations["backstage.io/managed-by-origin-location"] == f"url:{ROOT}"


async def test_fields_that_differ_only_by_case_are_a_warning(catalog: World):
    await catalog.give(given("pay", Type="x"))
    (problem,) = await catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["level"], problem["path"]) == ("case-collision", "warning", "spec.Type")
    assert PAY in await catalog.finals()


async def test_a_location_of_another_type_than_url_is_not_read(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location(type="file"))
    (problem,) = await catalog.rows(PROBLEMS)
    assert problem["rule"] == "location-type"
