"""What the configuration says of the catalog, in the whole program: files that it names, processors that it chooses."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from cuelight.app import Application, Roles, application
from cuelight.integrations import modules
from cuelight.settings import load
from tests.end_to_end.polling import until
from tests.integration.fetch.hostile import hostile, page
from tests.unit.app.program import asking

COMPONENT: Final = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: service, lifecycle: production, owner: team}
"""
VIEW: Final = "backstage.io/view-url"


@asynccontextmanager
async def working(folder: Path, catalog: Mapping[str, Any], *allowed: str) -> AsyncIterator[Application]:
    """The whole program at work with this `catalog` section; pages of the hosts *allowed* may be read."""
    reading = {"allow": [{"host": host} for host in allowed]}
    backend = {"database": {"url": f"sqlite:///{folder}/cuelight.db"}, "reading": reading}
    file = folder / "app-config.yaml"
    file.write_bytes(msgspec.json.encode({"backend": backend, "catalog": catalog}))
    async with application(load(modules(), files=[file], environ={})) as app:
        running = asyncio.create_task(app.run(Roles()))
        try:
            yield app
        finally:
            running.cancel()
            await asyncio.wait([running])


async def shop(app: Application) -> dict[str, Any]:
    """What the API says of the component, once all is done."""
    async with asyncio.timeout(20), asking(app.asgi(Roles())) as client:
        await app.settled()
        answer = await client.get("/api/catalog/entities/by-name/component/default/shop")
    assert answer.status_code == 200, answer.text
    entity: dict[str, Any] = answer.json()
    return entity


async def test_a_file_that_the_configuration_names_is_in_the_catalog(tmp_path: Path):
    file = tmp_path / "shop.yaml"
    file.write_text(COMPONENT)
    async with working(tmp_path, {"locations": [{"type": "file", "target": str(file)}]}) as app:
        entity = await shop(app)
    assert entity["metadata"]["annotations"]["backstage.io/managed-by-location"] == f"file:{file}"


async def test_a_refresh_looks_at_a_local_file_again(tmp_path: Path):
    file = tmp_path / "shop.yaml"
    file.write_text(COMPONENT)
    async with working(tmp_path, {"locations": [{"type": "file", "target": str(file)}]}) as app:
        await shop(app)
        file.write_text(COMPONENT.replace("name: shop", "name: shop, title: Shop"))
        async with asking(app.asgi(Roles())) as client:
            await client.post("/api/catalog/refresh", json={"entityRef": "component:default/shop"})

        async def titled() -> bool:
            return "title" in (await shop(app))["metadata"]

        await until(titled)


@pytest.mark.parametrize(("disabled", "annotated"), [(False, True), (True, False)])
async def test_a_processor_that_the_configuration_disables_does_nothing(
    tmp_path: Path, *, disabled: bool, annotated: bool
):
    async with hostile() as server:
        server.answers["/shop.yaml"] = page(COMPONENT.encode())
        here = f"127.0.0.1:{server.port}"
        catalog = {
            "locations": [{"type": "url", "target": f"http://{here}/shop.yaml"}],
            "processorOptions": {"AnnotateLocationEntityProcessor": {"disabled": disabled}},
        }
        async with working(tmp_path, catalog, here) as app:
            entity = await shop(app)
    assert (VIEW in entity["metadata"]["annotations"]) is annotated
