"""Deciding about deletions: approving what is held back, restoring what is gone, forgetting what was decided."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.catalog import Brake, Choice, Decision, apply, approve, forget_deletions, restore
from cuelight.catalog.deletions import CHUNK
from cuelight.catalog.queries import get_deletion, held_back
from cuelight.catalog.tables import CHANGES, DELETIONS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.errors import ConflictError, NotFoundError
from tests.refusing import CUT, refusing
from tests.unit.catalog.world import ROOT, World, component, given, location, world, yaml

EVERYTHING = Choice(everything=True)
PAY = "component:default/pay"
LOCATION = f"location:default/{location().entity['metadata']['name']}"
DAY = 24 * 3600


@pytest.fixture
async def braked(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, brake=Brake()) as made:
        yield made


async def held(catalog: World, count: int) -> list[str]:
    """Have *count* entities be held back; the ids of their deletions."""
    names = [f"e{number}" for number in range(count)]
    await catalog.give(*map(given, names))
    await catalog.give(removed=[f"component:default/{name}" for name in names])
    return [row["id"] for row in await catalog.rows(DELETIONS, state="held")]


async def buried(catalog: World) -> str:
    """Have a Location with a Component be deleted; the id of the Location's deletion."""
    catalog.files.held[ROOT] = yaml(component("pay"))
    await catalog.give(location())
    await catalog.give(removed=[LOCATION])
    return str((await catalog.rows(DELETIONS, entity_ref=LOCATION))[0]["id"])


async def decided(catalog: World, choice: Choice) -> Decision:
    decision = await approve(catalog.db, choice)
    await catalog.engine.settled()
    return decision


async def test_what_is_approved_goes_and_the_rest_stays(braked: World):
    ids = await held(braked, 20)
    assert (await decided(braked, Choice(ids=ids[:3]))).entities == 3
    assert len(await braked.finals()) == 17
    assert [row["state"] for row in await braked.rows(DELETIONS)].count("approved") == 3


async def test_approving_a_provider_leaves_the_others(braked: World):
    await held(braked, 20)
    assert await decided(braked, Choice(provider="q")) == Decision(deletions=0, entities=0, refs=[])
    assert (await decided(braked, Choice(provider="p"))).entities == 20
    assert await braked.finals() == {}


async def test_a_location_that_is_approved_takes_its_children_along(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    await braked.give(removed=[LOCATION])
    assert (await decided(braked, EVERYTHING)).entities == 31
    assert await braked.finals() == {}
    assert await braked.rows(REFRESH_STATE) == []
    assert await braked.rows(REFRESH_REFERENCES) == []
    assert {row["state"] for row in await braked.rows(DELETIONS)} == {"approved"}


async def test_what_was_approved_is_not_counted_again(braked: World):
    await held(braked, 60)
    await braked.give(*(given(f"f{number}") for number in range(40)))
    await decided(braked, EVERYTHING)
    await braked.give(removed=["component:default/f1"])
    assert len(await braked.finals()) == 39


async def test_the_change_log_names_the_approval_as_the_cause(braked: World):
    await held(braked, 20)
    await decided(braked, EVERYTHING)
    causes = {row["cause"] for row in await braked.rows(CHANGES, action="deleted")}
    assert [cause.partition(":")[0] for cause in causes] == ["approval"]


async def test_a_process_that_dies_between_two_chunks_leaves_the_rest_held(tmp_path: Path):
    async with world(tmp_path, brake=Brake()) as catalog:
        await held(catalog, 2 * CHUNK)
        rows = sorted(await catalog.rows(DELETIONS), key=lambda row: str(row["id"]))
        approving = f"NEW.state = 'approved' AND NEW.entity_ref = '{rows[CHUNK]['entity_ref']}'"
        async with refusing(tmp_path, "deletions", "UPDATE", when=approving):
            with pytest.raises(CUT):
                await approve(catalog.db, EVERYTHING)
        await catalog.engine.settled()
        assert len(await catalog.finals()) == CHUNK
        assert (await decided(catalog, EVERYTHING)).entities == CHUNK
        assert await catalog.finals() == {}


async def test_a_dry_run_counts_what_would_go_and_does_nothing(braked: World):
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    await braked.give(removed=[LOCATION])
    decision = await approve(braked.db, EVERYTHING, dry_run=True)
    assert (decision.deletions, decision.entities) == (1, 31)
    assert len(await braked.finals()) == 31


async def test_an_approval_that_names_something_else_does_nothing(braked: World):
    ids = await held(braked, 20)
    await decided(braked, Choice(ids=ids[:1]))
    with pytest.raises(ConflictError, match="is approved: nothing is held back"):
        await approve(braked.db, Choice(ids=ids[:2]))
    with pytest.raises(NotFoundError, match="there is no deletion nope"):
        await approve(braked.db, Choice(ids=["nope", ids[1]]))
    assert len(await braked.finals()) == 19


async def test_what_is_restored_lives_again_with_all_that_went_along(braked: World):
    deletion = await buried(braked)
    decision = await restore(braked.db, [deletion])
    await braked.engine.settled()
    assert (decision.entities, set(await braked.finals())) == (2, {LOCATION, PAY})
    assert {row["state"] for row in await braked.rows(DELETIONS)} == {"restored"}


async def test_what_is_restored_has_its_uid_and_what_it_said(braked: World):
    deletion = await buried(braked)
    last = json.loads((await braked.rows(CHANGES, action="deleted", entity_ref=PAY))[0]["before"])
    del braked.files.held[ROOT]
    await restore(braked.db, [deletion])
    await braked.engine.settled()
    pay = (await braked.finals())[PAY]
    assert (pay["metadata"]["uid"], pay["spec"]) == (last["metadata"]["uid"], last["spec"])


async def test_what_is_restored_counts_as_held_back_until_a_source_names_it(braked: World):
    deletion = await buried(braked)
    await restore(braked.db, [deletion])
    await braked.engine.settled()
    assert await braked.db.read(held_back) == {LOCATION, PAY}
    await braked.give(location())
    assert await braked.db.read(held_back) == frozenset()
    assert {row["state"] for row in await braked.rows(DELETIONS)} == {"returned"}


async def test_what_is_restored_goes_again_once_that_is_approved(braked: World):
    deletion = await buried(braked)
    await restore(braked.db, [deletion])
    await braked.engine.settled()
    await decided(braked, Choice(ids=[deletion]))
    assert await braked.finals() == {}
    assert {row["state"] for row in await braked.rows(DELETIONS)} == {"approved"}


async def test_approving_all_that_is_held_leaves_alone_what_somebody_restored(braked: World):
    await restore(braked.db, [await buried(braked)])
    await decided(braked, EVERYTHING)
    assert set(await braked.finals()) == {LOCATION, PAY}


async def test_what_is_in_the_catalog_cannot_be_restored(braked: World):
    deletion = await buried(braked)
    await braked.give(location())
    with pytest.raises(ConflictError, match="is in the catalog"):
        await restore(braked.db, [deletion])


async def test_a_dry_run_restores_nothing(braked: World):
    deletion = await buried(braked)
    assert (await restore(braked.db, [deletion], dry_run=True)).refs == [PAY, LOCATION]
    await braked.engine.settled()
    assert await braked.finals() == {}


async def test_a_deletion_shows_the_entity_and_what_goes_or_went_along(braked: World):
    gone = await get_deletion(braked.db, await buried(braked))
    assert gone is not None
    assert (json.loads(gone.entity or "")["kind"], gone.parts) == ("Location", [PAY])
    braked.files.held[ROOT] = yaml(*(component(f"c{number}") for number in range(30)))
    await braked.give(location())
    await braked.give(removed=[LOCATION])
    waiting = await get_deletion(braked.db, (await braked.rows(DELETIONS, state="held"))[0]["id"])
    assert waiting is not None
    assert (json.loads(waiting.entity or "")["kind"], len(waiting.parts)) == ("Location", 30)


async def test_tombstones_are_forgotten_after_thirty_days_and_what_is_held_back_never(braked: World):
    await braked.give(*(given(f"e{number}") for number in range(100)))
    await braked.give(removed=["component:default/e99"])
    braked.clock.advance(2 * DAY)
    await braked.give(removed=[f"component:default/e{number}" for number in range(30)])
    braked.clock.advance(29 * DAY)
    assert await forget_deletions(braked.db) == 1
    braked.clock.advance(300 * DAY)
    assert await forget_deletions(braked.db) == 0
    assert len(await braked.rows(DELETIONS, state="held")) == 30


async def test_many_tombstones_are_forgotten_a_few_at_a_time(tmp_path: Path):
    async with world(tmp_path) as catalog:
        names = [f"e{number}" for number in range(2 * CHUNK + 1)]
        await catalog.give(*map(given, names))
        cause = catalog.cause()
        await catalog.db.transact(lambda tx: apply(tx, "p", (), [f"component:default/{name}" for name in names], cause))
        catalog.clock.advance(31 * DAY)
        assert await forget_deletions(catalog.db) == 2 * CHUNK + 1
        assert await catalog.rows(DELETIONS) == []
