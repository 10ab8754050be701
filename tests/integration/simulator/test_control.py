"""What a test or a benchmark does to the simulated host from outside."""

import asyncio

import httpx2
import pytest

from cuelight.clock import SECOND
from cuelight.simulator import Settings, Simulator, application

COMMITS = "/_simulator/repos/acme/booking/commits"


async def test_a_commit_answers_what_moved(client, simulator):
    repository = simulator.host.repository("acme/booking")
    before = repository.head("main")
    answer = await client.post(COMMITS, json={"files": {"a.txt": "a", "docs/index.md": None}, "message": "Tidy"})
    document = answer.json()
    assert answer.status_code == 201
    assert (document["before"], document["after"]) == (before, repository.head("main"))
    assert (document["ref"], document["repository"]) == ("refs/heads/main", "acme/booking")
    assert document["time"] == "2026-01-01T00:00:00.000Z"


async def test_a_commit_names_the_deliveries_that_tell_of_it(client, simulator):
    simulator.subscribe("http://127.0.0.1:9/")
    assert len((await client.post(COMMITS, json={"files": {"a": "a"}})).json()["deliveries"]) == 1


async def test_a_webhook_can_be_lost(client, simulator):
    simulator.subscribe("http://127.0.0.1:9/")
    answer = await client.post(COMMITS, json={"files": {"a": "a"}, "webhook": False})
    assert answer.json()["deliveries"] == []


async def test_a_commit_to_a_new_branch_starts_at_the_default_branch(client, simulator):
    answer = await client.post(COMMITS, json={"files": {"a": "a"}, "branch": "feature/x"})
    repository = simulator.host.repository("acme/booking")
    assert answer.json()["before"] is None
    assert repository.objects.commit(answer.json()["after"]).parents == (repository.head("main"),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"files": {}}, "names no files"),
        ({"files": {"../x": "x"}}, "can't be a file's path"),
        ({"files": {".git/config": "x"}}, "can't be a file's path"),
        ({"files": {"nope": None}}, "not in the repository"),
        ({"files": {"docs": "x"}}, "is a folder"),
        ({"files": {"catalog-info.yaml/x": "x"}}, "is a file"),
        ({"files": {"a": "x"}, "branch": "bad..name"}, "can't be a ref"),
        ({"files": {"a": "x"}, "nonsense": 1}, "nonsense"),
        ({}, "files"),
    ],
)
async def test_a_commit_that_can_not_be_made_says_why(client, simulator, body, said):
    before = simulator.host.repository("acme/booking").head("main")
    answer = await client.post(COMMITS, json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert simulator.host.repository("acme/booking").head("main") == before


async def test_a_body_that_is_not_called_json_is_refused(client):
    answer = await client.post(COMMITS, content=b'{"files": {"a": "a"}}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


async def test_a_repository_is_created_with_its_files_and_described(client, simulator):
    body = {"description": "New", "topics": ["a"], "default_branch": "trunk", "files": {"README.md": "hi"}}
    answer = await client.post("/_simulator/repos/acme/new", json=body)
    assert (answer.status_code, answer.json()["full_name"]) == (201, "acme/new")
    assert list(simulator.host.repository("acme/new").heads()) == ["trunk"]


async def test_a_name_that_is_taken_conflicts(client):
    answer = await client.post("/_simulator/repos/acme/booking", json={})
    assert (answer.status_code, answer.json()["error"]["name"]) == (409, "ConflictError")


async def test_a_renamed_repository_keeps_its_id(client, simulator):
    old = simulator.host.repository("acme/booking").metadata.id
    await client.patch("/_simulator/repos/acme/booking", json={"name": "rides", "archived": True})
    document = (await client.get(f"/repositories/{old}")).json()
    assert (document["name"], document["archived"]) == ("rides", True)
    assert (await client.get("/repos/acme/booking")).headers["location"] == f"http://host.example/repositories/{old}"


async def test_a_deleted_repository_is_gone(client):
    assert (await client.delete("/_simulator/repos/acme/booking")).status_code == 204
    assert (await client.get("/repos/acme/booking")).status_code == 404


async def test_requests_are_counted_by_kind_until_reset(client):
    await client.get("/repos/acme/booking/branches/main")
    await client.get("/repos/acme/booking/git/trees/main")
    await client.get("/repos/acme/booking/git/trees/nope")
    counted = (await client.get("/_simulator/requests")).json()
    assert counted == {"total": 3, "kinds": {"branch": 1, "tree": 2}, "statuses": {"200": 2, "404": 1}, "faults": {}}
    await client.delete("/_simulator/requests")
    assert (await client.get("/_simulator/requests")).json()["total"] == 0


async def test_a_knob_is_turned_and_the_others_stay(client, simulator):
    turned = (await client.patch("/_simulator/knobs", json={"tree_entries": 5})).json()
    assert (turned["tree_entries"], turned["tree_bytes"]) == (5, 7 * 1024 * 1024)
    assert simulator.knobs.tree_entries == 5


async def test_an_unknown_knob_is_refused(client):
    assert (await client.patch("/_simulator/knobs", json={"loudness": 11})).status_code == 400


async def test_a_hook_is_added_and_its_secret_stays_inside(client):
    answer = await client.post("/_simulator/hooks", json={"url": "http://127.0.0.1:9/", "secret": "hush"})
    assert answer.status_code == 201
    listed = await client.get("/_simulator/hooks")
    assert listed.json() == {"items": [{"id": 1, "url": "http://127.0.0.1:9/", "signed": True, "app": False}]}


async def test_with_a_token_the_control_asks_for_it(tmp_path):
    simulator = Simulator(Settings(root=tmp_path, token="right"))
    transport = httpx2.ASGITransport(app=application(simulator, "http://host.example"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://host.example") as client:
        refused = await client.get("/_simulator/requests")
        allowed = await client.get("/_simulator/requests", headers={"Authorization": "Bearer right"})
    simulator.close()
    assert (refused.status_code, allowed.status_code) == (401, 200)


async def test_latency_holds_a_request_up_for_as_long_as_the_knob_says(client, simulator, clock):
    simulator.knobs.latency = 0.5
    begun = clock.now()
    request = asyncio.create_task(client.get("/repos/acme/booking"))
    while not request.done():
        await asyncio.sleep(0)
        clock.advance(0.1)
    assert clock.now() - begun >= 0.5 * SECOND
