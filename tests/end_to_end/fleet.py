"""A fleet of repositories that a Cuelight has seen and hears nothing of, and what a test asks of both."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.end_to_end.commands import Ran, cuelight, served
from tests.end_to_end.conditions import Conditions, conditions
from tests.end_to_end.world import CodeHost, Cuelight, code_host, component, configure

DESCRIPTOR: Final = "catalog-info.yaml"
ORIGIN: Final = "backstage.io/managed-by-origin-location"
Entities = Mapping[str, Mapping[str, Any]]
"""Entities by their refs, as the API serves them."""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """So many repositories, each with one descriptor of so many components; a quarter of them is lost."""

    repositories: int
    components: int = 1

    @property
    def names(self) -> list[str]:
        """The repositories' names."""
        return [f"r{number:02}" for number in range(self.repositories)]

    @property
    def lost(self) -> list[str]:
        """The first quarter of them."""
        return self.names[: self.repositories // 4]

    def descriptor(self, name: str, description: str = "A component") -> str:
        """What the repository *name* declares."""
        return "\n---\n".join(component(f"{name}-{number}", description) for number in range(self.components))

    async def settle(self, host: CodeHost) -> None:
        """Create them; nobody is told."""
        for name in self.names:
            await host.create(name, {DESCRIPTOR: self.descriptor(name)}, webhook=False)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A code host and a Cuelight that has seen all of it, and what was served then."""

    host: CodeHost
    control: Conditions
    program: Cuelight
    before: Entities

    async def run(self, *words: str) -> Ran:
        """What a verb came to, once what it led to is done too."""
        ran = await cuelight(self.program, *words)
        await self.program.settled()
        return ran

    async def deletions(self, *words: str) -> list[dict[str, Any]]:
        """The deletions that `cuelight deletions list` tells of."""
        listed = await cuelight(self.program, "deletions", "list", "--limit", "1000", *words)
        assert listed.status == 0, listed.told
        found: list[dict[str, Any]] = listed.data
        return found

    async def verified(self) -> dict[str, Any]:
        """What a verification that finds no drift says."""
        ran = await cuelight(self.program, "verify")
        assert (ran.status, ran.data["drift"]) == (0, []), ran.told
        report: dict[str, Any] = ran.data
        return report


@asynccontextmanager
async def seen(folder: Path, fleet: Fleet) -> AsyncIterator[Scene]:
    """A host with *fleet*, and a Cuelight that has seen it and hears of nothing."""
    async with code_host(folder / "host") as host, conditions(host) as control:
        await fleet.settle(host)
        async with served(folder, configure(folder, host.program.address)) as program:
            await program.scanned()
            await program.settled()
            before = await entities(program)
            assert len(components(before)) == fleet.repositories * fleet.components
            yield Scene(host=host, control=control, program=program, before=before)


@asynccontextmanager
async def losing(folder: Path, fleet: Fleet) -> AsyncIterator[tuple[Scene, Ran]]:
    """The same, once a quarter of *fleet* was deleted and a scan has found that out."""
    async with seen(folder, fleet) as scene:
        for name in fleet.lost:
            await scene.control.delete(name)
        yield scene, await scene.run("scan")


async def entities(program: Cuelight) -> Entities:
    """Everything that is served."""
    answer = await program.client.get("/api/catalog/entities")
    return {_ref(entity): entity for entity in answer.raise_for_status().json()}


async def reasons(program: Cuelight) -> dict[str, str]:
    """What the rows of repositories say, by full name; without those that say nothing."""
    rows = await program.listed("repositories")
    return {row["fullName"]: row["reason"] for row in rows if row["reason"] is not None}


def of(found: Entities, names: Collection[str]) -> Entities:
    """Those that came from the repositories *names*."""
    places = tuple(f"/acme/{name}/" for name in names)
    return {
        ref: entity
        for ref, entity in found.items()
        if any(place in entity["metadata"]["annotations"][ORIGIN] for place in places)
    }


def without(found: Entities, names: Collection[str]) -> Entities:
    """The others."""
    left_out = of(found, names).keys()
    return {ref: entity for ref, entity in found.items() if ref not in left_out}


def components(found: Entities) -> set[str]:
    """The refs of the components."""
    return {ref for ref in found if ref.startswith("component:")}


def _ref(entity: Mapping[str, Any]) -> str:
    return f"{entity['kind']}:{entity['metadata'].get('namespace', 'default')}/{entity['metadata']['name']}".lower()
