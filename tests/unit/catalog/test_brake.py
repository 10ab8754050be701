"""The deletion brake: how much may go at once, whatever lets go of it, and what is then held back (promise 4)."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from cuelight.catalog import Applied, Brake, apply, brake_in_force, delete_entity, engage, replace
from cuelight.catalog.config import BrakeSection, CatalogSection
from cuelight.catalog.queries import held_back
from cuelight.catalog.tables import CHANGES, CONFLICTS, DELETIONS, REFRESH_STATE
from cuelight.clock import SECOND
from cuelight.options import InvalidConfiguration, convert
from tests.unit.catalog.world import ROOT, World, component, given, location, locations, world, yaml

A = "https://host/o/r/blob/main/a.yaml"
B = "https://host/o/r/blob/main/b.yaml"
HOUR = 3600


@pytest.fixture
async def braked(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog with the brake as it is by default."""
    async with world(tmp_path, brake=Brake()) as made:
        yield made


def names(numbers: Iterable[int]) -> list[str]:
    return [f"component:default/e{number}" for number in numbers]


async def filled(catalog: World, count: int, provider: str = "p") -> None:
    await catalog.give(*(given(f"e{number}") for number in range(count)), provider=provider)


async def drop(catalog: World, numbers: Iterable[int], *, provider: str = "p", announced: int = 0) -> Applied:
    cause = catalog.cause()
    removed = names(numbers)
    applied = await catalog.db.transact(lambda tx: apply(tx, provider, (), removed, cause, announced=announced))
    await catalog.engine.settled()
    return applied


async def by_hand(catalog: World, uid: str) -> None:
    cause = catalog.cause()
    await catalog.db.transact(lambda tx: delete_entity(tx, uid, cause))
    await catalog.engine.settled()


async def states(catalog: World) -> list[str]:
    return sorted(row["state"] for row in await catalog.rows(DELETIONS))


def ref_of(target: str) -> str:
    return f"location:default/{location(target).entity['metadata']['name']}"


@pytest.mark.parametrize(
    ("total", "gone", "held"), [(100, 20, 0), (100, 21, 21), (12, 10, 0), (12, 11, 11), (55, 11, 0), (54, 11, 11)]
)
async def test_what_is_past_a_fifth_and_past_ten_is_held_back(braked: World, total: int, gone: int, held: int):
    await filled(braked, total)
    applied = await drop(braked, range(gone))
    assert applied == Applied(deleted=gone - held, held=held)
    assert len(await braked.finals()) == total - applied.deleted


async def test_what_is_held_back_stays_exactly_as_it_was(braked: World):
    await filled(braked, 20)
    before = await braked.finals()
    changes = len(await braked.rows(CHANGES))
    await drop(braked, range(20))
    assert await braked.finals() == before
    assert len(await braked.rows(CHANGES)) == changes


async def test_deletions_of_one_hour_add_up(braked: World):
    await filled(braked, 50)
    assert [(await drop(braked, [number])).deleted for number in range(11)] == [1] * 10 + [0]


async def test_an_hour_later_the_count_begins_anew(braked: World):
    await filled(braked, 50)
    await drop(braked, range(10))
    braked.clock.advance(HOUR)
    assert await drop(braked, range(10, 20)) == Applied(deleted=10)


async def test_what_is_held_back_counts_for_as_long_as_it_is(braked: World):
    await filled(braked, 50)
    await drop(braked, range(11))
    braked.clock.advance(2 * HOUR)
    assert await drop(braked, [20]) == Applied(held=1)


async def test_each_provider_has_a_count_of_its_own(braked: World):
    await filled(braked, 20)
    await braked.give(*(given(f"q{number}") for number in range(20)), provider="q")
    await drop(braked, range(15))
    cause = braked.cause()
    removed = [f"component:default/q{number}" for number in range(10)]
    applied = await braked.db.transact(lambda tx: apply(tx, "q", (), removed, cause))
    assert applied == Applied(deleted=10)


async def test_of_an_announced_quarter_the_first_is_held_back_as_the_last(braked: World):
    await filled(braked, 100)
    assert [await drop(braked, [number], announced=25) for number in range(25)] == [Applied(held=1)] * 25


@pytest.mark.parametrize(("roots", "gone", "held"), [(16, 4, True), (16, 3, False), (8, 2, False), (40, 10, True)])
async def test_what_a_few_announced_files_declare_is_what_counts(braked: World, roots: int, gone: int, *, held: bool):
    pages = [f"https://host/o/r{number}/blob/main/a.yaml" for number in range(roots)]
    braked.files.held.update(
        {page: yaml(*(component(f"c{number}-{each}") for each in range(4))) for number, page in enumerate(pages)}
    )
    await braked.give(*map(location, pages))
    cause = braked.cause()
    removed = [ref_of(pages[0])]
    applied = await braked.db.transact(lambda tx: apply(tx, "p", (), removed, cause, announced=gone))
    assert applied == (Applied(held=5) if held else Applied(deleted=5))


async def test_of_an_announced_tenth_each_goes(braked: World):
    await filled(braked, 200)
    assert [await drop(braked, [number], announced=20) for number in range(20)] == [Applied(deleted=1)] * 20


async def test_a_full_mutation_that_lacks_nearly_everything_is_held_back(braked: World):
    await filled(braked, 30)
    cause = braked.cause()
    applied = await braked.db.transact(lambda tx: replace(tx, "p", [given("e1")], cause))
    assert applied == Applied(held=29)


async def test_children_that_a_file_lacks_count_under_the_provider_of_their_location(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    await braked.write(ROOT, yaml(component("c0")))
    assert len(await braked.finals()) == 31
    assert {(row["provider"], row["origin"]) for row in await braked.rows(DELETIONS)} == {
        ("p", f"entity:{ref_of(ROOT)}")
    }


async def test_a_location_with_many_children_is_one_row_that_tells_how_many(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    await braked.give(removed=[ref_of(ROOT)])
    (row,) = await braked.rows(DELETIONS)
    assert (row["state"], row["entity_ref"], row["entities"]) == ("held", ref_of(ROOT), 31)


async def test_the_reason_says_what_why_since_when_and_what_to_do(braked: World):
    await filled(braked, 40)
    await drop(braked, range(11))
    row = (await braked.rows(DELETIONS, entity_ref="component:default/e3"))[0]
    assert row["reason"] == (
        "provider:p let go of component:default/e3 at 2026-01-01T00:00:00.000Z, but then 11 of the 40 entities of "
        "provider p would be gone, and the deletion brake stops more than 20 % and more than 10 entities within 1 h; it "
        f"stays until a source names it again, or someone approves: cuelight deletions approve {row['id']}"
    )


async def test_a_held_location_whose_file_is_gone_keeps_its_children(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    before = await braked.finals()
    await braked.give(removed=[ref_of(ROOT)])
    del braked.files.held[ROOT]
    await braked.touch(ROOT)
    assert await braked.finals() == before


async def test_a_source_that_names_it_again_ends_the_hold(braked: World):
    await filled(braked, 20)
    await drop(braked, range(15))
    await filled(braked, 20)
    assert await states(braked) == ["returned"] * 15
    assert await braked.db.read(held_back) == frozenset()


async def test_what_was_left_as_it_was_is_processed_once_it_returns(braked: World):
    braked.files.held[ROOT] = yaml(locations("in", A))
    braked.files.held[A] = yaml(*(component(f"c{number}", type="old") for number in range(30)))
    await braked.give(location())
    await braked.give(removed=[ref_of(ROOT)])
    await braked.write(A, yaml(*(component(f"c{number}", type="new") for number in range(30))))
    assert (await braked.finals())["component:default/c1"]["spec"]["type"] == "old"
    await braked.give(location())
    assert (await braked.finals())["component:default/c1"]["spec"]["type"] == "new"


@pytest.mark.parametrize("key", [None, "x", "y"])
async def test_a_living_claimant_takes_what_is_held_back_without_a_conflict(braked: World, key: str | None):
    await braked.give(*(given(f"e{number}", key="x", type="old") for number in range(20)))
    await drop(braked, range(20))
    await braked.give(given("e7", key=key, type="new"), provider="q")
    assert (await braked.finals())["component:default/e7"]["spec"]["type"] == "new"
    assert await braked.rows(CONFLICTS) == []
    assert [row["reason"] for row in await braked.rows(DELETIONS, state="returned")] == ["provider:q names it"]


async def test_a_living_claimant_takes_what_lives_below_something_held_back(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"e{number}", type="old") for number in range(20)))
    await braked.give(location())
    await braked.give(removed=[ref_of(ROOT)])
    await braked.give(given("e7", key="mine", type="new"), provider="q")
    assert (await braked.finals())["component:default/e7"]["spec"]["type"] == "new"
    assert await braked.rows(CONFLICTS) == []


async def test_what_another_claims_too_goes_to_that_one_and_is_not_counted(braked: World):
    await braked.give(*(given(f"e{number}", key="x", type="old") for number in range(20)))
    await braked.give(*(given(f"e{number}", key="y", type="new") for number in range(20)), provider="q")
    assert await drop(braked, range(20)) == Applied()
    assert {entity["spec"]["type"] for entity in (await braked.finals()).values()} == {"new"}
    assert {row["action"] for row in await braked.rows(CHANGES)} == {"created", "updated"}
    assert await braked.rows(DELETIONS) == []


async def test_what_a_person_deletes_is_not_braked_and_leaves_a_tombstone(braked: World):
    await filled(braked, 20)
    for entity in list((await braked.finals()).values()):
        await by_hand(braked, entity["metadata"]["uid"])
    assert await braked.finals() == {}
    assert {(row["origin"], row["provider"], row["state"]) for row in await braked.rows(DELETIONS)} == {
        ("api", "p", "done")
    }


async def test_a_person_may_delete_what_is_held_back(braked: World):
    await filled(braked, 20)
    uid = (await braked.finals())["component:default/e3"]["metadata"]["uid"]
    await drop(braked, range(20))
    await by_hand(braked, uid)
    assert "component:default/e3" not in await braked.finals()
    assert sorted(row["state"] for row in await braked.rows(DELETIONS, entity_ref="component:default/e3")) == [
        "approved",
        "done",
    ]


async def test_each_deleted_entity_leaves_a_tombstone_with_its_cause_and_what_it_was(braked: World):
    braked.files.held[ROOT] = yaml(component("pay"))
    await braked.give(location())
    before = {row["entity_ref"]: row for row in await braked.rows(REFRESH_STATE)}
    await braked.give(removed=[ref_of(ROOT)], name="delivery 9")
    stones = {row["entity_ref"]: row for row in await braked.rows(DELETIONS)}
    root, part = stones[ref_of(ROOT)], stones["component:default/pay"]
    assert (root["entities"], part["part_of"], part["reason"]) == (2, root["id"], f"it lived by {ref_of(ROOT)} alone")
    for ref, stone in stones.items():
        assert (stone["state"], stone["cause"], stone["unprocessed"]) == (
            "done",
            "delivery 9",
            before[ref]["unprocessed"],
        )


async def test_without_a_brake_everything_goes(braked: World):
    await braked.db.transact(lambda tx: engage(tx, None))
    await filled(braked, 50)
    assert await drop(braked, range(50)) == Applied(deleted=50)


async def test_the_brake_is_that_which_was_engaged_last(braked: World):
    await braked.db.transact(lambda tx: engage(tx, Brake(share=0.5, entities=3, window=60 * SECOND)))
    assert await braked.db.read(brake_in_force) == Brake(share=0.5, entities=3, window=60 * SECOND)


@pytest.mark.parametrize(
    ("written", "brake"),
    [
        ({}, Brake()),
        ({"deletionBrake": {"share": "12.5%", "window": "30m"}}, Brake(share=0.125, window=1800 * SECOND)),
        ({"deletionBrake": {"share": 0.5, "entities": 0}}, Brake(share=0.5, entities=0)),
        ({"deletionBrake": False}, None),
    ],
)
def test_the_brake_is_configured_or_switched_off(written: dict[str, object], brake: Brake | None):
    assert convert(written, CatalogSection).brake() == brake


@pytest.mark.parametrize("share", ["0%", "101%", "many", 0, True])
def test_a_share_that_is_none_is_refused(share: object):
    with pytest.raises(InvalidConfiguration, match="20%"):
        convert({"share": share}, BrakeSection)
