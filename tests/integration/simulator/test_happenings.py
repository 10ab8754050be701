"""What happens to repositories over the control API, and what the webhooks tell of it."""

import pytest

BOOKING = "/_simulator/repos/acme/booking"


async def sent(simulator) -> None:
    async with simulator.courier.working():
        await simulator.courier.idle()


async def test_a_new_repository_is_told_with_its_first_push(client, simulator, receiver):
    await client.post("/_simulator/repos/acme/new", json={"files": {"a": "a"}})
    await sent(simulator)
    assert sorted(receiver.events) == ["create", "push", "repository"]
    assert receiver.of("repository")[0]["action"] == "created"


@pytest.mark.parametrize(
    ("body", "action"),
    [
        ({"name": "rides"}, "renamed"),
        ({"owner": "beta"}, "transferred"),
        ({"archived": True}, "archived"),
        ({"visibility": "private"}, "privatized"),
        ({"topics": ["a"]}, "edited"),
        ({"default_branch": "trunk"}, "edited"),
    ],
)
async def test_a_change_of_metadata_is_told(client, simulator, receiver, body, action):
    assert (await client.patch(BOOKING, json=body)).status_code == 200
    await sent(simulator)
    assert [payload["action"] for payload in receiver.of("repository")] == [action]


async def test_a_deletion_is_told(client, simulator, receiver):
    assert (await client.delete(BOOKING)).status_code == 204
    await sent(simulator)
    [payload] = receiver.of("repository")
    assert (payload["action"], payload["repository"]["full_name"]) == ("deleted", "acme/booking")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/_simulator/repos/acme/new", {"files": {"a": "a"}, "webhook": False}),
        ("PATCH", BOOKING, {"archived": True, "webhook": False}),
        ("DELETE", f"{BOOKING}?webhook=false", None),
        ("POST", f"{BOOKING}/commits", {"files": {"a": "a"}, "webhook": False}),
        ("PUT", f"{BOOKING}/branches/new", {"to": "main", "webhook": False}),
        ("PATCH", f"{BOOKING}/branches/main", {"name": "trunk", "webhook": False}),
        ("DELETE", f"{BOOKING}/branches/side?webhook=false", None),
        ("DELETE", f"{BOOKING}/grant?webhook=false", None),
    ],
)
async def test_everything_can_happen_in_silence(client, simulator, method, path, body):
    await client.put(f"{BOOKING}/branches/side", json={"to": "main"})
    simulator.subscribe("http://127.0.0.1:9/", app=True)
    assert (await client.request(method, path, json=body)).is_success
    assert simulator.courier.pending == 0


async def test_a_branch_is_created_forced_and_deleted(client, simulator):
    repository = simulator.host.repository("acme/booking")
    base = repository.head("main")
    head = (await client.post(f"{BOOKING}/commits", json={"files": {"a": "a"}})).json()["after"]
    created = (await client.put(f"{BOOKING}/branches/feature/x", json={"to": "main"})).json()
    forced = (await client.put(f"{BOOKING}/branches/feature/x", json={"to": base})).json()
    deleted = (await client.delete(f"{BOOKING}/branches/feature/x")).json()
    assert [(one["before"], one["after"]) for one in (created, forced, deleted)] == [
        (None, head),
        (head, base),
        (base, None),
    ]


async def test_a_branch_that_goes_back_is_told_as_forced(client, simulator, receiver):
    base = simulator.host.repository("acme/booking").head("main")
    await client.post(f"{BOOKING}/commits", json={"files": {"a": "a"}, "webhook": False})
    await client.put(f"{BOOKING}/branches/main", json={"to": base})
    await sent(simulator)
    [payload] = receiver.pushes
    assert (payload["forced"], payload["after"], payload["commits"]) == (True, base, [])


async def test_a_commit_onto_an_older_one_rewrites_the_branch(client, simulator, receiver):
    base = simulator.host.repository("acme/booking").head("main")
    await client.post(f"{BOOKING}/commits", json={"files": {"a": "a"}, "webhook": False})
    after = (await client.post(f"{BOOKING}/commits", json={"files": {"b": "b"}, "onto": base})).json()["after"]
    await sent(simulator)
    assert receiver.pushes[0]["forced"] is True
    assert simulator.host.repository("acme/booking").objects.commit(after).parents == (base,)


async def test_a_merge_takes_in_what_the_other_side_changed(client, simulator):
    for body in (
        {"files": {"side": "side", "catalog-info.yaml": "side"}, "branch": "side"},
        {"files": {"docs/index.md": None}, "branch": "side"},
        {"files": {"main": "main", "catalog-info.yaml": "main"}},
    ):
        await client.post(f"{BOOKING}/commits", json=body)
    after = (await client.post(f"{BOOKING}/commits", json={"merge": "side", "message": "Merge"})).json()["after"]
    objects = simulator.host.repository("acme/booking").objects
    tree = objects.commit(after).tree
    files = {one.path: objects.blob(one.sha) for one in objects.listing(tree) if one.kind == "blob"}
    assert files == {
        "catalog-info.yaml": b"main",
        "docs/deep/er/note.txt": b"deep\n",
        "main": b"main",
        "side": b"side",
    }
    assert len(objects.commit(after).parents) == 2


async def test_a_renamed_default_branch_stays_the_default(client, simulator, receiver):
    document = (await client.patch(f"{BOOKING}/branches/main", json={"name": "trunk"})).json()
    await sent(simulator)
    assert document["default_branch"] == "trunk"
    assert list(simulator.host.repository("acme/booking").heads()) == ["trunk"]
    assert sorted(receiver.events) == ["create", "delete", "push", "push", "repository"]
    assert receiver.of("repository")[0]["changes"] == {"default_branch": {"from": "main"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "branches/main", None, 409),
        ("DELETE", "branches/nope", None, 404),
        ("PATCH", "branches/nope", {"name": "x"}, 404),
        ("PATCH", "branches/main", {"name": "side"}, 409),
        ("PUT", "branches/new", {"to": "nope"}, 404),
        ("PUT", "branches/bad..name", {"to": "main"}, 400),
        ("POST", "commits", {"merge": "nope"}, 404),
    ],
)
async def test_a_move_that_can_not_be_made_is_refused(client, simulator, method, path, body, status):
    await client.put(f"{BOOKING}/branches/side", json={"to": "main"})
    before = simulator.host.repository("acme/booking").heads()
    assert (await client.request(method, f"{BOOKING}/{path}", json=body)).status_code == status
    assert simulator.host.repository("acme/booking").heads() == before


async def test_what_the_app_may_read_is_told_to_the_app_alone(client, simulator, receiver):
    await client.delete(f"{BOOKING}/grant")
    await sent(simulator)
    assert receiver.events == []
    simulator.subscribe(simulator.hooks[0].url, "a secret", app=True)
    await client.put(f"{BOOKING}/grant")
    await sent(simulator)
    assert receiver.events == ["installation_repositories"]
    assert receiver.headers[0]["x-github-hook-installation-target-type"] == "integration"


async def test_the_state_is_the_whole_truth(client, simulator):
    await client.put(f"{BOOKING}/branches/side", json={"to": "main"})
    await client.patch(BOOKING, json={"topics": ["a"], "archived": True})
    simulator.host.create("beta/other")
    state = (await client.get("/_simulator/state")).json()
    head = simulator.host.repository("acme/booking").head("main")
    assert [one["full_name"] for one in state["repositories"]] == ["acme/booking", "beta/other"]
    booking = state["repositories"][0]
    assert (booking["branches"], booking["topics"], booking["archived"]) == ({"main": head, "side": head}, ["a"], True)
    assert booking == (await client.get(BOOKING)).json()


async def test_the_state_of_one_owner_leaves_out_the_others(client, simulator):
    simulator.host.create("beta/other")
    state = (await client.get("/_simulator/state?owner=beta")).json()
    assert [one["full_name"] for one in state["repositories"]] == ["beta/other"]
