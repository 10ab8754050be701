"""What is stitched while a load goes on: its own refs wait for each other, and nobody else waits for them."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from sqlalchemy import update

from cuelight.catalog import Cause, apply
from cuelight.catalog.stitching.agenda import FEW, HOLD, LOAD, NET, Agenda
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import STITCH_QUEUE
from cuelight.clock import SECOND, ManualClock
from cuelight.db import Statement
from tests.database import database
from tests.unit.catalog.world import Files, World, given

PUSHED = "component:default/pushed"
LATE = Statement(
    update(STITCH_QUEUE).where(STITCH_QUEUE.c.entity_ref == PUSHED).values(due_at=STITCH_QUEUE.c.due_at - SECOND // 10)
)


@pytest.fixture
async def loading(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine does not run, in the midst of a load."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        world = World(db, clock, Files())
        entities = [given(f"c{number}") for number in range(FEW + 1)]
        await db.transact(lambda tx: apply(tx, "p", entities, (), cause("load")))
        await queue(world, loaded(0), "load")
        yield world


@pytest.fixture
async def stitching(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine does not run, in which all of a load is processed."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        world = World(db, clock, Files())
        await queue(world, loaded(0), "load")
        yield world


def cause(name: str) -> Cause:
    return Cause(id=name, at=0)


def loaded(first: int) -> list[str]:
    return [f"component:default/loaded-{number}" for number in range(first, first + LOAD + 1)]


async def queue(world: World, refs: Iterable[str], name: str) -> None:
    world.clock.advance(0.01)
    await world.db.transact(lambda tx: enqueue(tx, list(refs), cause(name)))


async def stitched_next(world: World, agenda: Agenda) -> list[str]:
    batch = await agenda.next(100)
    return [] if batch is None else list(batch.refs)


async def test_what_a_load_queues_waits_for_the_rest_of_it(loading: World):
    assert await stitched_next(loading, Agenda(loading.db)) == []


async def test_it_waits_no_longer_than_a_minute(loading: World):
    loading.clock.advance(HOLD / SECOND)
    assert await stitched_next(loading, Agenda(loading.db)) != []


async def test_a_push_during_a_load_does_not_wait_however_much_the_load_queues_behind_it(loading: World):
    agenda = Agenda(loading.db)
    await stitched_next(loading, agenda)
    await queue(loading, [PUSHED], "push")
    await queue(loading, loaded(1000), "load")
    assert await stitched_next(loading, agenda) == [PUSHED]


async def test_what_was_queued_before_the_last_look_and_could_not_be_seen_then_is_found(loading: World):
    agenda = Agenda(loading.db)
    await stitched_next(loading, agenda)
    await queue(loading, [PUSHED], "push")
    await loading.db.transact(lambda tx: tx.execute(LATE))
    await queue(loading, loaded(1000), "load")
    assert await stitched_next(loading, agenda) == [PUSHED]


async def test_a_push_of_what_the_load_has_queued_does_not_wait_for_all_of_it(loading: World):
    agenda = Agenda(loading.db)
    await stitched_next(loading, agenda)
    await queue(loading, loaded(0)[:1], "push")
    loading.clock.advance(NET / SECOND)
    assert await stitched_next(loading, agenda) == loaded(0)[:1]


async def test_what_a_load_queues_while_it_is_stitched_comes_after_what_is_planned_and_a_push_before(stitching: World):
    agenda = Agenda(stitching.db)
    planned = await stitched_next(stitching, agenda)
    await queue(stitching, loaded(1000), "load")
    still = await stitched_next(stitching, agenda)
    await queue(stitching, [PUSHED], "push")
    assert (len(planned), len(still), await stitched_next(stitching, agenda)) == (100, 100, [PUSHED])
    assert not {*planned, *still} & {*loaded(1000)}


async def test_a_push_that_the_plan_could_not_see_yet_does_not_wait_for_all_that_is_planned(stitching: World):
    agenda = Agenda(stitching.db)
    await stitched_next(stitching, agenda)
    await queue(stitching, [PUSHED], "push")
    await stitching.db.transact(lambda tx: tx.execute(LATE))
    assert await stitched_next(stitching, agenda) == [PUSHED]
