"""PyPI's `backstage_catalog_client`: each of its methods is answered as it expects."""

import inspect
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from backstage_catalog_client import AsyncCatalogApi, HttpxClient
from backstage_catalog_client.catalog_api.util import CATALOG_FILTER_EXISTS
from backstage_catalog_client.models import EntityRef

from tests.clients.conftest import COMPONENTS
from tests.end_to_end.polling import until
from tests.end_to_end.world import Cuelight

NAMES: Final = [f"service-{number:02}" for number in range(COMPONENTS)]
SERVICES: Final = [{"kind": "component", "metadata.name": NAMES}]


@pytest.fixture
async def client(catalog: Cuelight) -> AsyncIterator[HttpxClient]:
    """The client, as its documentation has it used within a program."""
    async with httpx.AsyncClient(base_url=catalog.program.address, trust_env=False, timeout=30) as connections:
        yield HttpxClient(client=connections)


async def test_entities_come_filtered_ordered_and_in_parts(client: HttpxClient):
    order: Any = {"field": "metadata.name", "order": "desc"}
    found = await client.get_entities(
        entity_filter=SERVICES, order=[order], limit=2, offset=1, fields=["metadata.name"]
    )
    assert [entity["metadata"]["name"] for entity in found.items] == [NAMES[-2], NAMES[-3]]


async def test_an_entity_that_has_a_field_is_found_by_that(client: HttpxClient):
    found = await client.get_entities(entity_filter=[{"kind": "group"}, {"spec.presence": CATALOG_FILTER_EXISTS}])
    assert {entity["kind"] for entity in found.items} == {"Group", "Location"}


async def test_a_query_is_paged_through(client: HttpxClient):
    page = await client.query_entities(entity_filter=SERVICES, limit=5)
    names = [entity["metadata"]["name"] for entity in page.items]
    while page.page_info.nextCursor is not None:
        page = await client.query_entities(cursor=page.page_info.nextCursor, limit=5)
        names += [entity["metadata"]["name"] for entity in page.items]
    assert (sorted(names), page.total_items) == (NAMES, COMPONENTS)


async def test_a_page_before_is_reached_again(client: HttpxClient):
    first = await client.query_entities(entity_filter=SERVICES, limit=5)
    second = await client.query_entities(cursor=first.page_info.nextCursor or "", limit=5)
    again = await client.query_entities(cursor=second.page_info.prevCursor or "", limit=5)
    assert (again.items, again.page_info.prevCursor) == (first.items, None)


async def test_a_text_is_found_in_the_fields_that_are_named(client: HttpxClient):
    found = await client.query_entities(search_term="VICE-1", search_fields=["metadata.name", "metadata.title"])
    assert sorted(entity["metadata"]["name"] for entity in found.items) == NAMES[10:12]


async def test_an_order_that_the_client_writes_as_another_operation_has_it_names_a_field_that_nothing_has(
    client: HttpxClient,
):
    # it sends orderField=asc:metadata.name, in which Backstage too sees the name of a field
    found = await client.query_entities(order_fields={"field": "metadata.name", "order": "asc"})
    assert (found.items, found.total_items) == ([], 0)


async def test_a_batch_keeps_its_order_with_nothing_for_what_there_is_not(client: HttpxClient):
    refs: Any = [f"component:{NAMES[2]}", "component:default/nobody", f"component:default/{NAMES[0]}"]
    found: Any = await client.get_entities_by_refs(refs, fields=["metadata.name"], entity_filter=SERVICES)
    # the client passes the whole answer on
    assert found.items == {"items": [{"metadata": {"name": NAMES[2]}}, None, {"metadata": {"name": NAMES[0]}}]}


async def test_an_entity_is_found_by_its_ref_in_any_form(client: HttpxClient):
    by_text = await client.get_entity_by_ref("Component:Service-04")
    by_parts = await client.get_entity_by_ref(EntityRef(kind="component", name="service-04"))
    assert by_text is not None
    assert (by_text["metadata"]["name"], by_text) == (NAMES[4], by_parts)


async def test_there_is_nothing_where_there_is_no_entity(client: HttpxClient):
    assert await client.get_entity_by_ref("component:default/nobody") is None


async def test_a_registered_location_is_found_by_what_it_brought(client: HttpxClient):
    target = "https://github.com/acme/manual/blob/main/one.yaml"
    added = await client.client.post("/api/catalog/locations", json={"type": "url", "target": target})
    location = added.json()["location"]
    try:
        assert await until(lambda: client.get_location_by_entity("component:one")) == location
    finally:
        await client.client.delete(f"/api/catalog/locations/{location['id']}")


async def test_there_is_no_location_of_an_entity_that_there_is_not(client: HttpxClient):
    assert await client.get_location_by_entity("component:default/nobody") is None


def test_no_method_is_left_out():
    declared = {name for name, _ in inspect.getmembers(AsyncCatalogApi, inspect.isfunction) if not name.startswith("_")}
    assert declared == set(re.findall(r"client\.(\w+)\(", Path(__file__).read_text())) & declared
