"""Deletions over the API: listed, shown, approved, restored."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from cuelight.catalog import Brake, Cause, Deferred, apply, engage
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.clock import ManualClock
from cuelight.db import Database, Statement, Transaction

pytestmark = pytest.mark.usefixtures("dialect")

DELETIONS = "/api/cuelight/v1/deletions"
LIVING = Statement(select(FINAL_ENTITIES.c.entity_ref))


def deferred(name: str) -> Deferred:
    annotations = {
        "backstage.io/managed-by-location": "url:https://host/x",
        "backstage.io/managed-by-origin-location": "url:https://host/x",
    }
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"type": "service", "lifecycle": "production", "owner": "team"},
    }
    return Deferred(entity=entity)


@pytest.fixture
async def held(db: Database, clock: ManualClock) -> list[str]:
    """The refs of five entities whose deletion is held back; one more of another provider is gone."""
    names = [f"e{number}" for number in range(5)]
    refs = [f"component:default/{name}" for name in names]

    async def work(tx: Transaction) -> None:
        await engage(tx, Brake(entities=2))
        given = Cause(id="scan 1", at=clock.now())
        await apply(tx, "p", [deferred(name) for name in names], (), given)
        await apply(tx, "q", [deferred("other")], (), given)
        gone = Cause(id="delivery 2", at=clock.now(), commit="abc")
        await apply(tx, "p", (), refs, gone)
        await apply(tx, "q", (), ["component:default/other"], gone)

    await db.transact(work)
    return refs


async def listed(client: AsyncClient, **asked: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(DELETIONS, params=asked)).json()["items"]
    return items


async def test_the_list_can_be_of_one_state_and_of_one_provider(held: list[str], client: AsyncClient):
    assert len(await listed(client)) == 6
    assert sorted(item["entityRef"] for item in await listed(client, state="held")) == held
    assert [item["entityRef"] for item in await listed(client, provider="q")] == ["component:default/other"]
    assert await listed(client, provider="q", state="held") == []


async def test_the_list_has_each_deletion_once_whatever_the_page(held: list[str], client: AsyncClient):
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        after = {"after": cursor} if cursor else {}
        page = (await client.get(DELETIONS, params={"limit": 2, "state": "held", **after})).json()
        seen += [item["entityRef"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert sorted(seen) == held


async def test_a_deletion_says_who_why_since_when_and_because_of_what(held: list[str], client: AsyncClient):
    item = (await listed(client, state="held"))[0]
    answer = (await client.get(f"{DELETIONS}/{item['id']}")).json()
    assert answer["deletion"] == item
    assert (item["provider"], item["origin"], item["at"], item["endedAt"]) == (
        *("p", "provider:p", "2026-01-01T00:00:00.000Z", None),
    )
    assert str(item["reason"]).endswith(f"cuelight deletions approve {item['id']}")
    assert item["cause"] == {
        "id": "delivery 2",
        "at": "2026-01-01T00:00:00.000Z",
        "reconcile": None,
        "commit": "abc",
        "author": None,
    }
    assert (answer["entity"], answer["parts"]) == (None, [])


async def test_a_dry_run_tells_what_would_go_and_does_nothing(held: list[str], client: AsyncClient):
    answer = (await client.post(f"{DELETIONS}/approve", json={"all": True, "dryRun": True})).json()
    assert answer == {"dryRun": True, "deletions": 5, "entities": 5, "refs": held}
    assert len(await listed(client, state="held")) == 5


@pytest.mark.parametrize("body", [{"all": True}, {"provider": "p"}])
async def test_approving_deletes_what_was_held_back(held: list[str], client: AsyncClient, body: dict[str, object]):
    answer = (await client.post(f"{DELETIONS}/approve", json=body)).json()
    assert (answer["dryRun"], answer["entities"]) == (False, 5)
    assert len(await listed(client, state="approved")) == 5


async def test_restoring_brings_back_what_was_deleted(held: list[str], client: AsyncClient):
    (item,) = await listed(client, provider="q")
    answer = (await client.post(f"{DELETIONS}/restore", json={"ids": [item["id"]]})).json()
    assert answer["refs"] == ["component:default/other"]
    assert [item["state"] for item in await listed(client, provider="q")] == ["restored"]


@pytest.mark.parametrize("verb", ["approve", "restore"])
async def test_an_unknown_id_is_not_found_and_nothing_is_done(held: list[str], client: AsyncClient, verb: str):
    known = (await listed(client, state="held"))[0]["id"]
    response = await client.post(f"{DELETIONS}/{verb}", json={"ids": [known, "nope"]})
    assert (response.status_code, response.json()["error"]["message"]) == (
        404,
        "there is no deletion nope; see: cuelight deletions list",
    )
    assert len(await listed(client, state="held")) == 5


async def test_what_is_held_back_cannot_be_restored(held: list[str], client: AsyncClient):
    known = (await listed(client, state="held"))[0]["id"]
    response = await client.post(f"{DELETIONS}/restore", json={"ids": [known]})
    assert (response.status_code, "still there: nothing to restore" in response.json()["error"]["message"]) == (
        409,
        True,
    )


async def test_what_is_gone_cannot_be_approved(held: list[str], client: AsyncClient):
    (item,) = await listed(client, provider="q")
    response = await client.post(f"{DELETIONS}/approve", json={"ids": [item["id"]]})
    assert (response.status_code, response.json()["error"]["message"]) == (
        409,
        f"deletion {item['id']} of component:default/other is done: nothing is held back",
    )


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("approve", {}),
        ("approve", {"all": True, "provider": "p"}),
        ("approve", {"ids": ["x"] * 1001}),
        ("approve", {"everything": True}),
        ("restore", {}),
        ("restore", {"ids": []}),
    ],
)
async def test_a_choice_that_is_none_is_refused(client: AsyncClient, verb: str, body: dict[str, object]):
    assert (await client.post(f"{DELETIONS}/{verb}", json=body)).status_code == 400


async def test_a_deletion_that_is_not_there_is_not_found(client: AsyncClient):
    assert (await client.get(f"{DELETIONS}/nope")).status_code == 404


async def test_a_list_of_a_provider_that_there_is_not_is_not_found(held: list[str], client: AsyncClient):
    answer = await client.get(DELETIONS, params={"provider": "nope"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "there is no provider 'nope'; there are: locations, p, q"


async def test_approving_for_a_provider_that_there_is_not_is_not_found(held: list[str], client: AsyncClient):
    answer = await client.post(f"{DELETIONS}/approve", json={"provider": "nope", "dryRun": True})
    assert answer.status_code == 404


async def test_approving_for_a_provider_with_nothing_held_is_no_error(held: list[str], client: AsyncClient):
    answer = await client.post(f"{DELETIONS}/approve", json={"provider": "q"})
    assert (answer.status_code, answer.json()["deletions"]) == (200, 0)
