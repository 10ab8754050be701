"""How fresh an entity is, from its address to its repository's head."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.api import Context, routes
from cuelight.asgi import application
from cuelight.clock import SECOND, ManualClock
from cuelight.db import Database
from tests.rows import ADD_CHANGE, add, add_entities, change, component
from tests.tracked import (
    ADD_RECONCILE,
    ADD_REPOSITORY,
    ADD_SIGNAL,
    ADD_SOURCE,
    NOW,
    PAGE,
    reconcile,
    registry,
    repository,
    signal,
    source,
)

pytestmark = pytest.mark.usefixtures("dialect")

BY_NAME = "/api/cuelight/v1/entities/by-name/component/default/shop/freshness"


@pytest.fixture
async def client(db: Database, clock: ManualClock) -> AsyncIterator[AsyncClient]:
    context = Context(db=db, clock=clock, metrics=_nothing, readiness=_nothing, registry=registry())
    transport = ASGITransport(app=application(routes(context), clock))
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def _nothing() -> Any:
    return {}


@pytest.fixture
async def shop(db: Database) -> None:
    """The component shop, read from acme/shop, whose descriptor is held."""
    await serve(db, f"url:{PAGE}")
    await add(db, ADD_SOURCE, source())


async def serve(db: Database, location: str | None, **annotations: str) -> None:
    entity = component("shop")
    given = {"backstage.io/managed-by-location": location} if location else {}
    entity["metadata"]["annotations"] = {**given, **annotations}
    await add_entities(db, [entity])


async def freshness(client: AsyncClient) -> dict[str, Any]:
    response = await client.get(BY_NAME)
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.usefixtures("shop")
async def test_an_entity_says_how_fresh_it_is(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(proven="a" * 40))
    await add(db, ADD_SIGNAL, signal())
    await add(db, ADD_RECONCILE, reconcile())
    changed = change(7, at=NOW + 50_000, caused_at=NOW, reconcile="c1", entity_ref="component:default/shop")
    await add(db, ADD_CHANGE, changed)
    assert await freshness(client) == {
        "entityRef": "component:default/shop",
        "source": {
            "url": PAGE,
            "host": "github.com",
            "repository": "acme/shop",
            "branch": "main",
            "path": "catalog-info.yaml",
        },
        "commit": "a" * 40,
        "head": "b" * 40,
        "provenHead": "a" * 40,
        "confirmedAt": "2025-12-31T23:59:58.000Z",
        "lag": 2.0,
        "signalsWaiting": 1,
        "reason": None,
        "lastChange": {
            "at": "2026-01-01T00:00:00.050Z",
            "cause": "delivery-7",
            "causedAt": "2026-01-01T00:00:00.000Z",
            "commit": f"{7:040x}",
            "author": "Release Engineer",
            "seconds": {"total": 0.05, "host": 0.02, "ours": 0.03},
        },
    }


@pytest.mark.usefixtures("shop")
async def test_its_uid_leads_to_the_same_answer(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository())
    by_uid = await client.get("/api/cuelight/v1/entities/by-uid/uid-shop/freshness")
    assert by_uid.json() == await freshness(client)


@pytest.mark.usefixtures("shop")
async def test_the_parts_of_a_name_may_be_in_any_case(client: AsyncClient):
    assert (await client.get(BY_NAME.replace("component/default/shop", "Component/Default/SHOP"))).status_code == 200


@pytest.mark.usefixtures("shop")
async def test_the_lag_grows_with_time_and_not_with_anything_else(
    db: Database, clock: ManualClock, client: AsyncClient
):
    await add(db, ADD_REPOSITORY, repository())
    clock.advance(60)
    assert (await freshness(client))["lag"] == 62.0


@pytest.mark.usefixtures("shop")
async def test_what_was_never_confirmed_has_no_lag(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(confirmed_at=None))
    found = await freshness(client)
    assert (found["confirmedAt"], found["lag"]) == (None, None)


@pytest.mark.usefixtures("shop")
async def test_a_signal_that_has_ended_is_not_waited_for(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository())
    await add(db, ADD_SIGNAL, signal(outcome="applied"), signal(id="e2", repository_id="r2"))
    assert (await freshness(client))["signalsWaiting"] == 0


@pytest.mark.usefixtures("shop")
async def test_a_last_look_that_settled_nothing_says_why(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(reason="github.com answered 503"))
    assert (await freshness(client))["reason"] == "github.com answered 503"


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"state": "unreadable", "reason": "it is larger than 5 MB"}, "it is larger than 5 MB"),
        ({"state": "absent"}, f"acme/shop has no catalog-info.yaml at {'b' * 40}"),
        ({"kind": "candidate"}, f"acme/shop has no catalog-info.yaml at {'b' * 40}, or it was not read yet"),
        ({"path": "other.yaml"}, f"acme/shop has no catalog-info.yaml at {'b' * 40}, or it was not read yet"),
    ],
    ids=["unreadable", "absent", "candidate", "unread"],
)
async def test_a_file_that_says_nothing_is_the_reason(
    db: Database, client: AsyncClient, columns: dict[str, str], reason: str
):
    await serve(db, f"url:{PAGE}")
    await add(db, ADD_REPOSITORY, repository())
    await add(db, ADD_SOURCE, source(**columns))
    assert (await freshness(client))["reason"] == reason


async def test_a_repository_that_was_not_read_yet_is_the_reason(db: Database, client: AsyncClient):
    await serve(db, f"url:{PAGE}")
    await add(db, ADD_REPOSITORY, repository(status="candidate", head=None, proven=None, confirmed_at=None))
    assert (await freshness(client))["reason"] == "acme/shop was not read yet"


async def test_a_location_of_many_files_has_no_one_commit(db: Database, client: AsyncClient):
    await serve(db, f"url:{PAGE.replace('catalog-info', '*')}")
    await add(db, ADD_REPOSITORY, repository())
    found = await freshness(client)
    assert (found["commit"], found["head"], found["reason"]) == (None, "b" * 40, None)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (None, "it names no location"),
        ("somewhere", "it names no location"),
        ("file:/etc/catalog.yaml", "its location is file:/etc/catalog.yaml"),
        ("url:https://elsewhere.example/a", "no integration reads https://elsewhere.example/a; add its host"),
        (f"url:{PAGE}", "acme/shop is not tracked at main"),
        (f"url:{PAGE.replace('main', 'HEAD')}", "acme/shop is not tracked at its default branch"),
    ],
)
async def test_an_entity_without_a_repository_says_so(
    db: Database, client: AsyncClient, location: str | None, reason: str
):
    await serve(db, location)
    said = (await freshness(client))["reason"]
    assert said.startswith(f"no repository stands behind it: {reason}")


async def test_an_orphan_says_that_it_is_one(db: Database, client: AsyncClient):
    await serve(db, f"url:{PAGE}", **{"backstage.io/orphan": "true"})
    await add(db, ADD_REPOSITORY, repository())
    assert (await freshness(client))["reason"] == "nothing names it any more: it is an orphan"


@pytest.mark.usefixtures("shop")
async def test_a_branch_is_another_source(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(), repository(id="r2", branch="next", head="e" * 40))
    assert (await freshness(client))["head"] == "b" * 40


@pytest.mark.usefixtures("shop")
async def test_of_two_rows_for_a_branch_the_one_that_was_read_counts(db: Database, client: AsyncClient):
    unread = repository(id="r0", status="candidate", head=None)
    left_out = repository(id="r9", status="excluded", reason="it is archived")
    await add(db, ADD_REPOSITORY, unread, left_out, repository())
    assert (await freshness(client))["head"] == "b" * 40


@pytest.mark.usefixtures("shop")
async def test_what_stays_of_a_repository_that_is_left_out_says_why_it_is(db: Database, client: AsyncClient):
    await add(db, ADD_REPOSITORY, repository(status="excluded", head=None, reason="it is archived"))
    assert (await freshness(client))["reason"] == "it is archived"


@pytest.mark.parametrize(
    ("columns", "seconds"),
    [
        ({"caused_at": None}, {"total": None, "host": None, "ours": None}),
        ({"caused_at": NOW}, {"total": 0.05, "host": 0.0, "ours": 0.05}),
        ({"caused_at": NOW, "reconcile": "forgotten"}, {"total": 0.05, "host": None, "ours": None}),
        ({"caused_at": NOW + SECOND}, {"total": 0.0, "host": 0.0, "ours": 0.0}),
    ],
)
@pytest.mark.usefixtures("shop")
async def test_what_is_not_known_of_a_changes_pace_is_null(
    db: Database, client: AsyncClient, columns: dict[str, Any], seconds: dict[str, float | None]
):
    await add(db, ADD_CHANGE, change(1, at=NOW + 50_000, entity_ref="component:default/shop", **columns))
    assert (await freshness(client))["lastChange"]["seconds"] == seconds


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (BY_NAME, "No entity named 'shop' found, with kind 'component' in namespace 'default'"),
        ("/api/cuelight/v1/entities/by-uid/nope/freshness", "No entity with uid nope"),
    ],
)
async def test_what_is_not_there_is_not_found_in_backstages_words(client: AsyncClient, path: str, message: str):
    assert (await client.get(path)).json() == {
        "error": {"name": "NotFoundError", "message": message},
        "request": {"method": "GET", "url": path},
        "response": {"statusCode": 404},
    }
