"""What the lists of our own API leave out where they are asked to: changes, problems, conflicts."""

from typing import Any, Final

import pytest
from httpx2 import AsyncClient
from sqlalchemy import insert

from cuelight.catalog.tables import CONFLICTS
from cuelight.db import Database, Statement
from tests.rows import ADD_CHANGE, ADD_PROBLEM, add, change, problem

pytestmark = pytest.mark.usefixtures("dialect")

V1: Final = "/api/cuelight/v1"
ADD_CONFLICT: Final = Statement(insert(CONFLICTS))


def conflict(ref: str, source: str) -> dict[str, Any]:
    claim = {"entity_ref": ref, "source": source, "unprocessed": "{}", "unprocessed_hash": "x", "since": 1}
    return dict.fromkeys(CONFLICTS.c.keys()) | claim


async def found(client: AsyncClient, path: str, key: str) -> list[Any]:
    answer = await client.get(f"{V1}/{path}")
    assert answer.status_code == 200, answer.text
    return [item[key] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "sequences"),
    [
        ("", [4, 3, 2, 1]),
        ("ref=component:c2", [2]),
        ("ref=COMPONENT:Default/C2", [2]),
        ("ref=component:other/c2", []),
        ("kind=group", [4]),
        ("kind=GROUP", [4]),
        ("kind=compo", []),
        ("cause=delivery-3", [3]),
        ("kind=component&cause=delivery-3", [3]),
        ("kind=group&cause=delivery-3", []),
        ("kind=component&since=1&limit=1", [3]),
    ],
)
async def test_changes_of_an_entity_a_kind_or_a_cause(
    db: Database, client: AsyncClient, query: str, sequences: list[int]
):
    rows = [change(number, at=number, caused_at=number) for number in (1, 2, 3)]
    await add(db, ADD_CHANGE, *rows, change(4, at=4, entity_ref="group:default/g"))
    assert await found(client, f"changes?{query}", "sequence") == sequences


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("", ["problem 4", "problem 3", "problem 2", "problem 1"]),
        ("ref=component:p1", ["problem 1"]),
        ("level=warning", ["problem 2"]),
        ("level=further", []),
        ("rule=yaml", ["problem 3"]),
        ("url=https://github.com/acme/shop/", ["problem 3", "problem 2", "problem 1"]),
        ("url=https://github.com/acme/sho_/", []),
        ("url=https://github.com/acme/shop/&level=error&limit=1", ["problem 3"]),
    ],
)
async def test_problems_of_an_entity_a_level_a_rule_or_below_a_url(
    db: Database, client: AsyncClient, query: str, messages: list[str]
):
    rows = [problem(1), problem(2, level="warning"), problem(3, rule="yaml")]
    await add(db, ADD_PROBLEM, *rows, problem(4, url="https://github.com/acme/other/x.yaml"))
    assert await found(client, f"problems?{query}", "message") == messages


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("", ["component:default/a", "component:default/a", "component:default/b"]),
        ("ref=component:B", ["component:default/b"]),
        ("source=provider:one", ["component:default/a", "component:default/b"]),
        ("source=provider:two", ["component:default/a"]),
        ("source=provider:two&ref=component:b", []),
    ],
)
async def test_conflicts_over_a_ref_or_of_a_claimant(db: Database, client: AsyncClient, query: str, refs: list[str]):
    claims = [("a", "one"), ("a", "two"), ("b", "one")]
    await add(db, ADD_CONFLICT, *(conflict(f"component:default/{ref}", f"provider:{name}") for ref, name in claims))
    assert await found(client, f"conflicts?{query}", "entityRef") == refs


async def test_conflicts_are_listed_each_once(db: Database, client: AsyncClient):
    rows = [conflict("component:default/a", f"provider:{number}") for number in range(5)]
    await add(db, ADD_CONFLICT, *rows)
    sources: list[list[str]] = []
    after = "limit=2"
    while after:
        page = (await client.get(f"{V1}/conflicts?{after}")).json()
        sources.append([item["source"] for item in page["items"]])
        after = page["nextCursor"] and f"limit=2&after={page['nextCursor']}"
    assert sources == [["provider:0", "provider:1"], ["provider:2", "provider:3"], ["provider:4"]]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("changes?ref=x", 'Entity reference "x" had missing or empty kind'),
        (
            "problems?level=bad",
            "request/query/level must be equal to one of the allowed values: error, further, warning",
        ),
        ("conflicts?reference=x", "Unknown query parameter 'reference'"),
    ],
)
async def test_a_filter_that_is_none_is_refused(client: AsyncClient, path: str, message: str):
    answer = await client.get(f"{V1}/{path}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)
