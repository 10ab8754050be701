"""What the recorded cases leave open of batches of entities by ref, and of facets."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.db import Database
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

REFS = "/api/catalog/entities/by-refs"
FACETS = "/api/catalog/entity-facets"


async def batch(client: AsyncClient, *refs: str, query: str = "", **body: Any) -> list[Any]:
    response = await client.post(f"{REFS}{query}", json={"entityRefs": refs, **body})
    return list(response.json()["items"])


async def test_a_batch_has_an_item_for_each_ref_in_their_order(db: Database, client: AsyncClient):
    entity = component("a")
    await add_entities(db, [entity, component("b")])
    a, missing = "component:default/a", "component:default/nope"
    assert await batch(client, a, missing, a) == [entity, None, entity]


async def test_a_batch_has_only_the_fields_that_are_asked_for(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    assert await batch(client, "component:default/a", "x", fields=["kind"]) == [{"kind": "Component"}, None]


@pytest.mark.parametrize(
    "ref", ["a", "", "component:", ":default/a", "component:default/b", "component:a", "Component:default/a"]
)
async def test_a_ref_that_names_nothing_finds_nothing(db: Database, client: AsyncClient, ref: str):
    await add_entities(db, [component("a")])
    assert await batch(client, ref) == [None]


async def test_a_query_that_is_none_is_refused_as_a_part_of_the_body(client: AsyncClient):
    response = await client.post(REFS, json={"entityRefs": [], "query": {"$any": [{"$x": 1}], "a": 1}})
    assert response.json()["error"]["message"] == (
        "Malformed request body (did you remember to specify an application/json content type?), Validation error: "
        'Invalid at "query.$any[0].$x"; Unrecognized key(s) in object: \'a\' at "query"'
    )


async def test_filter_and_query_both_have_to_hold(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", tier="1"), component("b", type="library", tier="1"), component("c")])
    refs = [f"component:default/{name}" for name in "abc"]
    found = await batch(client, *refs, query="?filter=spec.type=service")
    assert [item and item["metadata"]["name"] for item in found] == ["a", None, "c"]
    both = await client.post(f"{REFS}?filter=spec.type=service", json={"entityRefs": refs, "query": {"spec.tier": "1"}})
    assert [item is not None for item in both.json()["items"]] == [True, False, False]


async def test_more_refs_than_one_may_ask_for_are_refused(client: AsyncClient):
    response = await client.post(REFS, json={"entityRefs": ["a"] * 10_001})
    assert response.json()["error"]["message"] == "request/body/entityRefs must NOT have more than 10000 items"


async def test_a_batch_past_the_limit_of_a_body_is_refused(client: AsyncClient):
    response = await client.post(REFS, json={"entityRefs": ["a" * 1000] * 110})
    assert (response.status_code, response.json()["error"]["message"]) == (400, "request entity too large")


async def facets(client: AsyncClient, query: str) -> dict[str, Any]:
    return dict((await client.get(f"{FACETS}?{query}")).json()["facets"])


@pytest.mark.parametrize("names", [[], [""]])
async def test_facets_without_a_name_are_refused(client: AsyncClient, names: list[str]):
    response = await client.post(FACETS, json={"facets": names})
    assert response.json()["error"]["message"] == "Missing or empty facets parameter"


async def test_a_facet_counts_its_values_as_they_were_written(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", type="Service"), component("b", type="service"), component("c", type="x")])
    assert await facets(client, "facet=SPEC.type&facet=nope&filter=kind=component,spec.type=service") == {
        "SPEC.type": [{"value": "Service", "count": 1}, {"value": "service", "count": 1}],
        "nope": [],
    }


async def test_several_facets_in_one_parameter_are_one_that_nothing_has(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    assert await facets(client, "facet=kind,spec.type") == {"kind,spec.type": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "request/body must have required property 'facets'"),
        ({"facets": []}, "Missing or empty facets parameter"),
        ({"facets": "kind"}, "request/body/facets must be array"),
        ({"facets": [1]}, "request/body/facets/0 must be string"),
        ({"facets": ["kind"] * 101}, "request/body/facets must NOT have more than 100 items"),
    ],
)
async def test_facets_that_cannot_be_counted_are_refused(client: AsyncClient, body: Any, message: str):
    response = await client.post(FACETS, json=body)
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)


async def test_refs_without_a_media_type_are_not_read(client: AsyncClient):
    response = await client.post(REFS, content=b'{"entityRefs":[]}')
    said = "Malformed request body (did you remember to specify an application/json content type?)"
    message = response.json()["error"]["message"]
    assert (response.status_code, message) == (400, f'{said}, Validation error: Required at "entityRefs"')


async def test_facets_need_a_body_of_json(client: AsyncClient):
    response = await client.post(FACETS)
    assert response.json()["error"]["message"] == "unsupported media type undefined"


async def test_more_facets_than_one_may_ask_for_are_refused(client: AsyncClient):
    response = await client.get(f"{FACETS}?{'&'.join(['facet=kind'] * 101)}")
    assert response.json()["error"]["message"] == "request/query/facet must NOT have more than 100 items"
