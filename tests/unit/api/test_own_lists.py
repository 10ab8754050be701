"""The lists of our own API: deliveries, changes, problems."""

import asyncio
import zlib

import pytest
from httpx2 import AsyncClient

from cuelight.catalog.channels import CHANGES
from cuelight.catalog.queries import measure_freshness
from cuelight.clock import SECOND, ManualClock
from cuelight.db import Database, Transaction
from tests.rows import ADD_BODY, ADD_CHANGE, ADD_DELIVERY, ADD_PROBLEM, add, change, delivery, problem

pytestmark = pytest.mark.usefixtures("dialect")

V1 = "/api/cuelight/v1"


async def every_page(client: AsyncClient, path: str, key: str) -> list[list[object]]:
    """The values of *key* on each page of the list at *path*, two items a page."""
    pages, cursor = [], ""
    while True:
        answer = (await client.get(f"{V1}/{path}?limit=2{cursor}")).json()
        pages.append([item[key] for item in answer["items"]])
        if answer["nextCursor"] is None:
            return pages
        cursor = f"&after={answer['nextCursor']}"


async def test_changes_are_listed_newest_first_each_once(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, *(change(number, at=number) for number in range(1, 6)))
    assert await every_page(client, "changes", "sequence") == [[5, 4], [3, 2], [1]]


async def test_problems_of_one_instant_are_listed_each_once(db: Database, client: AsyncClient):
    await add(db, ADD_PROBLEM, *(problem(number, since=7) for number in range(5)))
    pages = await every_page(client, "problems", "message")
    assert pages == [["problem 4", "problem 3"], ["problem 2", "problem 1"], ["problem 0"]]


async def test_deliveries_of_one_instant_are_listed_each_once(db: Database, client: AsyncClient):
    await add(db, ADD_DELIVERY, *(delivery(number, received_at=7) for number in range(3)))
    assert await every_page(client, "deliveries", "id") == [["delivery-2", "delivery-1"], ["delivery-0"]]


async def test_a_change_says_when_why_and_how_fast(db: Database, client: AsyncClient):
    at = 1_767_225_600 * SECOND
    await add(db, ADD_CHANGE, change(1, at=at, caused_at=at - 38_500))
    assert (await client.get(f"{V1}/changes")).json()["items"] == [
        {
            "sequence": 1,
            "entityRef": "component:default/c1",
            "uid": "uid-c1",
            "action": "updated",
            "paths": ["spec.owner"],
            "at": "2026-01-01T00:00:00.000Z",
            "cause": {
                "id": "delivery-1",
                "at": "2025-12-31T23:59:59.961Z",
                "reconcile": None,
                "commit": "0000000000000000000000000000000000000001",
                "author": "Release Engineer",
            },
            "milliseconds": 38.5,
        }
    ]


async def test_a_change_has_the_entity_before_and_after_it(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, change(1, at=1, before=None, action="created"))
    answer = (await client.get(f"{V1}/changes/1")).json()
    assert (answer["before"], answer["after"]) == (None, {"a": 2})


@pytest.mark.parametrize("sequence", ["9", "99999999999999999999999"])
async def test_a_change_that_is_not_there_is_not_found(client: AsyncClient, sequence: str):
    response = await client.get(f"{V1}/changes/{sequence}")
    assert response.json()["error"]["message"] == f"there is no change {sequence}; the newest is 0"


async def test_only_changes_after_a_sequence_are_given_where_that_is_asked(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, *(change(number, at=number) for number in range(1, 4)))
    answer = (await client.get(f"{V1}/changes?since=2")).json()
    assert [item["sequence"] for item in answer["items"]] == [3]


async def test_a_waiting_request_is_answered_by_the_commit_that_it_waits_for(db: Database, client: AsyncClient):
    async def work(tx: Transaction) -> None:
        await tx.execute(ADD_CHANGE, change(1, at=1))
        tx.notify(CHANGES)

    waiting = asyncio.create_task(client.get(f"{V1}/changes?since=0&wait=30"))
    await asyncio.sleep(0)
    await db.transact(work)
    assert [item["sequence"] for item in (await waiting).json()["items"]] == [1]


async def test_a_request_that_waits_in_vain_is_answered_with_nothing(
    db: Database, clock: ManualClock, client: AsyncClient
):
    async def work(tx: Transaction) -> None:
        tx.notify(CHANGES)

    waiting = asyncio.create_task(client.get(f"{V1}/changes?since=0&wait=30"))
    await asyncio.sleep(0)
    clock.advance(31)
    await db.transact(work)
    assert (await waiting).json() == {"items": [], "nextCursor": None}


async def test_waiting_needs_something_to_wait_for(client: AsyncClient):
    response = await client.get(f"{V1}/changes?wait=1")
    assert (response.status_code, "needs since" in response.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("path", ["changes", "deliveries", "problems"])
@pytest.mark.parametrize("cursor", ["zzz", "é", "WzEsMl0", "e30"])
async def test_a_cursor_that_is_none_of_ours_is_refused(client: AsyncClient, path: str, cursor: str):
    response = await client.get(f"{V1}/{path}", params={"after": cursor})
    if (path, cursor) != ("changes", "WzEsMl0"):  # which is a place in that list
        assert response.json()["error"]["message"].startswith("Malformed cursor")


@pytest.mark.parametrize("path", ["changes", "deliveries", "problems"])
async def test_a_list_has_at_most_five_hundred_items(client: AsyncClient, path: str):
    response = await client.get(f"{V1}/{path}?limit=501")
    assert response.json()["error"]["message"] == "request/query/limit must be <= 500"


async def test_a_delivery_shows_what_was_sent(db: Database, client: AsyncClient):
    await add(db, ADD_DELIVERY, delivery(1, received_at=0))
    await add(db, ADD_BODY, {"delivery_id": "delivery-1", "data": zlib.compress(b'{"ref":"<b>"}')})
    answer = (await client.get(f"{V1}/deliveries/delivery-1")).json()
    assert answer == {
        "delivery": {
            "id": "delivery-1",
            "integration": "github",
            "event": "push",
            "guid": "guid-1",
            "state": "received",
            "reason": None,
            "subject": "acme/shop",
            "receivedAt": "1970-01-01T00:00:00.000Z",
            "size": 2,
        },
        "hook": None,
        "headers": {"x-github-event": "push"},
        "body": '{"ref":"<b>"}',
        "bodyComplete": True,
        "events": [],
    }


async def test_a_body_is_given_byte_for_byte_and_never_rendered(db: Database, client: AsyncClient):
    await add(db, ADD_DELIVERY, delivery(1, received_at=0))
    await add(db, ADD_BODY, {"delivery_id": "delivery-1", "data": zlib.compress(b"<script>\xff")})
    response = await client.get(f"{V1}/deliveries/delivery-1/body")
    assert response.content == b"<script>\xff"
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")


async def test_a_delivery_that_is_not_there_is_not_found(client: AsyncClient):
    response = await client.get(f"{V1}/deliveries/nope")
    assert (response.status_code, response.json()["request"]["url"]) == (404, f"{V1}/deliveries/nope")


async def test_freshness_is_the_nearest_rank_over_changes_that_have_a_cause(db: Database):
    rows = [change(number, at=1_000 + number, caused_at=1_000) for number in range(1, 101)]
    await add(db, ADD_CHANGE, *rows, change(101, at=9_999_999))
    measured = await measure_freshness(db)
    assert (measured.changes, measured.p50, measured.p95, measured.p99) == (100, 50, 95, 99)
