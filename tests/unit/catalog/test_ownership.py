"""Who holds a ref, who keeps it alive, and what happens once they let go (cases 29 to 47, deviations 1 to 4)."""

import asyncio
import json
from pathlib import Path

import pytest

from cuelight.catalog import Deferred, apply, replace
from cuelight.catalog.engine import Conduct
from cuelight.catalog.tables import CHANGES, CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE, RELATIONS, SEARCH, TEXTS
from cuelight.model import InvalidEntity
from tests.unit.catalog.world import ROOT, World, component, given, location, locations, world, yaml

A = "https://host/o/r/blob/main/a.yaml"
B = "https://host/o/r/blob/main/b.yaml"
OTHER = "https://host/o/other/blob/main/catalog-info.yaml"
PAY = "component:default/pay"
ORPHAN = "backstage.io/orphan"


async def shown(catalog: World) -> str:
    """Whose word `pay` is: tests put the claimant's name into its type."""
    return str((await catalog.finals())[PAY]["spec"]["type"])


@pytest.mark.parametrize(
    ("existing", "incoming", "winner"),
    [
        (None, None, "second"),
        (None, "x", "second"),
        ("x", "x", "second"),
        ("x", "y", "first"),
        ("x", None, "first"),
    ],
)
async def test_the_location_key_decides_whose_word_a_ref_is(
    catalog: World, existing: str | None, incoming: str | None, winner: str
):
    await catalog.give(given("pay", key=existing, type="first"), provider="first")
    await catalog.give(given("pay", key=incoming, type="second"), provider="second")
    assert await shown(catalog) == winner


@pytest.mark.parametrize(("existing", "winner"), [(None, "file"), (f"url:{ROOT}", "file"), ("y", "provider")])
async def test_the_location_key_decides_between_a_provider_and_a_file_too(
    catalog: World, existing: str | None, winner: str
):
    catalog.files.held[ROOT] = yaml(component("pay", type="file"))
    await catalog.give(given("pay", key=existing, type="provider"), provider="q")
    await catalog.give(location())
    assert await shown(catalog) == winner


async def test_the_claimant_that_lost_is_a_row(catalog: World):
    await catalog.give(given("pay", key="x"), provider="first")
    await catalog.give(given("pay", key="y"), provider="second")
    (row,) = await catalog.rows(CONFLICTS)
    assert (row["entity_ref"], row["source"], row["location_key"]) == (PAY, "provider:second", "y")


async def test_a_freed_ref_goes_to_the_claimant_that_waits_the_longest(catalog: World):
    for name in ("first", "second", "third"):
        await catalog.give(given("pay", key=name, type=name), provider=name)
        catalog.clock.advance(1)
    await catalog.give(provider="first", removed=[PAY])
    assert await shown(catalog) == "second"
    assert [row["source"] for row in await catalog.rows(CONFLICTS)] == ["provider:third"]


async def test_a_claimant_that_lets_go_waits_no_longer(catalog: World):
    await catalog.give(given("pay", key="x"), provider="first")
    await catalog.give(given("pay", key="y"), provider="second")
    await catalog.give(provider="second", removed=[PAY])
    await catalog.give(provider="first", removed=[PAY])
    assert await catalog.finals() == {}


async def test_a_file_that_lost_moves_up_without_being_read_again(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay", type="file"), component("ship"))
    await catalog.give(given("pay", key="x", type="provider"), provider="q")
    await catalog.give(location())
    assert "component:default/ship" in await catalog.finals()
    await catalog.give(provider="q", removed=[PAY])
    assert await shown(catalog) == "file"


async def test_a_displaced_claimant_gets_its_word_back(catalog: World):
    await catalog.give(given("pay", type="first"), provider="first")
    await catalog.give(given("pay", key="x", type="second"), provider="second")
    await catalog.give(provider="second", removed=[PAY])
    assert await shown(catalog) == "first"


async def test_of_two_providers_with_one_key_each_can_go_and_the_others_word_remains(catalog: World):
    await catalog.give(given("pay", key="x", type="first"), provider="first")
    await catalog.give(given("pay", key="x", type="second"), provider="second")
    await catalog.give(provider="second", removed=[PAY])
    assert await shown(catalog) == "first"
    assert [row["action"] for row in await catalog.rows(CHANGES, entity_ref=PAY)] == ["created", "updated", "updated"]


async def test_saying_the_same_again_takes_no_ref_back(catalog: World):
    await catalog.give(given("pay", key="x", type="first"), provider="first")
    await catalog.give(given("pay", key="x", type="second"), provider="second")
    await catalog.give(given("pay", key="x", type="first"), provider="first")
    assert await shown(catalog) == "second"


async def test_a_child_of_two_locations_lives_until_neither_names_it(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("one", A)), OTHER: yaml(locations("two", A)), A: yaml(component("pay"))}
    await catalog.give(location(ROOT), location(OTHER))
    first = [row["target_ref"] for row in await catalog.rows(REFRESH_REFERENCES, source="provider:p")]
    for alive, removed in zip((True, False), first, strict=True):
        await catalog.give(removed=[removed])
        assert (PAY in await catalog.finals()) is alive
    actions = [row["action"] for row in await catalog.rows(CHANGES, entity_ref=PAY)]
    assert (actions[0], actions.count("deleted"), actions[-1]) == ("created", 1, "deleted")


@pytest.mark.parametrize("gone", [ROOT, OTHER])
async def test_a_child_of_two_locations_says_where_the_one_that_is_left_began(catalog: World, gone: str):
    catalog.files.held |= {ROOT: yaml(locations("one", A)), OTHER: yaml(locations("two", A)), A: yaml(component("pay"))}
    await catalog.give(location(ROOT))
    await catalog.give(location(OTHER))
    await catalog.give(removed=[f"location:default/{location(gone).entity['metadata']['name']}"])
    origin = (await catalog.finals())[PAY]["metadata"]["annotations"]["backstage.io/managed-by-origin-location"]
    assert origin == f"url:{OTHER if gone == ROOT else ROOT}"


async def test_an_entity_comes_back_with_its_uid(catalog: World):
    await catalog.give(given("pay"))
    uid = (await catalog.finals())[PAY]["metadata"]["uid"]
    await catalog.give(removed=[PAY])
    await catalog.give(given("pay"))
    assert (await catalog.finals())[PAY]["metadata"]["uid"] == uid


async def test_a_file_that_is_renamed_takes_its_entity_along(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", A, B)), A: yaml(component("pay"))}
    await catalog.give(location())
    catalog.files.held |= {B: catalog.files.held.pop(A)}
    await catalog.touch(A, B)
    pay = (await catalog.finals())[PAY]
    assert pay["metadata"]["annotations"]["backstage.io/managed-by-location"] == f"url:{B}"
    assert await catalog.rows(CONFLICTS) == []


async def test_a_child_that_its_file_lacks_is_deleted_with_all_its_rows(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
    await catalog.give(location())
    uid = (await catalog.finals())[PAY]["metadata"]["uid"]
    await catalog.write(ROOT, yaml(component("ship")))
    left = [
        *await catalog.rows(REFRESH_STATE, entity_ref=PAY),
        *await catalog.rows(REFRESH_REFERENCES, target_ref=PAY),
        *await catalog.rows(RELATIONS, originating_id=uid),
        *await catalog.rows(SEARCH, entity_id=uid),
        *await catalog.rows(TEXTS, entity_id=uid),
    ]
    assert PAY not in await catalog.finals()
    assert left == []


async def test_a_deleted_entity_has_its_last_words_in_the_change_log(catalog: World):
    await catalog.give(given("pay"))
    last = (await catalog.finals())[PAY]
    await catalog.give(removed=[PAY], name="delivery 9")
    (row,) = await catalog.rows(CHANGES, action="deleted")
    assert (row["entity_ref"], row["after"], row["cause"]) == (PAY, None, "delivery 9")
    assert last["metadata"]["uid"] in row["before"]


async def test_whoever_related_to_a_deleted_entity_is_stitched_again(catalog: World):
    await catalog.give(given("team", kind="Group"), given("pay"))
    await catalog.give(removed=[PAY])
    assert (await catalog.finals())["group:default/team"]["relations"] == []


async def test_orphans_that_configuration_keeps_are_annotated(tmp_path: Path):
    async with world(tmp_path, conduct=Conduct(keep_orphans=True)) as catalog:
        catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
        await catalog.give(location())
        await catalog.write(ROOT, yaml(component("ship")))
        assert (await catalog.finals())[PAY]["metadata"]["annotations"][ORPHAN] == "true"


async def test_an_orphan_that_is_named_again_is_none(tmp_path: Path):
    async with world(tmp_path, conduct=Conduct(keep_orphans=True)) as catalog:
        for documents in ([component("pay")], [], [component("pay")]):
            await catalog.write(ROOT, yaml(*documents))
            await catalog.give(location())
        assert ORPHAN not in (await catalog.finals())[PAY]["metadata"]["annotations"]


async def test_an_orphan_that_a_provider_gives_unchanged_is_kept_alive_by_it(tmp_path: Path):
    async with world(tmp_path, conduct=Conduct(keep_orphans=True)) as catalog:
        catalog.files.held[ROOT] = yaml(component("pay"))
        await catalog.give(location())
        (row,) = await catalog.rows(REFRESH_STATE, entity_ref=PAY)
        await catalog.write(ROOT, yaml(component("ship")))
        await catalog.give(Deferred(entity=json.loads(row["unprocessed"]), location_key=row["location_key"]))
        assert ORPHAN not in (await catalog.finals())[PAY]["metadata"]["annotations"]


async def test_a_removed_root_takes_its_whole_tree_along(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", A, B)), A: yaml(locations("a", B)), B: yaml(component("pay"))}
    await catalog.give(location())
    root = location().entity["metadata"]["name"]
    await catalog.give(removed=[f"location:default/{root}"])
    assert await catalog.finals() == {}
    assert await catalog.rows(REFRESH_STATE) == []


async def test_what_another_provider_gives_too_stays_when_its_tree_goes(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("all", A)), A: yaml(component("pay"))}
    await catalog.give(location())
    await catalog.give(given("pay", key=f"url:{A}"), provider="q")
    root = location().entity["metadata"]["name"]
    await catalog.give(removed=[f"location:default/{root}"])
    assert set(await catalog.finals()) == {PAY}


async def test_locations_that_name_each_other_go_with_their_root(catalog: World):
    catalog.files.held |= {ROOT: yaml(locations("a", A)), A: yaml(locations("b", ROOT))}
    await catalog.give(location())
    root = location().entity["metadata"]["name"]
    await catalog.give(removed=[f"location:default/{root}"])
    assert await catalog.finals() == {}


async def test_a_provider_removes_only_what_it_gave(catalog: World):
    await catalog.give(given("pay"), provider="p")
    await catalog.give(provider="q", removed=[PAY])
    assert PAY in await catalog.finals()


async def test_a_ref_that_is_both_added_and_removed_is_added(catalog: World):
    await catalog.give(given("pay"), removed=[PAY])
    assert PAY in await catalog.finals()


async def test_a_full_mutation_removes_what_it_lacks_and_touches_nothing_that_is_equal(catalog: World):
    await catalog.give(given("a"), given("b"))
    cause = catalog.cause("full")
    await catalog.db.transact(lambda tx: replace(tx, "p", [given("b"), given("c")], cause))
    await catalog.engine.settled()
    assert set(await catalog.finals()) == {"component:default/b", "component:default/c"}
    touched = {row["entity_ref"] for row in await catalog.rows(CHANGES, cause="full")}
    assert touched == {"component:default/a", "component:default/c"}


async def test_a_malformed_envelope_refuses_the_whole_mutation(catalog: World):
    bad = Deferred(entity={"kind": "Component", "apiVersion": "v1", "metadata": {}})
    with pytest.raises(InvalidEntity):
        await catalog.give(given("pay"), bad)
    assert await catalog.rows(REFRESH_STATE) == []


async def test_one_conflict_holds_up_no_other_entity_of_its_batch(catalog: World):
    await catalog.give(given("e7", key="x"), provider="q")
    cause = catalog.cause()
    many = [given(f"e{number}", key="y") for number in range(200)]
    await catalog.db.transact(lambda tx: apply(tx, "p", many, (), cause))
    await catalog.engine.settled()
    assert len(await catalog.finals()) == 200
    assert len(await catalog.rows(CONFLICTS)) == 1


async def test_a_provider_may_change_the_key_of_what_it_alone_gives(catalog: World):
    await catalog.give(given("pay", key="x", type="old"))
    await catalog.give(given("pay", key="y", type="new"))
    assert await shown(catalog) == "new"


async def test_two_roots_that_lead_into_one_circle_of_locations_come_to_rest(catalog: World):
    catalog.files.held |= {A: yaml(locations("a", B)), B: yaml(locations("b", A))}
    async with asyncio.timeout(10):
        await catalog.give(location(A), location(B))
        for url in (A, B, A):
            await catalog.write(url, yaml(locations(url[-6], A if url == B else B, presence="optional")))
    assert len(await catalog.finals()) == 4
