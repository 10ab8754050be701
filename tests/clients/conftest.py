"""A running Cuelight over a small organisation, for the clients that others wrote."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.end_to_end.commands import served
from tests.end_to_end.world import CATALOG, CodeHost, Cuelight, code_host, component, configure, location

COMPONENTS: Final = 12
"""Components of the descriptor `services`: enough for several pages."""
GROUP: Final = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team}
spec: {type: team, children: []}
"""
REPOSITORIES: Final = {
    "services": {"catalog-info.yaml": "\n---\n".join(component(f"service-{n:02}") for n in range(COMPONENTS))},
    "people": {"catalog-info.yaml": GROUP},
    "nested": {"catalog-info.yaml": location("nested", "./deep.yaml"), "deep.yaml": component("deep")},
    "manual": {"one.yaml": component("one"), "other.yaml": component("other"), "broken.yaml": "kind: [oops"},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs take seconds to start: every test of this folder is slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
async def catalog(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cuelight]:
    """The catalog of the organisation, complete."""
    folder = await asyncio.to_thread(tmp_path_factory.mktemp, "clients")
    async with code_host(folder / "host") as host:
        await _found(host)
        config = configure(folder, host.program.address, catalog={**CATALOG, "processingInterval": {"hours": 1}})
        async with served(folder, config) as server:
            await server.scanned()
            await server.settled()
            yield server


async def _found(host: CodeHost) -> None:
    for name, files in REPOSITORIES.items():
        await host.create(name, files, webhook=False)
