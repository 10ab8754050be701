"""Having an entity looked at again, and following that to its end."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import delete, select, update

from cuelight.api import Context, routes
from cuelight.asgi import application
from cuelight.catalog import Cause, Deferred, apply
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import REFRESH_REFERENCES, REFRESH_STATE, STITCH_QUEUE
from cuelight.clock import ManualClock
from cuelight.db import Database, Row, Statement, Transaction
from cuelight.repositories.signals import DUE
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from tests.corpus import corpus
from tests.rows import add
from tests.tracked import ADD_REPOSITORY, ADD_SIGNAL, NOW, PAGE, registry, repository, signal

pytestmark = pytest.mark.usefixtures("dialect")

REFRESH = "/api/catalog/refresh"
REFRESHES = "/api/cuelight/v1/refreshes"
SIGNAL = Statement(select(SIGNALS))
STATE = Statement(select(REFRESH_STATE).order_by(REFRESH_STATE.c.entity_ref))
AT_REST = Statement(update(REFRESH_STATE).values(due_at=2**62))
CLAIMED = Statement(update(REFRESH_STATE).values(due_at=REFRESH_STATE.c.due_at + 1, claim_id="w"))
STITCHED = Statement(delete(STITCH_QUEUE))
ORPHANED = Statement(delete(REFRESH_REFERENCES))
UNANSWERED = Statement(update(REPOSITORIES).values(attempts=2, reason="github.com answered 503"))
ENDED = Statement(
    update(SIGNALS).values(outcome="applied", reason="applied b", reconcile="c1", finished_at=NOW + 1_000_000)
)
LATER = Cause(id="refresh:later", at=NOW, reconcile="c1")


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
    """The component shop of acme/shop, which is tracked; everything is at rest."""
    await give(db, "shop", f"url:{PAGE}")
    await add(db, ADD_REPOSITORY, repository())
    await run(db, AT_REST)


async def give(db: Database, name: str, location: str) -> None:
    names = ("managed-by-location", "managed-by-origin-location")
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name, "annotations": {f"backstage.io/{each}": location for each in names}},
        "spec": {"type": "service", "lifecycle": "production", "owner": "team-a"},
    }
    cause = Cause(id="given", at=NOW)
    await db.transact(lambda tx: apply(tx, "p", [Deferred(entity=entity)], [], cause))


async def run(db: Database, statement: Statement) -> None:
    await db.transact(lambda tx: tx.execute(statement))


async def rows(db: Database, statement: Statement) -> Sequence[Row]:
    return await db.read(lambda tx: tx.fetch(statement))


async def start(client: AsyncClient, ref: str = "component:default/shop") -> dict[str, Any]:
    response = await client.post(REFRESHES, json={"entityRef": ref})
    assert response.status_code == 202
    answer: dict[str, Any] = response.json()
    return answer


async def state(client: AsyncClient, refresh_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get(f"{REFRESHES}/{refresh_id}")).json()
    return answer


def recorded() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(corpus("golden", "cases.json").read_text())
    return [case for case in cases if case.get("path") == "/refresh"]


@pytest.mark.parametrize("case", recorded(), ids=lambda case: case["name"])
async def test_a_refresh_is_answered_as_backstage_answered_it(case: dict[str, Any], db: Database, client: AsyncClient):
    await give(db, "c-basic", f"url:{PAGE}")
    response = await client.post(REFRESH, json=case["body"])
    headers = {name: value for name, value in response.headers.items() if name == "content-type"}
    body = response.json() if response.content else None
    assert {"status": response.status_code, "headers": headers, "body": body} == case["expect"]


@pytest.mark.usefixtures("shop")
async def test_a_refresh_makes_the_repository_due(db: Database, client: AsyncClient):
    await client.post(REFRESH, json={"entityRef": "component:default/shop"})
    assert [row["due_at"] for row in await rows(db, Statement(select(REPOSITORIES)))] == [NOW]


@pytest.mark.usefixtures("shop")
async def test_the_signal_and_the_entity_have_the_refresh_as_their_cause(db: Database, client: AsyncClient):
    asked = await start(client)
    signals = [(row["id"], row["kind"], row["cause"], row["repository_id"]) for row in await rows(db, SIGNAL)]
    assert signals == [(asked["id"], "refresh", asked["id"], "r1")]
    assert [(row["cause"], row["due_at"]) for row in await rows(db, STATE)] == [(asked["id"], NOW)]


@pytest.mark.usefixtures("shop")
async def test_a_started_refresh_says_what_is_looked_at(client: AsyncClient):
    asked = await start(client, "Component:shop")
    assert asked == {"id": asked["id"], "entityRef": "component:default/shop", "repositoryId": "r1"}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("token", [{}, {"authorizationToken": "t"}, {"authorizationToken": ""}])
async def test_backstages_body_may_hold_a_token_and_any_case(client: AsyncClient, token: dict[str, str]):
    response = await client.post(REFRESH, json={"entityRef": "Component:Default/Shop", **token})
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("token", [None, 1, 1.5, True, [], ["t"], {}, {"token": "t"}])
async def test_a_token_that_is_no_text_is_refused_as_backstage_does(client: AsyncClient, token: Any):
    response = await client.post(REFRESH, json={"entityRef": "component:default/shop", "authorizationToken": token})
    message = response.json()["error"]["message"]
    assert (response.status_code, message) == (400, "request/body/authorizationToken must be string")


@pytest.mark.parametrize("path", [REFRESH, REFRESHES])
async def test_a_key_that_nobody_knows_is_refused(client: AsyncClient, path: str):
    response = await client.post(path, json={"entityRef": "component:default/shop", "force": True})
    message = response.json()["error"]["message"]
    assert (response.status_code, message) == (400, "request/body must NOT have additional properties")


@pytest.mark.parametrize(
    "location", ["file:/etc/catalog.yaml", "url:https://elsewhere.example/a", f"url:{PAGE}", "url:https://github.com/"]
)
async def test_an_entity_without_a_repository_is_processed_all_the_same(
    db: Database, client: AsyncClient, location: str
):
    await give(db, "shop", location)
    asked = await start(client)
    assert asked["repositoryId"] is None
    assert [row["cause"] for row in await rows(db, STATE)] == [asked["id"]]


@pytest.mark.usefixtures("shop")
async def test_an_orphan_is_not_found(db: Database, client: AsyncClient):
    await run(db, ORPHANED)
    response = await client.post(REFRESHES, json={"entityRef": "component:shop"})
    assert (response.status_code, await rows(db, SIGNAL)) == (404, [])


async def test_a_ref_that_is_none_is_refused(client: AsyncClient):
    response = await client.post(REFRESHES, json={"entityRef": "shop"})
    assert (response.status_code, response.json()["error"]["name"]) == (400, "InputError")


@pytest.mark.usefixtures("shop")
async def test_a_refresh_waits_for_its_repository(client: AsyncClient):
    asked = await start(client)
    assert await state(client, asked["id"]) == {
        "id": asked["id"],
        "repositoryId": "r1",
        "repository": "acme/shop",
        "state": "waiting",
        "outcome": None,
        "reason": None,
        "unanswered": 0,
        "atRest": False,
        "requestedAt": "2026-01-01T00:00:00.000Z",
        "finishedAt": None,
    }


@pytest.mark.usefixtures("shop")
async def test_a_host_that_does_not_answer_is_why_it_waits(db: Database, client: AsyncClient):
    asked = await start(client)
    await run(db, UNANSWERED)
    found = await state(client, asked["id"])
    assert (found["state"], found["unanswered"], found["reason"]) == ("waiting", 2, "github.com answered 503")


@pytest.mark.usefixtures("shop")
async def test_it_is_done_as_its_signal_ended(db: Database, client: AsyncClient):
    asked = await start(client)
    await run(db, ENDED)
    await run(db, AT_REST)
    found = await state(client, asked["id"])
    ended = {key: found[key] for key in ("state", "outcome", "reason", "atRest", "finishedAt")}
    assert ended == {
        "state": "done",
        "outcome": "applied",
        "reason": "applied b",
        "atRest": True,
        "finishedAt": "2026-01-01T00:00:01.000Z",
    }


@pytest.mark.usefixtures("shop")
async def test_trouble_after_its_end_is_not_its_own(db: Database, client: AsyncClient):
    asked = await start(client)
    await run(db, ENDED)
    await run(db, UNANSWERED)
    found = await state(client, asked["id"])
    assert (found["unanswered"], found["reason"]) == (0, "applied b")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("work", ["due", "claimed", "queued"])
async def test_the_catalog_is_not_at_rest_while_something_follows_from_it(db: Database, client: AsyncClient, work: str):
    asked = await start(client)
    await run(db, ENDED)
    if work == "claimed":
        await run(db, CLAIMED)
    if work == "queued":
        await run(db, AT_REST)
        await db.transact(lambda tx: enqueue(tx, ["component:default/shop"], LATER))  # of its reconcile
    assert not (await state(client, asked["id"]))["atRest"]


@pytest.mark.usefixtures("shop")
async def test_what_others_make_due_does_not_keep_it_from_rest(db: Database, client: AsyncClient):
    asked = await start(client)
    await run(db, ENDED)
    await run(db, AT_REST)
    await give(db, "other", "file:/elsewhere")
    assert (await state(client, asked["id"]))["atRest"]


@pytest.mark.usefixtures("shop")
async def test_who_waits_is_answered_by_the_commit_that_ends_it(db: Database, client: AsyncClient):
    async def end(tx: Transaction) -> None:
        await tx.execute(ENDED)
        tx.notify(DUE)

    asked = await start(client)
    await run(db, AT_REST)
    waiting = asyncio.create_task(client.get(f"{REFRESHES}/{asked['id']}?wait=30"))
    await asyncio.sleep(0)
    await db.transact(end)
    assert (await waiting).json()["atRest"]


@pytest.mark.usefixtures("shop")
async def test_who_waits_in_vain_is_told_how_far_it_is(db: Database, clock: ManualClock, client: AsyncClient):
    asked = await start(client)
    waiting = asyncio.create_task(client.get(f"{REFRESHES}/{asked['id']}?wait=30"))
    await asyncio.sleep(0)
    clock.advance(31)
    await db.transact(_wake)
    assert (await waiting).json()["state"] == "waiting"


async def _wake(tx: Transaction) -> None:
    tx.notify(DUE)


@pytest.mark.usefixtures("shop")
async def test_only_refreshes_can_be_followed(db: Database, client: AsyncClient):
    await add(db, ADD_SIGNAL, signal(id="e1"))
    response = await client.get(f"{REFRESHES}/e1")
    assert (response.status_code, response.json()["error"]["name"]) == (404, "NotFoundError")
