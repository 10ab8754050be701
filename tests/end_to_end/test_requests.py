"""What it costs to be right, by the code host's own count of what it was asked: pushes, confirmations and sweeps."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import msgspec
import pytest

from cuelight.simulator import Settings, Simulator
from cuelight.simulator.seed import seed_benchmark
from tests.end_to_end.commands import cuelight, served
from tests.end_to_end.conditions import Conditions, conditions
from tests.end_to_end.polling import until
from tests.end_to_end.world import CATALOG, OWNER, CodeHost, Cuelight, code_host, component, configure

REPOSITORIES: Final = 1_000
DESCRIPTOR: Final = "catalog-info.yaml"
PROVIDERS: Final = {"github": {"organization": OWNER, "catalogPath": "/**/catalog-info.yaml"}}
REPAIR: Final = {"sweepInterval": False, "scanInterval": False, "confirmWithin": "10s"}
"""Nothing is asked but what a test causes."""
LOADING: Final = 240.0
"""Seconds that reading all repositories may take: far more than it does."""
TRIES: Final = 4

FILES, HEADS = "graphql:Files", "graphql:Heads"


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """A code host that counts, and a Cuelight that has seen its thousand repositories and hears of its pushes."""

    host: CodeHost
    control: Conditions
    program: Cuelight

    async def forget(self) -> None:
        """Begin to count, once nothing is left to do or to confirm."""
        await until(self.proven)
        await self.program.settled()
        await self.control.forget()

    async def push(self, names: Sequence[str], files: Mapping[str, str | None]) -> Mapping[str, int]:
        """Push *files* to each of *names*; what was asked until all of it was applied."""
        pushed = await asyncio.gather(*(self.host.commit(name, files) for name in names))
        after = {f"{OWNER}/{name}": one["after"] for name, one in zip(names, pushed, strict=True)}

        async def applied() -> bool:
            heads = {row["full_name"]: row["head"] for row in self.program.rows("SELECT * FROM repositories")}
            return heads | after == heads

        await until(applied)
        await self.program.settled()
        return await self.control.asked()

    async def confirmed(self) -> Mapping[str, int]:
        """What was asked until every head was confirmed."""
        await until(self.proven)
        return await self.control.asked()

    async def proven(self) -> bool:
        """Whether the host has said that every head is its own."""
        return not self.program.rows("SELECT 1 FROM repositories WHERE proven IS NOT head LIMIT 1")


async def test_a_push_of_a_descriptor_costs_one_request_for_it_and_one_confirmation(meter: Meter):
    await meter.forget()
    await meter.push(["repo-00001"], {DESCRIPTOR: component("first", "As pushed")})
    await meter.program.appeared("component:first", "As pushed")
    assert await meter.confirmed() == {FILES: 1, HEADS: 1}


async def test_a_push_of_many_descriptors_costs_one_request_for_all_of_them(meter: Meter):
    await meter.forget()
    files = {f"part-{number}/{DESCRIPTOR}": component(f"part-{number}") for number in range(20)}
    await meter.push(["repo-00002"], files)
    for number in range(20):
        await meter.program.appeared(f"component:part-{number}")
    assert await meter.confirmed() == {FILES: 1, HEADS: 1}


async def test_a_push_without_a_descriptor_costs_its_confirmation_only(meter: Meter):
    await meter.forget()
    await meter.push(["repo-00003"], {"README.md": "Read this."})
    assert await meter.confirmed() == {HEADS: 1}


async def test_a_descriptor_that_a_push_removes_costs_no_more(meter: Meter):
    await meter.program.appeared("component:svc-00004")
    await meter.forget()
    await meter.push(["repo-00004"], {DESCRIPTOR: None})
    await meter.program.vanished("component:svc-00004")
    assert await meter.confirmed() == {FILES: 1, HEADS: 1}


async def test_a_hundred_pushed_repositories_are_confirmed_by_one_request(meter: Meter):
    names = [f"repo-{number:05}" for number in range(101, 201)]
    for number in range(TRIES):
        await meter.forget()
        files = {DESCRIPTOR: component(f"shared-{number}"), "README.md": f"Read this, for the time {number}."}
        if HEADS not in await meter.push(names, files):
            break  # else the confirmation came between two of the pushes, and another is still to come
    assert await meter.confirmed() == {FILES: len(names), HEADS: 1}


async def test_a_sweep_of_a_thousand_unchanged_repositories_costs_ten_requests(meter: Meter):
    await meter.forget()
    swept = await cuelight(meter.program, "sweep")
    assert (swept.status, swept.data["confirmed"], swept.data["requests"]) == (0, REPOSITORIES, 10), swept.told
    assert await meter.control.asked() == {HEADS: 10}


async def test_a_scan_of_a_thousand_unchanged_repositories_costs_two_readings_of_the_list_and_a_sweep(meter: Meter):
    await meter.forget()
    scanned = await cuelight(meter.program, "scan")
    await meter.program.settled()
    assert (scanned.status, scanned.data["listed"], scanned.data["signalled"]) == (0, REPOSITORIES, 0), scanned.told
    assert await meter.control.asked() == {"listing": 2 * 10, HEADS: 10}


@pytest.fixture(scope="module")
async def meter(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Meter]:
    """All thousand repositories, each of one component, read as any Cuelight reads them."""
    folder = tmp_path_factory.mktemp("meter")
    simulator = Simulator(Settings(root=folder / "host"))
    simulator.host.add_owner(OWNER)
    seed_benchmark(simulator.host, REPOSITORIES, OWNER)
    simulator.close()
    async with code_host(folder / "host") as host, conditions(host) as control:
        config = configure(folder, host.program.address, repair=REPAIR, catalog={**CATALOG, "providers": PROVIDERS})
        async with served(folder, config) as program:
            await host.subscribe(program.program.address)
            await program.scanned()
            await until(lambda: _loaded(program), seconds=LOADING)
            yield Meter(host=host, control=control, program=program)


async def _loaded(program: Cuelight) -> bool:
    return program.unfinished() == 0
