"""Where an entity comes from, that it can be let go of, and what was never served: over a catalog whose engine runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.api import Context, routes
from cuelight.asgi import application
from tests.unit.catalog.world import ROOT, World, entity, given, location, world, yaml

CATALOG = "/api/catalog"
SHOP = "component:default/shop"


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[World]:
    """A catalog with a Location, and the component that its file has."""
    async with world(tmp_path) as made:
        made.files.held[ROOT] = yaml(entity("shop"))
        await made.give(location())
        yield made


@pytest.fixture
async def client(catalog: World) -> AsyncIterator[AsyncClient]:
    async def nothing() -> Any:
        return {}

    context = Context(db=catalog.db, clock=catalog.clock, metrics=nothing, readiness=nothing)
    transport = ASGITransport(app=application(routes(context), catalog.clock))
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def uid_of(client: AsyncClient, name: str) -> str:
    return str((await client.get(f"{CATALOG}/entities/by-name/component/default/{name}")).json()["metadata"]["uid"])


async def test_an_entity_is_shown_with_what_is_above_it(catalog: World, client: AsyncClient):
    above = next(ref for ref in await catalog.finals() if ref.startswith("location:"))
    answer = (await client.get(f"{CATALOG}/entities/by-name/Component/Default/Shop/ancestry")).json()
    parents = {item["entity"]["kind"]: item["parentEntityRefs"] for item in answer["items"]}
    assert (answer["rootEntityRef"], parents) == (SHOP, {"Component": [above], "Location": []})


async def test_where_something_unknown_comes_from_is_not_found(client: AsyncClient):
    response = await client.get(f"{CATALOG}/entities/by-name/component/default/nope/ancestry")
    assert (response.status_code, response.json()["error"]["message"]) == (404, "No such entity component:default/nope")


async def test_a_deleted_entity_that_its_file_still_has_comes_back(catalog: World, client: AsyncClient):
    response = await client.delete(f"{CATALOG}/entities/by-uid/{await uid_of(client, 'shop')}")
    gone = (await client.get(f"{CATALOG}/entities/by-name/component/default/shop")).status_code
    catalog.clock.advance(1)
    await catalog.engine.settled()
    back = (await client.get(f"{CATALOG}/entities/by-name/component/default/shop")).status_code
    assert (response.status_code, response.content, gone, back) == (204, b"", 404, 200)


async def test_a_deleted_entity_that_a_provider_gave_stays_away(catalog: World, client: AsyncClient):
    await catalog.give(given("own"))
    await client.delete(f"{CATALOG}/entities/by-uid/{await uid_of(client, 'own')}")
    await catalog.engine.settled()
    assert "component:default/own" not in await catalog.finals()


async def test_deleting_says_why_in_the_change_log(catalog: World, client: AsyncClient):
    await client.delete(f"{CATALOG}/entities/by-uid/{await uid_of(client, 'shop')}")
    newest = (await client.get("/api/cuelight/v1/changes?limit=1&ref=component:shop")).json()["items"][0]
    assert (newest["action"], newest["cause"]["id"].partition(":")[0]) == ("deleted", "api")


@pytest.mark.parametrize("uid", ["00000000-0000-4000-8000-000000000000", "nope", "a%2Fb"])
async def test_deleting_what_there_is_not_is_well_too(client: AsyncClient, uid: str):
    assert (await client.delete(f"{CATALOG}/entities/by-uid/{uid}")).status_code == 204


@pytest.fixture
async def invalid(catalog: World) -> None:
    """A component that lacks its owner, and so was never served."""
    await catalog.write(ROOT, yaml(entity("shop"), entity("bad", owner=None)))


@pytest.mark.usefixtures("invalid")
@pytest.mark.parametrize("which", ["failed", "pending"])
async def test_what_was_never_served_is_listed_with_its_errors(client: AsyncClient, which: str):
    answer = (await client.get(f"{CATALOG}/entities/unprocessed/{which}")).json()
    (found,) = answer["entities"]
    assert (answer["type"], found["entity_ref"]) == (which, "component:default/bad")
    assert found["unprocessed_entity"]["metadata"]["name"] == "bad"
    assert "/spec/owner must be string" in found["errors"][0]["message"]


@pytest.mark.usefixtures("invalid")
@pytest.mark.parametrize(("owner", "count"), [("team", 0), ("nobody", 0)])
async def test_what_was_never_served_can_be_asked_for_by_owner(client: AsyncClient, owner: str, count: int):
    answer = (await client.get(f"{CATALOG}/entities/unprocessed/pending?owner={owner}")).json()
    assert len(answer["entities"]) == count


@pytest.mark.usefixtures("invalid")
async def test_what_was_never_served_can_be_forgotten(client: AsyncClient):
    (found,) = (await client.get(f"{CATALOG}/entities/unprocessed/pending")).json()["entities"]
    response = await client.delete(f"{CATALOG}/entities/unprocessed/delete/{found['entity_id']}")
    left = (await client.get(f"{CATALOG}/entities/unprocessed/pending")).json()["entities"]
    assert (response.status_code, left) == (204, [])


async def test_the_permissions_are_backstages(client: AsyncClient):
    answer = (await client.get(f"{CATALOG}/.well-known/backstage/permissions/metadata")).json()
    named = {each["name"]: each for each in answer["permissions"]}
    assert named["catalog.entity.delete"] == {
        "type": "resource",
        "name": "catalog.entity.delete",
        "attributes": {"action": "delete"},
        "resourceType": "catalog-entity",
    }


async def test_a_contested_ref_is_listed_with_who_holds_it(catalog: World, client: AsyncClient):
    await catalog.give(given("both", key="a"), provider="one")
    await catalog.give(given("both", key="b"), provider="two")
    answer = (await client.get("/api/cuelight/v1/conflicts?ref=component:both")).json()
    (item,) = answer["items"]
    claim = (item["entityRef"], item["source"], item["locationKey"], item["holders"], item["heldKey"])
    assert claim == ("component:default/both", "provider:two", "b", ["provider:one"], "a")


async def test_a_conflict_of_another_claimant_is_left_out(catalog: World, client: AsyncClient):
    await catalog.give(given("both", key="a"), provider="one")
    await catalog.give(given("both", key="b"), provider="two")
    assert (await client.get("/api/cuelight/v1/conflicts?source=provider:three")).json()["items"] == []


@pytest.mark.parametrize("path", ["/openapi.json", f"{CATALOG}/openapi.json"], ids=["of the server", "of the catalog"])
async def test_the_document_is_served(client: AsyncClient, path: str):
    document = (await client.get(path)).json()
    operations = set(document["paths"])
    assert "/api/catalog/entities/by-query" in operations
    assert ("/api/cuelight/v1/changes" in operations) is (path == "/openapi.json")
