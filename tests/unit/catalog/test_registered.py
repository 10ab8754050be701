"""Registered locations: the row and the entity, in one transaction, and what becomes of what lives by them."""

import pytest
from sqlalchemy import delete

from cuelight.catalog import Brake, Pending, StaticLocation, configure, location_ref
from cuelight.catalog.registered import (
    LONGEST,
    Registered,
    all_locations,
    find_location,
    location_above,
    move,
    register,
    unregister,
)
from cuelight.catalog.tables import DELETIONS, LOCATIONS, REFRESH_STATE
from cuelight.db import Statement
from cuelight.errors import ConflictError, InputError, NotFoundError
from tests.unit.catalog.world import ROOT, World, component, world, yaml

OTHER = "https://host/o/r/blob/main/other.yaml"
MANY = yaml(*(component(f"x{number}") for number in range(30)))
DELETED = Statement(delete(REFRESH_STATE))
NOBODY = "00000000-0000-4000-8000-000000000000"


def url(target: str) -> StaticLocation:
    return StaticLocation(type="url", target=target)


async def registered(catalog: World, target: str = ROOT, *names: str) -> Registered:
    """Register *target*, whose file describes *names*, and wait for what follows."""
    catalog.files.held[target] = yaml(*map(component, names or ("x",)))
    made = await register(catalog.db, url(target))
    await catalog.engine.settled()
    return made


async def test_what_is_registered_brings_its_entities_in(catalog: World):
    made = await registered(catalog)
    assert set(await catalog.finals()) == {made.entity_ref, "component:default/x"}


async def test_its_entity_is_called_as_backstage_calls_it(catalog: World):
    assert (await registered(catalog)).entity_ref == location_ref(url(ROOT))


async def test_the_row_says_why_it_is_there(catalog: World):
    await registered(catalog)
    (row,) = await catalog.rows(LOCATIONS)
    assert row["cause"].startswith("location:")


async def test_the_same_again_is_a_conflict(catalog: World):
    await registered(catalog)
    with pytest.raises(ConflictError, match=f"^Location url:{ROOT} already exists$"):
        await register(catalog.db, url(ROOT))


async def test_a_conflict_may_be_a_refresh_of_what_is_there(catalog: World):
    made = await registered(catalog)
    assert await register(catalog.db, url(ROOT), on_conflict="refresh") == made


async def test_a_refresh_brings_back_an_entity_that_was_deleted(catalog: World):
    made = await registered(catalog)
    await catalog.db.transact(lambda tx: tx.execute(DELETED))
    await register(catalog.db, url(ROOT), on_conflict="refresh")
    assert await catalog.rows(REFRESH_STATE, entity_ref=made.entity_ref)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (StaticLocation(type="file", target="/etc/passwd"), r'must be of an allowed type \["url"\]$'),
        (url(""), "Unable to stringify location ref, empty target"),
        (url("  "), "Unable to stringify location ref, empty target"),
        (url("javascript:alert(1)"), "javascript"),
        (url("x" * (LONGEST + 1)), f"at most {LONGEST}"),
    ],
)
async def test_what_cannot_be_a_location_is_refused(catalog: World, location: StaticLocation, message: str):
    with pytest.raises(InputError, match=message):
        await register(catalog.db, location)


async def test_any_text_is_a_target(catalog: World):
    assert (await register(catalog.db, url("not a url"))).target == "not a url"


async def test_unregistering_takes_everything_along_at_once(catalog: World):
    made = await registered(catalog)
    await unregister(catalog.db, made.id)
    assert await catalog.finals() == {}


async def test_unregistering_forgets_the_row(catalog: World):
    made = await registered(catalog)
    await unregister(catalog.db, made.id)
    with pytest.raises(NotFoundError, match=f"^Found no location with ID {made.id}$"):
        await unregister(catalog.db, made.id)


async def test_entities_of_another_location_stay(catalog: World):
    made = await registered(catalog)
    await registered(catalog, OTHER, "y")
    await unregister(catalog.db, made.id)
    assert {"component:default/y"} < set(await catalog.finals())


async def test_no_brake_stops_what_a_person_asks_for(tmp_path):
    async with world(tmp_path, brake=Brake()) as catalog:
        catalog.files.held[ROOT] = MANY
        made = await register(catalog.db, url(ROOT))
        await catalog.engine.settled()
        await unregister(catalog.db, made.id)
        assert await catalog.finals() == {}


async def test_what_a_person_asked_for_leaves_the_brake_to_others(tmp_path):
    async with world(tmp_path, brake=Brake()) as catalog:
        catalog.files.held[ROOT] = MANY
        made = await register(catalog.db, url(ROOT))
        await registered(catalog, OTHER, *(f"y{number}" for number in range(60)))
        await unregister(catalog.db, made.id)
        await catalog.write(OTHER, yaml(*(component(f"y{number}") for number in range(11, 60))))
        assert await catalog.rows(DELETIONS, state="held") == []


async def test_what_was_unregistered_leaves_a_tombstone(catalog: World):
    made = await registered(catalog)
    await unregister(catalog.db, made.id)
    assert {row["entity_ref"] for row in await catalog.rows(DELETIONS, state="approved")} == {
        made.entity_ref,
        "component:default/x",
    }


async def test_a_location_that_moves_keeps_its_id_and_its_entity(catalog: World):
    made = await registered(catalog)
    moved = await move(catalog.db, made.id, url(OTHER))
    assert (moved.id, moved.entity_ref, moved.target) == (made.id, made.entity_ref, OTHER)


async def test_a_location_that_moves_exchanges_what_lives_by_it(catalog: World):
    made = await registered(catalog)
    catalog.files.held[OTHER] = yaml(component("y"))
    await move(catalog.db, made.id, url(OTHER))
    await catalog.engine.settled()
    assert set(await catalog.finals()) == {made.entity_ref, "component:default/y"}


async def test_what_both_targets_hold_keeps_its_uid(catalog: World):
    made = await registered(catalog)
    before = (await catalog.finals())["component:default/x"]["metadata"]["uid"]
    catalog.files.held[OTHER] = yaml(component("x", lifecycle="experimental"))
    await move(catalog.db, made.id, url(OTHER))
    await catalog.engine.settled()
    after = (await catalog.finals())["component:default/x"]
    assert (after["metadata"]["uid"], after["spec"]["lifecycle"]) == (before, "experimental")


async def test_what_lived_by_the_old_target_stays_until_the_new_one_was_read(catalog: World):
    made = await registered(catalog)
    catalog.files.held[OTHER] = Pending(reason="the host is slow")
    await move(catalog.db, made.id, url(OTHER))
    await catalog.engine.settled()
    assert "component:default/x" in await catalog.finals()


async def test_moving_to_what_another_names_is_a_conflict(catalog: World):
    made = await registered(catalog)
    await registered(catalog, OTHER, "y")
    with pytest.raises(ConflictError, match=f"^Location url:{OTHER} already exists$"):
        await move(catalog.db, made.id, url(OTHER))


async def test_moving_to_where_it_is_changes_nothing(catalog: World):
    made = await registered(catalog)
    before = await catalog.finals()
    assert await move(catalog.db, made.id, url(ROOT)) == made
    await catalog.engine.settled()
    assert await catalog.finals() == before


async def test_moving_what_is_not_registered_is_not_found(catalog: World):
    with pytest.raises(NotFoundError, match=f"^Found no location with ID {NOBODY}$"):
        await move(catalog.db, NOBODY, url(ROOT))


async def test_a_target_that_a_location_has_left_can_be_registered_again(catalog: World):
    made = await registered(catalog)
    catalog.files.held[OTHER] = yaml(component("y"))
    await move(catalog.db, made.id, url(OTHER))
    again = await register(catalog.db, url(ROOT))
    await catalog.engine.settled()
    assert set(await catalog.finals()) == {
        *(made.entity_ref, again.entity_ref),
        *("component:default/x", "component:default/y"),
    }


@pytest.mark.parametrize("location_id", [NOBODY, "nope"])
async def test_an_id_that_no_location_has_is_not_found(catalog: World, location_id: str):
    with pytest.raises(NotFoundError, match=f"^Found no location with ID {location_id}$"):
        await find_location(catalog.db, location_id)


async def test_the_list_has_what_is_registered_and_not_what_is_configured(catalog: World):
    made = await registered(catalog)
    await catalog.db.transact(lambda tx: configure(tx, [url(OTHER)], catalog.cause()))
    assert await all_locations(catalog.db) == [made]


async def test_an_entity_leads_to_the_location_that_it_comes_from(catalog: World):
    made = await registered(catalog)
    assert await location_above(catalog.db, "component:default/x") == made


async def test_an_entity_of_the_configuration_comes_from_no_registered_location(catalog: World):
    catalog.files.held[OTHER] = yaml(component("y"))
    await catalog.db.transact(lambda tx: configure(tx, [url(OTHER)], catalog.cause()))
    await catalog.engine.settled()
    with pytest.raises(NotFoundError, match=f"^Found no location with type url and target {OTHER}$"):
        await location_above(catalog.db, "component:default/y")


async def test_of_an_entity_that_was_never_served_nobody_knows_where_it_comes_from(catalog: World):
    catalog.files.held[ROOT] = yaml(component("y", owner=""))
    await register(catalog.db, url(ROOT))
    await catalog.engine.settled()
    with pytest.raises(NotFoundError, match=r"^found no origin annotation for ref component:default/y$"):
        await location_above(catalog.db, "component:default/y")


async def test_no_entity_comes_from_nowhere(catalog: World):
    with pytest.raises(NotFoundError, match=r"^found no entity for ref component:default/y$"):
        await location_above(catalog.db, "component:default/y")
