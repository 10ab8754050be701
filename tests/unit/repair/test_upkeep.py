"""What goes on by itself, in the process that leads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from cuelight.clock import ManualClock
from cuelight.errors import HostDenied, HostUnavailable
from cuelight.options import Duration
from cuelight.repair import Parts, RepairSection, Run, Scanner, Sweeper, Upkeep, list_runs, request_run
from cuelight.repair.runner import Tell
from cuelight.repair.runs import CHANNEL, begin_next
from cuelight.scm import Repository, Scope
from tests.database import database
from tests.integration.repositories.host import MemoryHost, MemoryProvider
from tests.integration.repositories.world import ROWS, World, component

# time runs on by hand here, and does not wait for a server's answers
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

FILE = "catalog-info.yaml"


class Verified(msgspec.Struct, frozen=True):
    asked_by: str


class Verifying:
    """Verifies nothing, and says who asked."""

    async def verify(self, run: Run, _tell: Tell) -> Verified:
        return Verified(run.asked_by)


@pytest.fixture
def upkeep(world: World, clock: ManualClock) -> Upkeep:
    return make(world, clock, RepairSection())


def make(world: World, clock: ManualClock, section: RepairSection) -> Upkeep:
    sweeper = Sweeper(world.db, world.registry, clock)
    parts = Parts(sweeper=sweeper, scanner=Scanner(world.db, world.registry), verifier=Verifying())
    return Upkeep(world.db, clock, section, parts)


@asynccontextmanager
async def keeping(upkeep: Upkeep) -> AsyncIterator[None]:
    running = asyncio.create_task(upkeep.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def nothing(_tx) -> None:
    """Commits after everything that was asked for before."""


async def pass_time(world: World, seconds: int) -> None:
    """Let *seconds* pass, a few at a time; after each, whoever was woken gets its answers."""
    for _ in range(0, seconds, 5):
        world.clock.advance(5)
        for _ in range(4):
            await asyncio.sleep(0)
            await world.db.transact(nothing)


async def done(world: World, kind: str, count: int) -> list[str]:
    """Who asked for the runs of *kind*, oldest first, once *count* of them have ended; time passes meanwhile."""
    async with asyncio.timeout(20):
        while True:
            runs = [run for run in await list_runs(world.db, limit=50) if run.kind == kind and run.ended]
            if len(runs) >= count:
                return [run.asked_by for run in reversed(runs)]
            await pass_time(world, 5)


async def test_there_is_a_scan_at_start(world: World, upkeep: Upkeep):
    world.host.add("shop", {FILE: component("shop")})
    async with keeping(upkeep), asyncio.timeout(10):
        await upkeep.scanned.wait()
    assert [(run.kind, run.asked_by, run.state) for run in await list_runs(world.db, limit=9)] == [
        ("scan", "start", "done")
    ]
    assert len(await world.rows(ROWS)) == 1


async def test_the_scan_at_start_is_the_one_that_a_dead_process_was_at(world: World, upkeep: Upkeep):
    left = await request_run(world.db, "scan", "start")
    await begin_next(world.db, "scan")
    async with keeping(upkeep), asyncio.timeout(10):
        await upkeep.scanned.wait()
    assert [(run.id, run.attempts, run.state) for run in await list_runs(world.db, limit=9)] == [(left.id, 2, "done")]


async def test_a_scan_at_start_that_failed_is_done_again(world: World, upkeep: Upkeep):
    world.host.error = HostUnavailable("502")
    async with keeping(upkeep):
        await done(world, "scan", 1)
        assert not upkeep.scanned.is_set()
        world.host.error = None
        await done(world, "scan", 2)
        async with asyncio.timeout(10):
            await upkeep.scanned.wait()


class Mistyped(MemoryProvider):
    """The provider of an organisation that there is not."""

    name = "memory-provider:mistyped"
    scope = Scope(owner="acne")


class Listing(MemoryHost):
    """A host that has no organisation acne; `listed` are the owners whose lists were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str | None] = []

    async def repositories(self, scope: Scope) -> AsyncIterator[Repository]:
        self.listed.append(scope.owner)
        if scope.owner == "acne":
            raise HostDenied("there is no organisation acne")
        async for repository in super().repositories(scope):
            yield repository


async def test_only_a_list_that_could_not_be_read_is_asked_for_again(tmp_path: Path, clock: ManualClock):
    host = Listing()
    async with database(tmp_path, clock) as db:
        world = World(db, clock, MemoryProvider(FILE), Mistyped(FILE), host=host)
        async with keeping(make(world, clock, RepairSection())):
            await done(world, "scan", 4)
    assert (host.listed.count("acme"), host.listed.count("acne")) == (1, 4)


async def test_a_sweep_comes_round_every_interval(world: World, upkeep: Upkeep):
    async with keeping(upkeep):
        await upkeep.scanned.wait()
        began = world.clock.now()
        assert await done(world, "sweep", 2) == ["schedule", "schedule"]
    assert 600 <= (world.clock.now() - began) / 1_000_000 <= 700


async def test_without_an_interval_nothing_is_swept(world: World, clock: ManualClock):
    upkeep = make(world, clock, RepairSection(sweep_interval=None, scan_interval=None))
    async with keeping(upkeep):
        await upkeep.scanned.wait()
        await pass_time(world, 1_000)
    assert {run.kind for run in await list_runs(world.db, limit=9)} == {"scan"}


async def test_what_a_payload_said_is_confirmed_within_the_time_for_it(world: World, upkeep: Upkeep):
    repository = world.host.add("shop", {FILE: component("shop")})
    async with keeping(upkeep), asyncio.timeout(20):
        await upkeep.scanned.wait()
        await world.work()
        after = await world.push_of(repository, {FILE: component("shop", owner="pushed")})
        await world.work()
        began = world.clock.now()
        while [row["proven"] for row in await world.rows(ROWS)] != [after]:
            await pass_time(world, 5)
    assert (world.clock.now() - began) / 1_000_000 <= 25


async def test_of_two_processes_one_does_what_is_asked_for(world: World, clock: ManualClock, upkeep: Upkeep):
    async with keeping(upkeep), keeping(make(world, clock, RepairSection())):
        await request_run(world.db, "verify", "api")
        assert await done(world, "verify", 1) == ["api"]
        await pass_time(world, 60)
    assert [run.attempts for run in await list_runs(world.db, limit=9)] == [1] * 2


async def test_the_other_process_takes_over_and_goes_on(world: World, clock: ManualClock, upkeep: Upkeep):
    listener = world.db.listen(CHANNEL)
    async with keeping(upkeep):
        await upkeep.scanned.wait()
    assert await listener.wait(10)
    async with keeping(make(world, clock, RepairSection())):
        await request_run(world.db, "verify", "api")
        assert await done(world, "verify", 1) == ["api"]


def test_an_interval_under_a_second_is_refused():
    with pytest.raises(ValueError, match="sweepInterval is under a second"):
        RepairSection(sweep_interval=Duration(0.5))
