"""What the recorded cases leave open of reading entities: pages, order, parts, and limits."""

import json
from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.catalog.queries import Listing, Order, Part, Question, query_entities, run_of_entities
from cuelight.catalog.queries.entities import BATCH
from cuelight.db import Database
from cuelight.model import parse_filters
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

LIST = "/api/catalog/entities"


def names(entities: list[dict[str, Any]]) -> list[str]:
    return [entity["metadata"]["name"] for entity in entities]


async def test_following_the_links_gives_every_entity_once_in_the_order_of_refs(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in ("e", "b", "d", "a", "c")])
    url: str | None = f"{LIST}?limit=2&filter=kind=component"
    pages = []
    while url:
        response = await client.get(url)
        pages.append(names(response.json()))
        url = f"/api/catalog{response.links['next']['url']}" if "next" in response.links else None
    assert pages == [["a", "b"], ["c", "d"], ["e"]]


async def test_the_link_keeps_what_was_asked_and_forgets_the_offset(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    response = await client.get(f"{LIST}?limit=1&offset=1&filter=kind=component&fields=kind")
    link = response.links["next"]["url"]
    assert link.startswith("/entities?limit=1&filter=kind%3Dcomponent&fields=kind&after=")


async def test_a_place_may_lack_the_signs_that_fill_it_up(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    assert names((await client.get(f"{LIST}?after=eyJsaW1pdCI6Mn0")).json()) == ["a", "b"]


async def test_a_page_with_an_order_ends_with_the_entities_that_lack_the_field(db: Database, client: AsyncClient):
    await add_entities(db, [component("a"), component("b", system="x"), component("c", system="y")])
    response = await client.get(f"{LIST}?limit=9&order=desc:spec.system")
    assert names(response.json()) == ["c", "b", "a"]


async def test_a_second_order_breaks_the_ties_of_the_first(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", type="x"), component("b", type="x"), component("c", type="w")])
    response = await client.get(f"{LIST}?limit=9&order=asc:spec.type&order=desc:metadata.name")
    assert names(response.json()) == ["c", "b", "a"]


async def test_a_field_to_order_by_is_found_in_any_case(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", subType="x"), component("b", subType="w")])
    assert names((await client.get(f"{LIST}?limit=9&order=asc:spec.subType")).json()) == ["b", "a"]


@pytest.mark.parametrize("query", ["", "?order=desc:metadata.name"])
async def test_a_list_longer_than_a_batch_is_whole(db: Database, client: AsyncClient, query: str):
    count = 2 * BATCH + 1
    await add_entities(db, [component(f"c{number:04}") for number in range(count)])
    entities = (await client.get(f"{LIST}{query}")).json()
    assert names(entities) == sorted((f"c{number:04}" for number in range(count)), reverse=bool(query))


async def test_a_list_of_whole_batches_ends_well(db: Database, client: AsyncClient):
    await add_entities(db, [component(f"c{number:04}") for number in range(BATCH)])
    assert len((await client.get(f"{LIST}?fields=kind")).json()) == BATCH


async def test_equal_values_of_an_order_are_neither_lost_nor_doubled_between_batches(db: Database):
    await add_entities(db, [component(f"c{number}", type="same") for number in range(7)])
    listing = Listing(orders=(Order("spec.type", descending=True),))
    seen, after = [], None
    while True:
        batch = await run_of_entities(db, listing, after=after, limit=3)
        seen += [json.loads(text)["metadata"]["name"] for text in batch.texts]
        if (after := batch.after) is None:
            break
    assert seen == [f"c{number}" for number in reversed(range(7))]


async def test_a_uid_may_be_in_any_case(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    assert (await client.get(f"{LIST}/by-uid/UID-A")).json()["metadata"]["name"] == "a"


async def test_an_entity_goes_out_as_the_text_that_was_stored(db: Database, client: AsyncClient):
    entity = component("a")
    await add_entities(db, [entity])
    response = await client.get(f"{LIST}/by-uid/uid-a")
    assert response.content == json.dumps(entity).encode()


async def test_an_entity_that_is_known_is_not_sent_again(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    url = f"{LIST}/by-name/component/default/a"
    tag = (await client.get(url)).headers["etag"]
    assert (await client.get(url, headers={"If-None-Match": tag})).status_code == 304


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=-1", "request/query/limit must be >= 0"),
        ("limit=99999999999999999999", "request/query/limit must be <= 9007199254740991"),
        ("offset=x", "request/query/offset must be integer"),
        ("after=eyJsaW1pdCI6LTF9", "Malformed after cursor, limit was not an number"),
        ("after=eyJvZmZzZXQiOiJ4In0=", "Malformed after cursor, offset was not a number"),
        ("after=W10=", "Malformed after cursor, could not be parsed"),
        ("fields=metadata.tags[0]", 'Invalid field "metadata.tags[0]", array type fields are not supported'),
        ("order=asc:", 'Invalid order parameter "asc:", expected "<asc or desc>:<field name>"'),
        ("nope=1", "Unknown query parameter 'nope'"),
    ],
)
async def test_a_list_that_cannot_be_made_is_refused(client: AsyncClient, query: str, message: str):
    response = await client.get(f"{LIST}?{query}")
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)


async def test_one_entity_has_no_parameters(client: AsyncClient):
    response = await client.get(f"{LIST}/by-uid/x?fields=kind")
    assert response.json()["error"]["message"] == "Unknown query parameter 'fields'"


async def test_a_filter_past_its_limit_is_refused(client: AsyncClient):
    response = await client.get(LIST, params={"filter": ",".join(f"k{number}" for number in range(201))})
    assert (response.status_code, "more than 200 statements" in response.json()["error"]["message"]) == (400, True)


async def test_a_filter_at_its_limit_is_answered(client: AsyncClient):
    sets = [",".join(f"k{number}=v" for number in range(20)) for _ in range(10)]
    assert (await client.get(LIST, params={"filter": sets})).json() == []


async def test_orders_past_their_limit_are_refused(client: AsyncClient):
    assert (await client.get(LIST, params={"order": ["asc:kind"] * 9, "limit": "1"})).status_code == 400


async def test_what_a_filter_selects_is_counted(db: Database):
    await add_entities(db, [component("a"), component("b", type="library"), component("c")])
    question = Question(filter=parse_filters(["spec.type=service"]))
    assert (await query_entities(db, question, Part(limit=0))).total == 2
