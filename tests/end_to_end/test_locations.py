"""Locations over the API and the command line: tried out, registered, followed, moved, and gone at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.end_to_end.commands import cuelight, served
from tests.end_to_end.world import KINDS, World, code_host, component, configure, location

LOCATIONS = "/api/catalog/locations"
FILE = "docs/more.yaml"


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A server without a provider: only what is registered is in its catalog."""
    folder = tmp_path_factory.mktemp("world")
    async with code_host(folder / "host") as host:
        config = configure(folder, host.program.address, catalog={"rules": [{"allow": list(KINDS)}]})
        async with served(folder, config) as program:
            await host.subscribe(program.program.address)
            yield World(folder, host, program)


def target(name: str, file: str = FILE) -> str:
    return f"https://github.com/acme/{name}/blob/main/{file}"


async def registered(world: World, name: str, file: str = FILE) -> str:
    """Register *file* of `acme/name`; the location's id."""
    answer = await world.cuelight.client.post(LOCATIONS, json={"type": "url", "target": target(name, file)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["location"]["id"])


async def test_what_is_registered_appears_without_being_waited_for(world: World):
    await world.host.create("appear", {FILE: component("appear")})
    await registered(world, "appear")
    assert await world.cuelight.appeared("component:appear")


async def test_a_push_to_what_is_registered_arrives(world: World):
    await world.host.create("pushed", {FILE: component("pushed", "Before")})
    await registered(world, "pushed")
    await world.cuelight.appeared("component:pushed", "Before")
    await world.host.commit("pushed", {FILE: component("pushed", "After")})
    await world.cuelight.appeared("component:pushed", "After")


async def test_what_is_unregistered_is_gone_with_the_answer(world: World):
    await world.host.create("gone", {FILE: location("gone", "./further.yaml"), "docs/further.yaml": component("gone")})
    made = await registered(world, "gone")
    await world.cuelight.appeared("component:gone")
    assert (await world.cuelight.client.delete(f"{LOCATIONS}/{made}")).status_code == 204
    assert await world.cuelight.entity("component:gone") is None


async def test_what_moves_is_read_from_its_new_target(world: World):
    await world.host.create("moving", {FILE: component("moving-a"), "b.yaml": component("moving-b")})
    made = await registered(world, "moving")
    await world.cuelight.appeared("component:moving-a")
    moved = {"type": "url", "target": target("moving", "b.yaml")}
    assert (await world.cuelight.client.put(f"{LOCATIONS}/{made}", json=moved)).status_code == 200
    await world.cuelight.appeared("component:moving-b")
    await world.cuelight.vanished("component:moving-a")


async def test_trying_out_reads_the_host_and_registers_nothing(world: World):
    await world.host.create(
        "tried", {FILE: location("tried", "./further.yaml"), "docs/further.yaml": component("tried")}
    )
    body = {"type": "url", "target": target("tried")}
    answer = await world.cuelight.client.post(f"{LOCATIONS}?dryRun=true", json=body)
    assert [names(entity) for entity in answer.json()["entities"]][1:] == ["Location tried", "Component tried"]
    assert target("tried") not in (await world.cuelight.client.get(LOCATIONS)).text


async def test_an_entity_leads_to_its_location(world: World):
    await world.host.create("led", {FILE: component("led")})
    made = await registered(world, "led")
    await world.cuelight.appeared("component:led")
    answer = await world.cuelight.client.get(f"{LOCATIONS}/by-entity/component/default/led")
    assert answer.json()["id"] == made


async def test_the_command_line_registers_and_unregisters(world: World):
    await world.host.create("said", {FILE: component("said")})
    added = await cuelight(world.cuelight, "locations", "add", target("said"))
    await world.cuelight.appeared("component:said")
    removed = await cuelight(world.cuelight, "locations", "remove", target("said"))
    assert (added.status, removed.status) == (0, 0)
    assert await world.cuelight.entity("component:said") is None


async def test_the_command_line_checks_a_url(world: World):
    await world.host.create("checked", {FILE: component("bad name")})
    ran = await cuelight(world.cuelight, "validate", target("checked"))
    assert (ran.status, ran.data["findings"][0]["rule"]) == (1, "dry-run")


def names(entity: dict[str, Any]) -> str:
    return f"{entity['kind']} {entity['metadata']['name']}"
