"""Tracked repositories over the API."""

from pathlib import Path

import pytest
from httpx2 import AsyncClient

from cuelight.clock import SECOND
from cuelight.db import Database
from cuelight.repositories import queries
from tests import postgresql
from tests.rows import add
from tests.tracked import (
    ADD_RECONCILE,
    ADD_REPOSITORY,
    ADD_SIGNAL,
    ADD_SOURCE,
    NOW,
    reconcile,
    repository,
    signal,
    source,
)
from tests.unit.api.test_query_plans import Plans

pytestmark = pytest.mark.usefixtures("dialect")

REPOSITORIES = "/api/cuelight/v1/repositories"


def named(row_id: str, name: str, **columns):
    return repository(id=row_id, full_name=f"acme/{name}", folded_name=f"acme/{name}".lower(), **columns)


async def names(client: AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"{REPOSITORIES}{query}")
    return [item["fullName"] for item in answer.json()["items"]]


async def test_repositories_are_listed_by_name_each_once(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, *(named(f"r{number}", f"R{9 - number}") for number in range(5)))
    pages, cursor = [], ""
    while True:
        answer = (await client.get(f"{REPOSITORIES}?limit=2{cursor}")).json()
        pages.append([item["fullName"] for item in answer["items"]])
        if answer["nextCursor"] is None:
            break
        cursor = f"&after={answer['nextCursor']}"
    assert pages == [["acme/R5", "acme/R6"], ["acme/R7", "acme/R8"], ["acme/R9"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=excluded", ["acme/old"]),
        ("?provider=locations", ["acme/docs"]),
        ("?name=SHOP", ["acme/shop"]),
        ("?name=acme", ["acme/docs", "acme/old", "acme/shop"]),
        ("?name=%25", []),
        ("?name=_", []),
        ("?name=nothing", []),
    ],
)
async def test_filters_leave_out_the_others(db: Database, client: AsyncClient, query: str, expected: list[str]):
    rows = [named("r1", "shop"), named("r2", "old", status="excluded"), named("r3", "docs", provider="locations")]
    await add(db, ADD_REPOSITORY, *rows)
    assert await names(client, query) == expected


async def test_a_status_that_there_is_not_is_refused(client: AsyncClient):
    assert (await client.get(f"{REPOSITORIES}?status=lost")).status_code == 400


async def test_a_repository_says_what_is_applied_and_since_when_that_is_confirmed(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(due_at=NOW + SECOND, attempts=2, reason="502"))
    item = (await client.get(REPOSITORIES)).json()["items"][0]
    assert item == {
        "id": "r1",
        "provider": "github-provider:default",
        "host": "github.com",
        "hostId": "1",
        "fullName": "acme/shop",
        "webUrl": "https://github.com/acme/shop",
        "defaultBranch": "main",
        "branch": "main",
        "visibility": "public",
        "status": "tracked",
        "reason": "502",
        "head": "b" * 40,
        "proven": True,
        "confirmedAt": "2025-12-31T23:59:58.000Z",
        "dueAt": "2026-01-01T00:00:01.000Z",
        "unanswered": 2,
        "firstSeenAt": "1970-01-01T00:00:00.000Z",
    }


async def test_a_head_that_only_a_payload_vouches_for_is_not_proven(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(proven="a" * 40))
    assert (await client.get(f"{REPOSITORIES}/r1")).json()["repository"]["proven"] is False


async def test_a_head_that_is_not_proven_was_confirmed_at_no_time(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(proven="a" * 40))
    assert (await client.get(f"{REPOSITORIES}/r1")).json()["repository"]["confirmedAt"] is None


async def test_a_provider_that_there_is_not_is_told_from_those_that_there_are(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository())
    answer = await client.get(REPOSITORIES, params={"provider": "github-acme"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith("there are: github-provider:default, locations")


async def test_a_known_provider_with_nothing_of_a_status_is_an_empty_list(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository())
    assert await names(client, "?provider=github-provider:default&status=gone") == []


async def test_one_repository_has_its_signals_looks_and_files(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository())
    ended = signal(id="e0", outcome="applied", reason="applied it", finished_at=NOW, reconcile="c1")
    await add(db, ADD_SIGNAL, signal(), ended)
    await add(db, ADD_RECONCILE, reconcile())
    await add(db, ADD_SOURCE, source())
    answer = (await client.get(f"{REPOSITORIES}/r1")).json()
    assert [(each["id"], each["commit"], each["outcome"]) for each in answer["openSignals"]] == [("e1", "c" * 40, None)]
    assert [(each["id"], each["outcome"], each["reason"]) for each in answer["endedSignals"]] == [
        ("e0", "applied", "applied it")
    ]
    assert [
        (each["before"], each["after"], each["milliseconds"], each["hostMilliseconds"]) for each in answer["reconciles"]
    ] == [("a" * 40, "b" * 40, 30.0, 20.0)]
    assert [(each["path"], each["blob"], each["commit"]) for each in answer["sources"]] == [
        ("catalog-info.yaml", "1" * 40, "a" * 40)
    ]


async def test_a_repository_that_is_not_there_is_not_found(client: AsyncClient):
    assert (await client.get(f"{REPOSITORIES}/nope")).status_code == 404


@pytest.mark.parametrize("statement", ["PAGE", "ONE", "OPEN", "ENDED", "LOOKS", "FILES"])
async def test_reads_search_and_do_not_scan(db: Database, tmp_path: Path, statement: str):
    plans = Plans(db, await postgresql.url_for(tmp_path))
    assert await plans.scans(getattr(queries, statement)) == []
