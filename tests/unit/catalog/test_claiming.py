"""One run an entity at a time, and no reason to process that is lost (cases 18, 27 and 28)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cuelight.catalog import apply
from cuelight.catalog.ownership import NEVER
from cuelight.catalog.processing.claiming import LEASE, abandon_claims, claim_due
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.processing.writing import Register
from cuelight.catalog.tables import REFRESH_STATE
from cuelight.clock import SECOND, ManualClock
from cuelight.db import Statement, Transaction
from tests.database import database
from tests.unit.catalog.world import Files, World, given


@pytest.fixture
async def still(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog whose engine does not run."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        yield World(db, clock, Files())


async def apply_one(still: World, **spec: str) -> None:
    cause = still.cause()
    await still.db.transact(lambda tx: apply(tx, "p", [given("pay", **spec)], (), cause))


async def claimed(still: World) -> list[Subject]:
    return list(await still.db.transact(lambda tx: claim_due(tx, 10)))


async def written(still: World, subject: Subject) -> str:
    register = Register(still.files, keep_orphans=False)
    return await still.db.transact(lambda tx: register.write(tx, subject, Outcome(processed="{}")))


async def test_a_due_entity_is_claimed_once(still: World):
    await apply_one(still)
    assert [len(await claimed(still)), len(await claimed(still))] == [1, 0]


async def test_a_claim_whose_holder_died_ends_with_its_lease(still: World):
    await apply_one(still)
    await claimed(still)
    still.clock.advance(LEASE / SECOND)
    assert len(await claimed(still)) == 1


async def test_a_run_that_lost_its_claim_writes_nothing(still: World):
    await apply_one(still)
    (late,) = await claimed(still)
    still.clock.advance(LEASE / SECOND)
    await claimed(still)
    assert await written(still, late) == "lost"
    assert (await still.rows(REFRESH_STATE))[0]["processed"] is None


async def test_a_reason_that_comes_while_an_entity_is_processed_is_not_run_beside_it(still: World):
    await apply_one(still)
    await claimed(still)
    await apply_one(still, type="library")
    assert await claimed(still) == []


async def test_a_reason_that_came_while_an_entity_was_processed_makes_it_due_again(still: World):
    await apply_one(still)
    (subject,) = await claimed(still)
    await apply_one(still, type="library")
    assert await written(still, subject) == "changed"
    assert (await still.rows(REFRESH_STATE))[0]["due_at"] == still.clock.now()


async def test_an_entity_that_was_processed_is_not_due(still: World):
    await apply_one(still)
    (subject,) = await claimed(still)
    await written(still, subject)
    assert (await still.rows(REFRESH_STATE))[0]["due_at"] == NEVER


async def test_an_error_that_may_pass_is_tried_again_later(still: World):
    await apply_one(still)
    (subject,) = await claimed(still)
    register = Register(still.files, keep_orphans=False)
    await still.db.transact(lambda tx: register.write(tx, subject, Outcome(processed=None, again=True)))
    (row,) = await still.rows(REFRESH_STATE)
    assert row["attempts"] == 1
    assert still.clock.now() <= row["due_at"] <= still.clock.now() + 2 * SECOND


async def test_what_a_dead_process_had_claimed_can_be_taken_up_at_once(still: World):
    await apply_one(still)
    await claimed(still)
    assert await still.db.transact(abandon_claims) == 1
    assert len(await claimed(still)) == 1


PLANNED_ANEW = ("hashjoin", "mergejoin", "hashagg", "sort", "material")
"""What PostgreSQL does without where it runs a subquery again for each row that it looks at."""


async def test_no_more_is_claimed_than_there_is_room_for_however_it_is_planned(still: World, dialect: str):
    cause = still.cause()
    many = [given(f"pay-{number}") for number in range(60)]
    await still.db.transact(lambda tx: apply(tx, "p", many, (), cause))

    async def claim(tx: Transaction) -> int:
        for step in PLANNED_ANEW if dialect == "postgresql" else ():
            await tx.execute(Statement(text(f"SET LOCAL enable_{step} = off")))
        return len(await claim_due(tx, 20))

    assert await still.db.transact(claim) == 20
