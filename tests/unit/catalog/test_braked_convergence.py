"""Whatever happened under a brake: who lives wins over what is held back, and approving all ends as without a brake."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from cuelight.catalog import Brake, Choice, approve, restore
from cuelight.catalog.documents import source_of
from cuelight.catalog.ownership import weak_among
from cuelight.catalog.tables import CONFLICTS, DELETIONS, REFRESH_REFERENCES, REFRESH_STATE, RELATIONS, STITCH_QUEUE
from cuelight.errors import ConflictError
from tests.unit.catalog.test_convergence import STEPS, Walk, claimed, give_roots, seen
from tests.unit.catalog.world import World, world

NERVOUS = Brake(share=0.01, entities=0)
"""Holds back nearly everything."""
MODERATE = Brake(share=0.3, entities=2)

SEEDS = (*range(4), 145, 213)
"""The last two were found on the way."""
WALKS = (*(("sqlite", seed) for seed in SEEDS), ("postgresql", 145))


async def losers(catalog: World) -> list[str]:
    """The refs that live only because their deletion is held back, and that somebody living claims."""
    sources = {source_of(row["entity_ref"]) for row in await catalog.rows(REFRESH_STATE)}
    conflicts = await catalog.rows(CONFLICTS)
    weak = await catalog.db.read(lambda tx: weak_among(tx, sources | {row["source"] for row in conflicts}))
    return [
        row["entity_ref"] for row in conflicts if source_of(row["entity_ref"]) in weak and row["source"] not in weak
    ]


async def rootless(catalog: World) -> set[str]:
    """Refs that nothing keeps alive, and that are there all the same."""
    kept = {row["target_ref"] for row in await catalog.rows(REFRESH_REFERENCES)}
    return {row["entity_ref"] for row in await catalog.rows(REFRESH_STATE)} - kept


async def of_state(catalog: World, *states: str) -> list[str]:
    """The ids of the deletions in these states, in an order that does not depend on them."""
    rows = [row for row in await catalog.rows(DELETIONS) if row["state"] in states]
    return [row["id"] for row in sorted(rows, key=lambda row: (row["entity_ref"], row["id"]))]


async def meddle(catalog: World, choose: random.Random) -> None:
    """Approve or restore one, as somebody might at any time."""
    if choose.random() < 0.5 and (held := await of_state(catalog, "held", "restored")):
        await approve(catalog.db, Choice(ids=[choose.choice(held)]))
    elif gone := await of_state(catalog, "done", "approved"):
        with suppress(ConflictError):
            await restore(catalog.db, [choose.choice(gone)])
    await catalog.engine.settled()


async def approve_all(catalog: World) -> None:
    while waiting := await of_state(catalog, "held", "restored"):
        await approve(catalog.db, Choice(ids=waiting))
        await catalog.engine.settled()


@pytest.mark.parametrize("contested", [False, True])
@pytest.mark.parametrize("brake", [NERVOUS, MODERATE])
@pytest.mark.parametrize("meddled", [False, True])
@pytest.mark.parametrize(("dialect", "seed"), WALKS, indirect=["dialect"])
async def test_approving_everything_ends_as_if_there_had_been_no_brake(
    tmp_path: Path, seed: int, brake: Brake, *, contested: bool, meddled: bool
):
    async with world(tmp_path, brake=brake) as catalog:
        walk, choose = Walk(catalog, seed, contested=contested), random.Random(seed)
        await walk.begin()
        for _ in range(STEPS):
            await walk.step()
            if meddled:
                await meddle(catalog, choose)
            assert await losers(catalog) == []
            assert await rootless(catalog) == set()
        await walk.heal()
        await approve_all(catalog)
        with_history = await seen(catalog)
        claims = await claimed(catalog)
        left = {
            table.name: sorted(str(sorted(row.items())) for row in await catalog.rows(table))
            for table in (REFRESH_REFERENCES, RELATIONS, STITCH_QUEUE)
        }
    (tmp_path / "fresh").mkdir()
    async with world(tmp_path / "fresh") as fresh:
        fresh.files.held = dict(walk.files)
        await give_roots(fresh, walk.given)
        assert claims == await claimed(fresh)
        if contested:
            assert with_history.keys() == (await seen(fresh)).keys()
            return
        assert with_history == await seen(fresh)
        for table in (REFRESH_REFERENCES, RELATIONS, STITCH_QUEUE):
            assert left[table.name] == sorted(str(sorted(row.items())) for row in await fresh.rows(table))
