"""A host that has bad days: webhooks that go astray, bad answers, lost permissions, stale reads."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from cuelight.simulator import Changes, Edit

FAULTS = "/_simulator/faults"
BRANCH = "/repos/acme/booking/branches/main"
HEADS = {
    "query": 'query Heads { r0: repository(owner: "acme", name: "booking") { defaultBranchRef { target { oid } } } }'
}


@pytest.fixture
async def served(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        yield client


async def push(simulator, content: bytes) -> str:
    pushed = await simulator.commit("acme/booking", Edit(files={"a": content}))
    assert pushed.after is not None
    return str(pushed.after)


async def settled(simulator) -> None:
    """Let those run that a clock has just woken, and send what they queued."""
    for _ in range(5):
        await asyncio.sleep(0)
    await simulator.courier.idle()


async def test_a_lost_webhook_is_recorded_and_never_sent(simulator, receiver):
    simulator.faults.lost = 1
    async with simulator.courier.working():
        await push(simulator, b"1")
        await simulator.courier.idle()
    assert receiver.bodies == []
    assert [one.status for one in simulator.courier.deliveries] == ["lost"]


async def test_a_doubled_webhook_comes_twice_with_one_id(simulator, receiver):
    simulator.faults.doubled = 1
    async with simulator.courier.working():
        await push(simulator, b"1")
        await simulator.courier.idle()
    assert len({headers["x-github-delivery"] for headers in receiver.headers}) == 1
    assert len(receiver.bodies) == 2


async def test_a_delayed_webhook_comes_within_its_window(simulator, receiver, clock):
    simulator.faults.delayed, simulator.faults.delay = 1, 60
    async with simulator.courier.working():
        await push(simulator, b"1")
        await settled(simulator)
        early = (len(receiver.bodies), simulator.courier.pending)
        clock.advance(60)
        await settled(simulator)
    assert (early, len(receiver.bodies), simulator.courier.pending) == ((0, 1), 1, 0)


async def test_a_reordered_webhook_comes_behind_the_next(simulator, receiver):
    async with simulator.courier.working():
        simulator.faults.reordered = 1
        first = await push(simulator, b"1")
        simulator.faults.reordered = 0
        second = await push(simulator, b"2")
        await simulator.courier.idle()
    assert [payload["after"] for payload in receiver.payloads] == [second, first]


async def test_a_reordered_webhook_that_nothing_overtakes_comes_at_the_end_of_the_window(simulator, receiver, clock):
    simulator.faults.reordered, simulator.faults.delay = 1, 60
    async with simulator.courier.working():
        await push(simulator, b"1")
        await settled(simulator)
        clock.advance(60)
        await settled(simulator)
    assert len(receiver.bodies) == 1


async def test_the_lists_of_a_push_are_cut_where_the_knobs_say(simulator, receiver):
    simulator.knobs.push_commits = simulator.knobs.commit_files = 3
    repository = simulator.host.repository("acme/booking")
    for number in range(4):
        simulator.host.commit(repository, Edit(files={f"{name}{number}": b"1" for name in "abcd"}, branch="side"))
    async with simulator.courier.working():
        await simulator.point("acme/booking", "main", "side")
        await simulator.courier.idle()
    [payload] = receiver.pushes
    assert [len(commit["added"]) for commit in payload["commits"]] == [3, 3, 3]


@pytest.mark.parametrize(
    ("answer", "status"),
    [("secondary", {403}), ("denied", {403}), ("throttled", {429}), ("unavailable", {500, 502, 503, 504})],
)
async def test_a_request_is_answered_badly_and_counted(client, answer, status):
    await client.patch(FAULTS, json={"share": 1, "answers": {answer: 1}})
    found = (await client.get(BRANCH)).status_code
    assert found in status
    counted = (await client.get("/_simulator/requests")).json()
    assert (counted["statuses"], counted["faults"]) == ({str(found): 1}, {answer: 1})


async def test_a_truncated_answer_is_whole_http_and_half_json(client):
    await client.patch(FAULTS, json={"share": 1, "answers": {"truncated": 1}})
    answer = await client.get(BRANCH)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


@pytest.mark.parametrize("fault", ["hollow", "mistaken"])
async def test_a_tree_can_be_answered_without_its_files(client, fault):
    await client.patch(FAULTS, json={"shares": {"tree": 1}, "answers": {fault: 1}})
    answer = await client.get("/repos/acme/booking/git/trees/main?recursive=1")
    assert (answer.status_code, answer.json()["tree"], answer.json()["truncated"]) == (200, [], False)
    assert (await client.get("/_simulator/requests")).json()["faults"] == {fault: 1}


async def test_graphql_answers_in_part(client):
    await client.patch(FAULTS, json={"shares": {"graphql:Heads": 1}, "answers": {"partial": 1}})
    document = (await client.post("/graphql", json=HEADS)).json()
    assert document["errors"]
    assert (await client.get(BRANCH)).status_code == 200


async def test_a_dropped_connection_has_no_answer(served):
    await served.patch(FAULTS, json={"share": 1, "answers": {"dropped": 1}})
    with pytest.raises(httpx2.TransportError):
        await served.get(BRANCH)
    assert (await served.get("/_simulator/requests")).json()["statuses"] == {"0": 1}


async def test_a_held_connection_is_closed_once_its_time_is_over(served, clock):
    await served.patch(FAULTS, json={"share": 1, "answers": {"held": 1}, "hold": 10})
    asking = asyncio.create_task(served.get(BRANCH))
    while (await served.get("/_simulator/requests")).json()["total"] == 0:
        pass
    assert not asking.done()
    while not asking.done():
        clock.advance(10)
        await asyncio.sleep(0)
    with pytest.raises(httpx2.TransportError):
        await asking


async def test_git_and_the_pages_stay_well(client):
    await client.patch(FAULTS, json={"share": 1, "answers": {"unavailable": 1}})
    assert (await client.get("/acme/booking")).status_code == 200


async def test_faults_end(client):
    await client.patch(FAULTS, json={"seed": 3, "share": 1, "access": "unauthorised", "forbidden": ["acme/booking"]})
    assert (await client.delete(FAULTS)).status_code == 204
    assert (await client.get(BRANCH)).status_code == 200
    assert (await client.get(FAULTS)).json()["seed"] == 3


@pytest.mark.parametrize(
    "body", [{"lost": 2}, {"lost": "often"}, {"answers": {"nonsense": 1}}, {"access": "odd"}, {"nonsense": 1}]
)
async def test_a_fault_that_can_not_be_is_refused_and_none_is_set(client, simulator, body):
    assert (await client.patch(FAULTS, json={"share": 0.5} | body)).status_code == 400
    assert simulator.faults.share == 0


@pytest.mark.parametrize("path", [BRANCH, "/orgs/acme/repos", "/app/installations"])
async def test_a_token_that_is_refused_is_refused_everywhere(client, simulator, path):
    simulator.faults.access = "unauthorised"
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    assert (await client.post("/graphql", json=HEADS)).status_code == 401


async def test_a_token_without_permissions_finds_nothing(client, simulator):
    simulator.faults.access = "missing"
    number = simulator.host.repository("acme/booking").metadata.id
    paths = [BRANCH, "/orgs/acme/repos", "/users/acme/repos", f"/repositories/{number}"]
    assert [(await client.get(path)).status_code for path in paths] == [404] * 4
    document = (await client.post("/graphql", json=HEADS)).json()
    assert (document["data"], document["errors"][0]["type"]) == ({"r0": None}, "NOT_FOUND")


async def test_lists_can_be_empty_while_each_repository_is_there(client, simulator):
    simulator.faults.access = "empty"
    assert (await client.get("/orgs/acme/repos")).json() == []
    assert (await client.get(BRANCH)).status_code == 200


async def test_what_is_not_public_can_vanish(client, simulator):
    simulator.host.create("acme/secret", Changes(visibility="private"), files={"a": b"a"})
    simulator.faults.access = "public"
    assert [one["name"] for one in (await client.get("/orgs/acme/repos")).json()] == ["booking"]
    assert (await client.get("/repos/acme/secret")).status_code == 404
    assert (await client.get(BRANCH)).status_code == 200


async def test_one_repository_can_be_forbidden(client, simulator):
    simulator.host.create("acme/other", files={"a": b"a"})
    simulator.faults.forbidden = ("acme/booking",)
    assert (await client.get(BRANCH)).status_code == 403
    assert (await client.get("/repos/acme/other/branches/main")).status_code == 200
    document = (await client.post("/graphql", json=HEADS)).json()
    assert (document["data"], document["errors"][0]["type"]) == ({"r0": None}, "FORBIDDEN")


async def test_a_replica_shows_the_heads_of_a_while_ago(client, simulator, clock):
    old = simulator.host.repository("acme/booking").head("main")
    clock.advance(100)
    new = await push(simulator, b"1")
    simulator.faults.lag = 5
    asked = [await heads(client)]
    clock.advance(5)
    asked.append(await heads(client))
    assert asked == [{old}, {new}]


async def heads(client) -> set[str]:
    """The head of the default branch, over every way to ask for it."""
    branch = (await client.get(BRANCH)).json()["commit"]["sha"]
    listed = (await client.get("/repos/acme/booking/branches")).json()[0]["commit"]["sha"]
    tree = (await client.get("/repos/acme/booking/git/trees/main")).json()["sha"]
    graphql = (await client.post("/graphql", json=HEADS)).json()["data"]["r0"]["defaultBranchRef"]["target"]["oid"]
    return {branch, listed, tree, graphql}


async def test_a_replica_has_a_new_commit_by_its_id_at_once(client, simulator, clock):
    clock.advance(100)
    simulator.faults.lag = 5
    new = await push(simulator, b"1")
    assert (await client.get(f"/repos/acme/booking/git/trees/{new}")).status_code == 200


async def test_a_replica_does_not_have_a_new_branch_yet_and_still_has_a_deleted_one(client, simulator, clock):
    await simulator.point("acme/booking", "old", "main")
    clock.advance(100)
    simulator.faults.lag = 5
    await simulator.point("acme/booking", "new", "main")
    await simulator.point("acme/booking", "old", None)
    names = [one["name"] for one in (await client.get("/repos/acme/booking/branches")).json()]
    assert names == ["main", "old"]
