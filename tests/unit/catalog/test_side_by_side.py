"""Two batches are stitched at one time where there is a load, and none of its refs is in both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.catalog import Cause
from cuelight.catalog.stitching.agenda import LOAD
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.stitching.stitcher import LEAST, SLOTS, Stitcher
from cuelight.clock import ManualClock
from tests.database import database
from tests.unit.catalog.world import Files, World, given


@pytest.fixture
async def still(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine does not run."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, Files())


async def queue(still: World, number: int) -> Stitcher:
    refs = [f"component:default/c{each}" for each in range(number)]
    await still.db.transact(lambda tx: enqueue(tx, refs, Cause(id="load", at=0)))
    return Stitcher(still.db)


async def test_the_batches_of_a_load_have_no_ref_in_common(still: World):
    stitcher = await queue(still, 2 * LOAD)
    one, two = await stitcher.claim(SLOTS)
    assert (len(one.refs), len(two.refs), set(one.refs) & set(two.refs)) == (LEAST, LEAST, set())


async def test_beside_a_batch_in_hand_goes_what_is_not_in_it(still: World):
    stitcher = await queue(still, 2 * LOAD)
    one, two = await stitcher.claim(SLOTS)
    await stitcher.handle(one)
    [three] = await stitcher.claim(1)
    assert not set(three.refs) & {*one.refs, *two.refs}


async def test_few_refs_are_one_batch_and_nothing_goes_beside_it(still: World):
    stitcher = await queue(still, 3)
    assert [len(await stitcher.claim(SLOTS)), len(await stitcher.claim(1))] == [1, 0]


async def test_what_came_meanwhile_has_its_turn_once_that_batch_is_done(still: World):
    stitcher = await queue(still, 3)
    [batch] = await stitcher.claim(SLOTS)
    await queue(still, 5)
    await stitcher.handle(batch)
    assert len(await stitcher.claim(SLOTS)) == 0  # all that waited was in it
    await queue(still, 7)
    assert len(await stitcher.claim(SLOTS)) == 1


async def test_a_large_load_is_stitched_to_its_end(catalog: World):
    await catalog.give(*(given(f"c{number}") for number in range(3 * LOAD)))
    assert len(await catalog.finals()) == 3 * LOAD
