"""What a caller is told who may not read: as in Backstage, that there is nothing; of what it may not do, that it may not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from httpx2 import AsyncClient

from cuelight.app import Roles
from cuelight.catalog import StaticLocation
from cuelight.catalog.registered import register
from tests.rows import add_entities, component
from tests.unit.app.program import asking, program

WRITER: Final = {
    "type": "static",
    "options": {"token": "t0ken-of-writer", "subject": "writer"},
    "accessRestrictions": [{"plugin": "catalog", "permission": "catalog.location.create"}],
}
OPERATOR: Final = {"type": "static", "options": {"token": "t0ken-of-operator", "subject": "operator"}}
REFS: Final = {"entityRefs": ["component:default/a", "component:default/b"]}
EMPTY_PAGE: Final = {"items": [], "totalItems": 0, "pageInfo": {}}
CONCEALED: Final = [
    ("GET", "/entities", None, []),
    ("GET", "/entities?limit=1", None, []),
    ("GET", "/entities/by-query", None, EMPTY_PAGE),
    ("POST", "/entities/by-query", {}, EMPTY_PAGE),
    ("POST", "/entities/by-refs", REFS, {"items": [None, None]}),
    ("GET", "/entity-facets?facet=kind&facet=spec.type", None, {"facets": {"kind": [], "spec.type": []}}),
    ("POST", "/entity-facets", {"facets": ["kind"]}, {"facets": {"kind": []}}),
    ("GET", "/locations", None, []),
    ("POST", "/locations/by-query", {}, EMPTY_PAGE),
]
UNKNOWN: Final = [
    (
        "/entities/by-name/component/default/a",
        "No entity named 'a' found, with kind 'component' in namespace 'default'",
    ),
    ("/entities/by-uid/uid-a", "No entity with uid uid-a"),
    ("/locations/by-entity/component/default/a", "Found no location above component:default/a"),
    ("/locations/{id}", "Found no location with ID {id}"),
]
REFUSED: Final = [
    ("GET", "/entities/by-name/component/default/a/ancestry"),
    ("DELETE", "/entities/by-uid/uid-a"),
    ("DELETE", "/locations/{id}"),
]


@asynccontextmanager
async def asked_by(caller: dict[str, Any], folder: Path) -> AsyncIterator[tuple[AsyncClient, str]]:
    """A client that shows *caller*'s token, and the id of a location, beside which there is a Component."""
    async with program(folder, auth={"externalAccess": [caller]}) as app, asking(app.asgi(Roles())) as client:
        client.headers["authorization"] = f"Bearer {caller['options']['token']}"
        client.base_url = client.base_url.join("/api/catalog")
        await add_entities(app.db, [component("a")])
        location = await register(
            app.db, StaticLocation(type="url", target="https://github.com/acme/a/blob/main/a.yaml")
        )
        yield client, location.id


@pytest.mark.parametrize(("method", "path", "body", "said"), CONCEALED)
async def test_who_may_not_read_is_told_of_nothing(tmp_path: Path, method: str, path: str, body: Any, said: Any):
    async with asked_by(WRITER, tmp_path) as (client, _):
        answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()) == (200, said)


@pytest.mark.parametrize(("method", "path", "body", "said"), CONCEALED)
async def test_who_may_read_is_told_of_more(tmp_path: Path, method: str, path: str, body: Any, said: Any):
    async with asked_by(OPERATOR, tmp_path) as (client, _):
        answer = await client.request(method, path, json=body)
    assert answer.status_code == 200
    assert answer.json() != said


@pytest.mark.parametrize(("path", "said"), UNKNOWN)
async def test_who_may_not_read_finds_nothing(tmp_path: Path, path: str, said: str):
    async with asked_by(WRITER, tmp_path) as (client, location):
        answer = await client.get(path.format(id=location))
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, said.format(id=location))


@pytest.mark.parametrize(("method", "path"), REFUSED)
async def test_what_cannot_be_concealed_is_refused(tmp_path: Path, method: str, path: str):
    async with asked_by(WRITER, tmp_path) as (client, location):
        answer = await client.request(method, path.format(id=location))
    assert (answer.status_code, answer.json()["error"]["name"]) == (403, "NotAllowedError")


async def test_a_bad_request_is_one_whoever_asks(tmp_path: Path):
    async with asked_by(WRITER, tmp_path) as (client, _):
        assert (await client.post("/entities/by-refs", json={"entityRefs": 1})).status_code == 400
