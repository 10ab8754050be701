"""What the recorded cases leave open of queries: pages both ways, what a cursor holds, and what is refused."""

import asyncio
from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.api.queries import MOST
from cuelight.db import Database
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

QUERY = "/api/catalog/entities/by-query"


def names(page: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in page["items"]]


async def asked(client: AsyncClient, **parameters: Any) -> dict[str, Any]:
    response = await client.get(QUERY, params=parameters)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def walk(client: AsyncClient, page: dict[str, Any], towards: str) -> list[dict[str, Any]]:
    """*page*, and those that follow it *towards* `nextCursor` or `prevCursor`."""
    pages = [page]
    while cursor := pages[-1]["pageInfo"].get(towards):
        pages.append(await asked(client, limit=2, cursor=cursor))
    return pages


@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_the_pages_of_an_order_are_the_same_both_ways(db: Database, client: AsyncClient, direction: str):
    await add_entities(db, [component(name) for name in "bdaec"])
    there = await walk(client, await asked(client, limit=2, orderField=f"metadata.name,{direction}"), "nextCursor")
    back = await walk(client, there[-1], "prevCursor")
    expected = [["a", "b"], ["c", "d"], ["e"]] if direction == "asc" else [["e", "d"], ["c", "b"], ["a"]]
    assert [names(page) for page in there] == expected
    assert [names(page) for page in reversed(back)] == expected
    assert "prevCursor" not in there[0]["pageInfo"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_equal_values_are_neither_lost_nor_doubled_between_pages(
    db: Database, client: AsyncClient, direction: str
):
    await add_entities(db, [component(name, type="same") for name in "abcde"])
    pages = await walk(client, await asked(client, limit=2, orderField=f"spec.type,{direction}"), "nextCursor")
    assert sorted(name for page in pages for name in names(page)) == list("abcde")


async def test_what_lacks_the_field_of_an_order_is_left_out_and_not_counted(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", system="x"), component("b"), component("c", system="y")])
    page = await asked(client, orderField="spec.system")
    assert (names(page), page["totalItems"]) == (["a", "c"], 2)


async def test_an_order_without_a_direction_can_be_read_on(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    pages = await walk(client, await asked(client, limit=2, orderField="metadata.name"), "nextCursor")
    assert [names(page) for page in pages] == [["a", "b"], ["c"]]


async def test_only_the_first_order_counts(db: Database, client: AsyncClient):
    await add_entities(db, [component("a", type="y"), component("b", type="x")])
    assert names(await asked(client, orderField=["spec.type,asc", "metadata.name,asc"])) == ["b", "a"]


async def test_what_is_not_to_be_counted_is_not_on_any_page(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    pages = await walk(client, await asked(client, limit=2, totalItems="exclude"), "nextCursor")
    assert [page["totalItems"] for page in pages] == [0, 0]


async def test_a_page_of_none_counts_them_all(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    assert await asked(client, limit=0) == {"items": [], "totalItems": 3, "pageInfo": {}}


async def test_a_text_is_looked_for_in_any_case_and_beside_a_filter(db: Database, client: AsyncClient):
    await add_entities(db, [component("Payments"), component("payments-ui", type="website"), component("ledger")])
    page = await asked(
        client, fullTextFilterTerm="AYMEN", fullTextFilterFields="metadata.name", filter="spec.type=service"
    )
    assert names(page) == ["Payments"]


async def test_a_cursor_holds_its_filter_whatever_comes_along_with_it(db: Database, client: AsyncClient):
    await add_entities(db, [component("a"), component("b"), component("c", type="library")])
    first = await asked(client, limit=1, filter="spec.type=service", orderField="metadata.name,asc")
    second = await asked(client, limit=9, filter="spec.type=library", cursor=first["pageInfo"]["nextCursor"])
    assert (names(second), second["totalItems"]) == (["b"], 2)


async def test_a_cursor_may_change_between_get_and_post(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    body = {"limit": 2, "orderBy": [{"field": "metadata.name", "order": "desc"}], "query": {"kind": "component"}}
    posted = (await client.post(QUERY, json=body)).json()
    got = await asked(client, limit=2, cursor=posted["pageInfo"]["nextCursor"])
    again = (await client.post(QUERY, json={"cursor": got["pageInfo"]["prevCursor"], "limit": 2})).json()
    assert (names(posted), names(got), names(again)) == (["c", "b"], ["a"], ["c", "b"])


async def test_fields_of_a_posted_query_may_be_parted_by_commas(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    answer = await client.post(QUERY, json={"fields": ["kind,metadata.name"]})
    assert answer.json()["items"] == [{"kind": "Component", "metadata": {"name": "a"}}]


async def test_fields_go_with_every_page(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "ab"])
    first = await asked(client, limit=1, fields="kind")
    second = await asked(client, limit=1, fields=["kind", "apiVersion"], cursor=first["pageInfo"]["nextCursor"])
    assert (first["items"], list(second["items"][0])) == ([{"kind": "Component"}], ["kind", "apiVersion"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"orderField": "kind,up"}, "Invalid order field order, must be asc or desc"),
        ({"limit": "-1"}, "request/query/limit must be >= 0"),
        (
            {"totalItems": "some"},
            "request/query/totalItems must be equal to one of the allowed values: include, exclude",
        ),
        ({"cursor": ""}, "Empty value found for query parameter 'cursor'"),
        ({"fields": "a[0]"}, 'Invalid field "a[0]", array type fields are not supported'),
        (
            {"filter": "=x"},
            "Invalid filter, '=x' is not a valid statement (expected a string on the form a=b or a= or a)",
        ),
    ],
)
async def test_a_query_that_cannot_be_answered_is_refused(client: AsyncClient, parameters: Any, message: str):
    response = await client.get(QUERY, params=parameters)
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"cursor": ""}, "Cursor cannot be empty"),
        ({"limit": -1}, "request/body/limit must be >= 0"),
        ({"offset": "x"}, "request/body/offset must be number"),
        ({"query": []}, "request/body/query must be object"),
        ({"query": None}, "request/body/query must be object"),
        ({"orderBy": [{"field": "kind"}]}, "request/body/orderBy/0 must have required property 'order'"),
        (
            {"orderBy": [{"field": "kind", "order": "up"}]},
            "request/body/orderBy/0/order must be equal to one of the allowed values: asc, desc",
        ),
        ({"fullTextFilter": {"fields": "x"}}, "request/body/fullTextFilter/fields must be array"),
        ({"totalItems": 1}, "request/body/totalItems must be string"),
        (
            {"totalItems": "some"},
            "request/body/totalItems must be equal to one of the allowed values: include, exclude",
        ),
        ({"fields": ["a[0]"]}, 'Invalid field "a[0]", array type fields are not supported'),
    ],
)
async def test_a_posted_query_that_cannot_be_answered_is_refused(client: AsyncClient, body: Any, message: str):
    response = await client.post(QUERY, json=body)
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize("cursor", ["zzz", "!!!", "e30", "é", "%00"])
async def test_a_cursor_of_another_kind_is_refused_either_way(client: AsyncClient, cursor: str):
    got = await client.get(f"{QUERY}?cursor={cursor}" if cursor == "%00" else QUERY, params={"cursor": cursor})
    posted = await client.post(QUERY, json={"cursor": cursor})
    assert [each.status_code for each in (got, posted)] == [400, 400]


@pytest.mark.parametrize("sent", [{}, {"content": b""}, {"json": {}}])
async def test_a_query_without_a_body_asks_for_everything(db: Database, client: AsyncClient, sent: Any):
    await add_entities(db, [component("a")])
    assert names((await client.post(QUERY, **sent)).json()) == ["a"]


async def test_a_limit_may_have_a_part(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "ab"])
    assert len((await client.post(QUERY, json={"limit": 1.5})).json()["items"]) == 1


async def test_a_page_has_its_limit_and_the_rest_can_be_read_on(db: Database, client: AsyncClient):
    await add_entities(db, [component(f"c{number:05}") for number in range(MOST + 1)])
    page = await asked(client, limit=MOST + 1, fields="metadata.name", totalItems="exclude")
    rest = await asked(client, limit=9, cursor=page["pageInfo"]["nextCursor"])
    assert (len(page["items"]), len(rest["items"])) == (MOST, 1)


async def test_a_page_that_is_known_is_not_sent_again(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    tag = (await client.get(QUERY)).headers["etag"]
    assert (await client.get(QUERY, headers={"If-None-Match": tag})).status_code == 304


async def test_what_many_ask_at_once_is_answered_to_each(db: Database, client: AsyncClient):
    await add_entities(db, [component(name) for name in "abc"])
    pages = await asyncio.gather(
        *(asked(client, limit=1, offset=number % 3, orderField="metadata.name") for number in range(30))
    )
    assert [names(page) for page in pages] == [[name] for name in "abc" * 10]
