"""Every GET of the API: an answer has a tag, who has it already is not sent it again, and HEAD is answered as GET is."""

import zlib
from typing import Any, Final

import pytest
from httpx2 import AsyncClient

from cuelight.api import CATALOG_ENDPOINTS, ENDPOINTS
from cuelight.catalog import StaticLocation
from cuelight.catalog.queries.entities import BATCH
from cuelight.catalog.registered import register
from cuelight.db import Database
from cuelight.repair.runs import request_run
from tests.rows import (
    ADD_BODY,
    ADD_CHANGE,
    ADD_DELETION,
    ADD_DELIVERY,
    ADD_PROBLEM,
    add,
    add_entities,
    change,
    component,
    deletion,
    delivery,
    problem,
)
from tests.tracked import ADD_REPOSITORY, ADD_SIGNAL, repository, signal

CATALOG: Final = "/api/catalog"
TARGET: Final = "https://github.com/acme/shop/blob/main/catalog-info.yaml"
PARAMETERS: Final = {
    "{kind}/{namespace}/{name}": "component/default/a",
    "{uid}": "uid-a",
    "{sequence}": "1",
    "/deliveries/{id}": "/deliveries/delivery-1",
    "/deletions/{id}": "/deletions/deletion-1",
    "/repositories/{id}": "/repositories/r1",
    "/refreshes/{id}": "/refreshes/refresh-1",
    "/entity-facets": "/entity-facets?facet=kind",
}
"""Of paths, what stands for what; the rows are in `made`."""
NEVER_THE_SAME: Final = {"/metrics", "/api/cuelight/v1/changes/stream"}
"""What nobody keeps, or has no end."""
PATHS: Final = {f"{CATALOG}{each.path}" for each in CATALOG_ENDPOINTS if each.method == "GET"} | {
    each.path for each in ENDPOINTS if each.method == "GET"
}

each_path = pytest.mark.parametrize("path", sorted(PATHS - NEVER_THE_SAME))


@pytest.fixture
async def made(db: Database) -> dict[str, str]:
    """Something of everything; and what stands for the ids that were made up with it."""
    entity: dict[str, Any] = component("a")
    entity["metadata"]["annotations"] = {"backstage.io/managed-by-origin-location": f"url:{TARGET}"}
    await add_entities(db, [entity])
    await add(db, ADD_CHANGE, change(1, at=1))
    await add(db, ADD_PROBLEM, problem(1))
    await add(db, ADD_DELETION, deletion(1))
    await add(db, ADD_DELIVERY, delivery(1, received_at=0))
    await add(db, ADD_BODY, {"delivery_id": "delivery-1", "data": zlib.compress(b"{}")})
    await add(db, ADD_REPOSITORY, repository(id="r1"))
    await add(db, ADD_SIGNAL, signal(id="refresh-1", repository_id="r1", kind="refresh"))
    run = await request_run(db, "sweep", "test")
    location = await register(db, StaticLocation(type="url", target=TARGET))
    return {**PARAMETERS, "/runs/{id}": f"/runs/{run.id}", "/locations/{id}": f"/locations/{location.id}"}


def concrete(path: str, made: dict[str, str]) -> str:
    for names, value in made.items():
        path = path.replace(names, value)
    assert "{" not in path, f"say in PARAMETERS what the parameters of {path} stand for"
    return path


@each_path
async def test_who_has_an_answer_is_not_sent_it_again(client: AsyncClient, made: dict[str, str], path: str):
    url = concrete(path, made)
    first = await client.get(url)
    assert first.status_code == 200, first.text
    again = await client.get(url, headers={"If-None-Match": f'W/"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@each_path
async def test_a_head_has_the_headers_of_the_answer_and_no_body(client: AsyncClient, made: dict[str, str], path: str):
    url = concrete(path, made)
    got, head = await client.get(url), await client.head(url)
    own = {"x-request-id"}
    assert (head.status_code, head.content) == (200, b"")
    assert {name: value for name, value in head.headers.items() if name not in own} == {
        name: value for name, value in got.headers.items() if name not in own
    }


async def test_a_change_gives_an_answer_another_tag(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    before = await client.get(f"{CATALOG}/entities")
    await add_entities(db, [component("b")])
    await add(db, ADD_CHANGE, change(1, at=1))
    after = await client.get(f"{CATALOG}/entities", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, len(after.json())) == (200, 2)


@pytest.mark.parametrize("path", ["/entities/by-name/component/default/none", "/locations/none", "/entities?limit=x"])
async def test_an_error_is_said_again_whatever_is_known(client: AsyncClient, path: str):
    answer = await client.get(f"{CATALOG}{path}", headers={"If-None-Match": "*"})
    assert answer.status_code in {400, 404}
    assert answer.json()["response"]["statusCode"] == answer.status_code


async def test_a_list_that_is_sent_as_it_is_read_has_a_tag_until_something_changes(db: Database, client: AsyncClient):
    await add_entities(db, [component(f"c{number:03}") for number in range(BATCH + 1)])
    await add(db, ADD_CHANGE, change(1, at=1))
    tag = (await client.get(f"{CATALOG}/entities")).headers["etag"]
    known = await client.get(f"{CATALOG}/entities", headers={"If-None-Match": tag})
    await add(db, ADD_CHANGE, change(2, at=2))
    changed = await client.get(f"{CATALOG}/entities", headers={"If-None-Match": tag})
    assert (known.status_code, changed.status_code, len(changed.json())) == (304, 200, BATCH + 1)
