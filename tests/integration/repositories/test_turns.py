"""Whose turn it is: the urgent first, nobody left waiting for ever, each repository in one hand, and all of it by an index."""

import asyncio
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, text

from cuelight.clock import SECOND
from cuelight.db import Statement
from cuelight.errors import HostUnavailable
from cuelight.repositories import Reconciler
from cuelight.repositories.claims import LEASE, MOST, Claim
from cuelight.repositories.reconciler import PART
from cuelight.repositories.signals import Hint, Kind
from cuelight.repositories.statements import BUSY, DUE
from cuelight.repositories.tables import RECONCILES, REPOSITORIES
from cuelight.repositories.turns import BY_AGE, CLAIM
from cuelight.telemetry import Metrics
from tests import postgresql
from tests.integration.repositories.notes import at_once, loaded, row_of, signal
from tests.integration.repositories.world import SIGNS, World, component
from tests.rows import add
from tests.tracked import ADD_REPOSITORY, repository

REST: Final = 10
"""Reconciles of one repository after which it never comes to rest."""
DUE_ROWS: Final = 10_000
GIVEN: Final[Mapping[str, Any]] = {"now": 10**18, "limit": 16, "by_age": 4, "claim": "c", "lease": 10**18 + 1}
HOT: Final[Mapping[str, Statement]] = {"claim": CLAIM, "due": DUE, "busy": BUSY}
LOOKS = Statement(select(RECONCILES))


async def taken(world: World, limit: int) -> list[str]:
    """The names of the repositories of the next claims."""
    return [name_of(claim) for claim in await world.reconciler.claim(limit)]


def name_of(claim: Claim) -> str:
    return claim.tracked.full_name.removeprefix("acme/")


class TestOrder:
    async def test_events_go_before_confirmations_and_these_before_sweeps_and_scans(self, world: World):
        kinds: tuple[Kind, ...] = ("scan", "sweep", "confirm", "push")
        for kind in kinds:
            for number in range(6):
                await signal(world, f"{kind}-{number}", kind)
        turns = [Counter(name.partition("-")[0] for name in await taken(world, 8)) for _ in range(3)]
        assert turns == [{"push": 6, "scan": 2}, {"confirm": 6, "scan": 2}, {"sweep": 6, "scan": 2}]

    @pytest.mark.parametrize("kind", ["push", "repository", "wanted", "refresh"])
    async def test_whatever_somebody_waits_for_goes_before_a_scan(self, world: World, kind: Kind):
        for number in range(8):
            await signal(world, f"listed-{number}", "scan")
        await signal(world, "told", kind)
        assert await taken(world, 1) == ["told"]

    async def test_of_those_as_urgent_the_one_that_waits_the_longest_goes_first(self, world: World):
        for name in ("first", "second", "third"):
            await signal(world, name, "push")
        assert [await taken(world, 1) for _ in range(2)] == [["first"], ["second"]]

    async def test_a_scan_does_not_starve_while_events_never_end(self, world: World):
        await signal(world, "listed", "scan")
        for number in range(BY_AGE * 2):
            await signal(world, f"told-{number}", "push")
        served = [await taken(world, 1) for _ in range(BY_AGE)]
        assert ["listed"] in served

    async def test_one_of_a_few_claims_goes_by_age_however_many_are_taken_together(self, world: World):
        for number in range(20):
            await signal(world, f"listed-{number}", "scan")
        for number in range(20):
            await signal(world, f"told-{number}", "push")
        names = [name for limit in (1, 2, 3, 5, 5) for name in await taken(world, limit)]
        assert sum(name.startswith("listed") for name in names) == len(names) // BY_AGE

    async def test_a_repository_that_waits_keeps_its_place_when_it_is_told_of_again(self, world: World):
        for name in ("busy", "calm", "busy"):
            await signal(world, name, "push")
        assert await taken(world, 1) == ["busy"]

    async def test_a_scan_does_not_move_back_what_an_event_put_first(self, world: World):
        for name in ("a", "b"):
            await signal(world, name, "sweep")
        for kind in ("push", "scan"):
            await signal(world, "told", kind)
        assert await taken(world, 1) == ["told"]

    async def test_an_event_moves_up_what_waits_because_of_a_scan(self, world: World):
        for name in ("a", "b", "told"):
            await signal(world, name, "scan")
        await signal(world, "told", "push")
        assert await taken(world, 1) == ["told"]

    async def test_an_event_that_comes_in_while_a_scan_is_answered_has_its_own_urgency(self, world: World):
        a, _, _ = await loaded(world, "a", "b", "c")
        await signal(world, "a", "scan")
        (claim,) = await world.reconciler.claim(1)
        for name in ("b", "c"):
            await signal(world, name, "sweep")
        await world.push(a, "d" * 40)
        await world.reconciler.handle(claim)
        assert await taken(world, 1) == ["a"]

    async def test_what_is_done_leaves_its_urgency_behind(self, world: World):
        await loaded(world, "told", "a", "b")
        await signal(world, "told", "repository")
        await world.work()
        await signal(world, "a", "sweep")
        await signal(world, "told", "scan")
        assert await taken(world, 1) == ["a"]


class TestMany:
    async def test_more_pushes_than_one_claim_takes_all_end_with_an_outcome_and_a_reason(self, world: World):
        await loaded(world, "a")
        await signal(world, "a", "push", count=MOST * 2 + 100)
        world.clock.advance(61)  # too late for any of these commits to show yet
        await rested(world)
        assert [row["id"] for row in await world.rows(SIGNS) if not (row["outcome"] and row["reason"])] == []

    async def test_more_of_what_is_not_a_push_than_one_claim_takes_all_end_too(self, world: World):
        await loaded(world, "a")
        await signal(world, "a", "repository", count=MOST + 50)
        await signal(world, "a", "push", count=MOST)
        world.clock.advance(61)
        await rested(world)
        assert [row["id"] for row in await world.rows(SIGNS) if not (row["outcome"] and row["reason"])] == []

    async def test_an_older_push_is_told_that_newer_ones_were_answered(self, world: World):
        await loaded(world, "a")
        await signal(world, "a", "push")
        await signal(world, "a", "push", count=MOST)
        world.clock.advance(61)
        await rested(world)
        oldest = next(row for row in await world.rows(SIGNS) if row["kind"] == "push")
        assert (oldest["outcome"], "newer ones" in oldest["reason"]) == ("superseded", True)

    async def test_many_deletions_that_the_host_does_not_show_are_waited_for_with_a_pause(self, world: World):
        await loaded(world, "a")
        await signal(world, "a", "repository", hint=Hint(gone=True), count=MOST + 50)
        await rested(world)
        assert (await row_of(world, "a"))["due_at"] > world.clock.now()

    async def test_however_many_wait_the_pauses_of_a_host_that_is_away_grow(self, world: World):
        await loaded(world, "a")
        await signal(world, "a", "push", count=MOST + 50)
        world.host.error = HostUnavailable("502", retry_after=600.0)
        world.clock.advance(1)
        await world.work()
        assert (await row_of(world, "a"))["due_at"] >= world.clock.now() + 600 * SECOND


async def rested(world: World) -> None:
    """Work until rest, which has to come."""
    for _ in range(REST):
        if not await at_once(world):
            return
    raise AssertionError(f"{REST} looks, and no rest")


async def asked(world: World, questions: int = 1) -> None:
    """Wait until the host was asked so many questions for heads; the reads before take a thread's time."""
    async with asyncio.timeout(5):
        while world.host.asked["heads"] < questions:  # noqa: ASYNC110 -- the host of these tests only counts
            await asyncio.sleep(0)


class TestTwoWorkers:
    async def late(self, world: World) -> tuple[Claim, "asyncio.Task[None]"]:
        """A claim whose worker waits for its host for so long that somebody else may take the repository."""
        (claim,) = await world.reconciler.claim(1)
        world.host.gate = asyncio.Event()
        slow = asyncio.create_task(world.reconciler.handle(claim))
        await asked(world)
        world.clock.advance(LEASE / SECOND + 1)
        return claim, slow

    def other(self, world: World) -> Reconciler:
        return Reconciler(world.db, world.registry, world.clock, Metrics())

    async def test_of_two_that_ask_at_the_same_time_one_writes(self, world: World):
        world.host.add("a", {"catalog-info.yaml": component("a")})
        await world.scan()
        _, slow = await self.late(world)
        other = self.other(world)
        (again,) = await other.claim(1)
        fast = asyncio.create_task(other.handle(again))
        await asked(world, 2)
        assert world.host.gate is not None
        world.host.gate.set()
        await asyncio.gather(slow, fast)
        assert len(await world.rows(LOOKS)) == 1

    async def test_of_two_that_ask_at_the_same_time_one_has_the_repository(self, world: World):
        for number in range(20):
            await signal(world, f"r{number}", "push")
        other = self.other(world)
        both = await asyncio.gather(world.reconciler.claim(15), other.claim(15))
        names = [name_of(claim) for claims in both for claim in claims]
        assert sorted(names) == sorted(f"r{number}" for number in range(20))

    async def test_the_failure_of_one_that_was_too_late_changes_nothing(self, world: World):
        world.host.add("a", {"catalog-info.yaml": component("a")})
        await world.scan()
        _, slow = await self.late(world)
        gate, world.host.gate = world.host.gate, None
        other = self.other(world)
        (again,) = await other.claim(1)
        await other.handle(again)
        world.host.error = HostUnavailable("too late")
        assert gate is not None
        gate.set()
        await slow
        row = await row_of(world, "a")
        assert (row["attempts"], row["reason"], row["due_at"]) == (0, None, None)

    async def test_of_a_large_difference_not_even_a_part_is_written_by_one_that_was_too_late(self, world: World):
        paths = [f"services/s{number}/catalog-info.yaml" for number in range(PART + 50)]
        a = world.host.add("a", {path: component(f"s{number}", "old") for number, path in enumerate(paths)})
        await world.scan()
        (late,) = await world.reconciler.claim(1)
        world.clock.advance(LEASE / SECOND + 1)
        other = self.other(world)
        (again,) = await other.claim(1)
        await other.handle(again)
        before = await row_of(world, "a")
        world.host.commit(a, {path: component(f"s{number}", "new") for number, path in enumerate(paths)})
        await world.reconciler.handle(late)
        assert await row_of(world, "a") == before


@pytest.fixture
async def full(world: World) -> World:
    """A world in which very many repositories are due."""
    rows = [
        repository(id=f"r{number:05}", host_id=str(number), due_at=number, urgency=number % 4)
        for number in range(DUE_ROWS)
    ]
    await add(world.db, ADD_REPOSITORY, *rows)
    return world


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("full")
class TestPlans:
    """What a worker asks the database all the time costs the same, however many are due."""

    @pytest.mark.parametrize("name", HOT)
    async def test_every_look_at_the_repositories_is_a_search_in_an_index(self, world: World, name: str):
        explained = Statement(text(f"EXPLAIN QUERY PLAN {HOT[name].sqlite.sql}"))
        steps = [row["detail"] for row in await world.db.read(lambda tx: tx.fetch(explained, given(HOT[name])))]
        looks = [step for step in steps if REPOSITORIES.name in step.split()]
        assert looks
        assert [step for step in looks if not re.search(r"^SEARCH .* USING (COVERING )?INDEX", step)] == []

    @pytest.mark.parametrize("name", HOT)
    async def test_it_takes_no_more_steps_than_the_few_that_it_finds(self, tmp_path: Path, name: str):
        assert await asyncio.to_thread(steps_of, tmp_path / "test.db", HOT[name]) < DUE_ROWS


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("full")
async def test_no_look_at_the_repositories_touches_more_than_the_few_that_it_finds(tmp_path: Path):
    touched = {}
    async with postgresql.connected(str(await postgresql.url_for(tmp_path))) as connection:
        await connection.execute("ANALYZE repositories")
        for name, statement in HOT.items():
            explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.postgresql.sql}"
            found = await connection.fetchval(explained, *statement.postgresql.bind(GIVEN))
            touched[name] = rows_of(json.loads(found)[0]["Plan"])
    assert {name: rows for name, rows in touched.items() if rows >= DUE_ROWS} == {}


def rows_of(plan: Mapping[str, Any]) -> int:
    """The rows that all steps of a plan of PostgreSQL's took up."""
    own = round((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    return sum(map(rows_of, plan.get("Plans", ())), start=own)


def given(statement: Statement) -> Mapping[str, Any]:
    return {**GIVEN, **statement.sqlite.defaults}


def steps_of(path: Path, statement: Statement) -> int:
    """How many steps SQLite's machine takes for *statement*, which is not kept."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with closing(sqlite3.connect(path)) as connection:
        connection.set_progress_handler(step, 1)
        connection.execute(statement.sqlite.sql, given(statement)).fetchall()
    return count
