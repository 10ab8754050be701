"""Waking what was made from a changed file (case 50)."""

from cuelight.catalog import delete_entity, keys_in_use, refresh_entity
from cuelight.catalog.tables import CHANGES, REFRESH_STATE
from tests.unit.catalog.steps import Meanwhile
from tests.unit.catalog.world import ROOT, World, component, location, world, yaml

OTHER = "https://host/o/other/blob/main/catalog-info.yaml"


async def test_a_refresh_makes_exactly_those_due_that_have_the_key(catalog: World):
    catalog.files.held |= {ROOT: yaml(component("pay")), OTHER: yaml(component("ship"))}
    await catalog.give(location(ROOT), location(OTHER))
    await catalog.touch(ROOT, name="turn")
    woken = await catalog.rows(REFRESH_STATE, cause="turn")
    assert [row["entity_ref"] for row in woken] == [f"location:default/{location(ROOT).entity['metadata']['name']}"]


async def test_a_key_that_nobody_has_wakes_nobody(catalog: World):
    await catalog.touch("https://host/nobody", name="turn")
    assert await catalog.rows(REFRESH_STATE, cause="turn") == []


async def test_keys_are_in_use_for_as_long_as_an_entity_names_them(catalog: World):
    await catalog.give(location(ROOT, presence="optional"))
    asked = [f"url:{ROOT}", f"url:{OTHER}"]
    assert await catalog.db.read(lambda tx: keys_in_use(tx, asked)) == {f"url:{ROOT}"}


async def test_a_refresh_whose_file_is_equal_changes_nothing(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    await catalog.touch(ROOT, name="turn")
    assert await catalog.rows(CHANGES, cause="turn") == []


async def test_a_refreshed_entity_takes_the_locations_above_it_along_and_no_sibling(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), component("ship"))
    await catalog.give(location())
    cause = catalog.cause("asked")
    assert await catalog.db.transact(lambda tx: refresh_entity(tx, "component:default/pay", cause))
    await catalog.engine.settled()
    woken = {row["entity_ref"] for row in await catalog.rows(REFRESH_STATE, cause="asked")}
    assert woken == {"component:default/pay", f"location:default/{location(ROOT).entity['metadata']['name']}"}


async def test_a_file_that_changes_while_it_is_first_read_is_read_again(tmp_path):
    meanwhile = Meanwhile()
    async with world(tmp_path, [meanwhile]) as catalog:
        catalog.files.held[ROOT] = yaml(component("pay", type="old"))
        meanwhile.change = lambda: catalog.files.held.update({ROOT: yaml(component("pay", type="new"))})
        await catalog.give(location())
        assert (await catalog.finals())["component:default/pay"]["spec"]["type"] == "new"


async def test_what_nobody_knows_cannot_be_refreshed(catalog: World):
    cause = catalog.cause()
    assert not await catalog.db.transact(lambda tx: refresh_entity(tx, "component:default/pay", cause))


async def test_a_deleted_entity_comes_back_if_its_file_still_names_it(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    uid = (await catalog.finals())["component:default/pay"]["metadata"]["uid"]
    cause = catalog.cause("asked")
    assert await catalog.db.transact(lambda tx: delete_entity(tx, uid, cause))
    await catalog.engine.settled()
    assert "component:default/pay" not in await catalog.finals()
    catalog.clock.advance(1)
    await catalog.engine.settled()
    assert [row["action"] for row in await catalog.rows(CHANGES, entity_id=uid)] == ["created", "deleted", "created"]


async def test_a_deleted_location_takes_its_children_along(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    ref = f"location:default/{location(ROOT).entity['metadata']['name']}"
    uid = (await catalog.finals())[ref]["metadata"]["uid"]
    cause = catalog.cause()
    await catalog.db.transact(lambda tx: delete_entity(tx, uid, cause))
    assert await catalog.finals() == {}
