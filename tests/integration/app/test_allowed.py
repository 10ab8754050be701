"""What anybody can make us read: whoever names an address, by whatever way, only what is allowed is asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.app import Roles, application
from tests.integration.fetch.hostile import Server, hostile, moved, page
from tests.unit.app.program import asking, settings

ALLOWED = "/open/"
SECRET = "the-secret-of-this-machine"

DOCUMENT = """\
apiVersion: backstage.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, annotations: {annotations}}}
spec: {spec}
"""


def location(name: str, *targets: str) -> bytes:
    return DOCUMENT.format(kind="Location", name=name, annotations="{}", spec=f"{{targets: {list(targets)}}}").encode()


def api(definition: str, annotations: str = "{}") -> bytes:
    spec = f"{{type: openapi, lifecycle: production, owner: team, definition: {definition}}}"
    return DOCUMENT.format(kind="API", name="shop", annotations=annotations, spec=spec).encode()


async def test_what_is_not_allowed_is_refused_in_backstages_words(tmp_path: Path, server: Server):
    target = server.url("/secret")
    async with working(tmp_path, server) as (client, _):
        answer = await client.post("/api/catalog/locations?dryRun=true", json={"type": "url", "target": target})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        f"Error: Unable to read url, NotAllowedError: Reading from '{target}' is not allowed. You may need to configure an integration "
        "for the target host, or add it to the configured list of allowed hosts at 'backend.reading.allow'"
    )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with hostile() as listening:
        listening.answers["/secret"] = page(SECRET.encode())
        yield listening


@asynccontextmanager
async def working(folder: Path, server: Server) -> AsyncIterator[tuple[AsyncClient, Any]]:
    """The whole program at work, which may read what is below `/open/` of *server*; and its client."""
    given = settings(
        folder,
        {
            "database": {"url": f"sqlite:///{folder}/cuelight.db"},
            "reading": {"allow": [{"host": f"127.0.0.1:{server.port}", "paths": [ALLOWED]}]},
        },
    )
    async with application(given) as app:
        running = asyncio.create_task(app.run(Roles()))
        try:
            async with asking(app.asgi(Roles())) as client:
                yield client, app
        finally:
            running.cancel()
            await asyncio.wait([running])


def strayed(server: Server) -> list[bytes]:
    """What *server* was asked that is not allowed."""
    return [asked for asked in server.asked if not asked.split()[1].startswith(ALLOWED.encode())]


NAMED: Mapping[str, Callable[[str], bytes]] = {
    "a location's target": lambda secret: location("all", secret),
    "a target that climbs": lambda _: location("all", "./../secret", "/secret", "./%2e%2e/secret"),
    "a target of a file": lambda _: location("all", "file:///etc/passwd", "/etc/passwd"),
    "a text": lambda secret: api(f"{{$text: '{secret}'}}"),
    "a text that climbs": lambda _: api("{$text: ./../secret}"),
    "a text that is led away": lambda _: api("{$text: ./led.txt}"),
    "a document": lambda secret: api(f"{{$json: '{secret}'}}"),
    "a definition": lambda secret: api(f"{{$openapi: '{secret}'}}"),
    "a reference of a definition": lambda _: api("{$openapi: ./api.yaml}"),
    "an annotation": lambda secret: api(
        "x", f"{{backstage.io/source-location: 'url:{secret}', backstage.io/managed-by-location: 'url:{secret}'}}"
    ),
}
"""By which way a descriptor may name an address."""


@pytest.mark.parametrize("way", NAMED)
@pytest.mark.parametrize("dry", ["true", "false"])
async def test_no_descriptor_leads_us_where_it_wants(tmp_path: Path, server: Server, way: str, dry: str):
    secret = server.url("/secret")
    server.answers |= {
        "/open/a.yaml": page(NAMED[way](secret)),
        "/open/led.txt": moved("/secret"),
        "/open/api.yaml": page(
            f"openapi: 3.0.0\npaths: {{/a: {{$ref: '{secret}'}}, /b: {{$ref: '../secret'}}}}".encode()
        ),
    }
    async with working(tmp_path, server) as (client, app):
        answer = await client.post(
            f"/api/catalog/locations?dryRun={dry}", json={"type": "url", "target": server.url("/open/a.yaml")}
        )
        async with asyncio.timeout(30):
            await app.settled()
        shown = (await client.get("/api/catalog/entities")).text
    assert server.asked
    assert strayed(server) == []
    assert SECRET not in answer.text + shown


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("locations", {"type": "url", "target": "URL"}),
        ("locations?dryRun=true", {"type": "url", "target": "URL"}),
        ("locations?dryRun=true", {"type": "file", "target": "/etc/passwd"}),
        ("analyze-location", {"location": {"type": "url", "target": "URL"}}),
        ("validate-entity", {"location": "url:URL", "entity": {"apiVersion": "v1", "kind": "API", "metadata": {"name": "a"}}}),
        ("refresh", {"entityRef": "URL"}),
    ],
)  # fmt: skip
async def test_no_caller_makes_us_read_what_is_not_allowed(
    tmp_path: Path, server: Server, path: str, body: dict[str, Any]
):
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(item) for name, item in value.items()}
        return value.replace("URL", server.url("/secret"))

    async with working(tmp_path, server) as (client, app):
        answer = await client.post(f"/api/catalog/{path}", json=filled(body))
        async with asyncio.timeout(30):
            await app.settled()
    assert (server.asked, answer.status_code < 500) == ([], True)
    assert "root:" not in answer.text
