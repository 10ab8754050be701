"""GraphQL as GitHub answers it: its names, its nulls with errors, its pages."""

import json
from typing import Any

import pytest

from cuelight.simulator import Changes, Edit

FILE = """query Files($oid: GitObjectID!) { repository(owner: "acme", name: "booking") { object(oid: $oid) { ... on Commit {
    file(path: "%s") { name path mode type oid size object { __typename ... on Blob { byteSize isBinary isTruncated text } } }
} } } }"""


async def ask(client, query: str, path: str = "/graphql", **variables: Any) -> dict[str, Any]:
    answer = await client.post(path, json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def repository(client, fields: str, name: str = "booking") -> Any:
    document = await ask(
        client, 'query($name: String!) { repository(owner: "acme", name: $name) { ' + fields + " } }", name=name
    )
    assert "errors" not in document, document
    return document["data"]["repository"]


@pytest.fixture
def head(simulator) -> str:
    sha = simulator.host.repository("acme/booking").head("main")
    return str(sha)


async def test_a_repository_says_what_it_is(client, simulator):
    known = simulator.host.repository("acme/booking")
    simulator.host.amend(known, Changes(archived=True, fork=True, topics=("rides",), visibility="internal"))
    fields = "databaseId name nameWithOwner url isArchived isFork isPrivate isEmpty visibility pushedAt"
    topics = "repositoryTopics(first: 20) { nodes { topic { name } } }"
    assert await repository(client, f"{fields} {topics}") == {
        "databaseId": known.metadata.id,
        "name": "booking",
        "nameWithOwner": "acme/booking",
        "url": "http://host.example/acme/booking",
        "isArchived": True,
        "isFork": True,
        "isPrivate": True,
        "isEmpty": False,
        "visibility": "INTERNAL",
        "pushedAt": "2026-01-01T00:00:00Z",
        "repositoryTopics": {"nodes": [{"topic": {"name": "rides"}}]},
    }


async def test_the_default_branch_points_at_its_commit(client, simulator, head):
    commit = "oid tree { oid } message committedDate author { name email user { login } }"
    found = await repository(client, "defaultBranchRef { name prefix target { ... on Commit { " + commit + " } } }")
    tree = simulator.host.repository("acme/booking").objects.commit(head).tree
    person = {"name": "demo-developer", "email": "demo-developer@users.noreply.simulator.example"}
    assert found["defaultBranchRef"] == {
        "name": "main",
        "prefix": "refs/heads/",
        "target": {
            "oid": head,
            "tree": {"oid": tree},
            "message": "Initial commit",
            "committedDate": "2026-01-01T00:00:00Z",
            "author": {**person, "user": {"login": "demo-developer"}},
        },
    }


async def test_an_empty_repository_has_no_default_branch(client, simulator):
    simulator.host.create("acme/empty")
    assert await repository(client, "isEmpty defaultBranchRef { name }", "empty") == {
        "isEmpty": True,
        "defaultBranchRef": None,
    }


@pytest.mark.parametrize("name", ["refs/heads/feature/x", "feature/x"])
async def test_a_branch_is_found_by_its_name(client, simulator, name):
    pushed = simulator.host.commit(
        simulator.host.repository("acme/booking"), Edit(files={"a": b"a"}, branch="feature/x")
    )
    found = await repository(client, f'ref(qualifiedName: "{name}") {{ name target {{ oid }} }}')
    assert found["ref"] == {"name": "feature/x", "target": {"oid": pushed.after}}


async def test_a_branch_that_is_not_there_is_null_without_an_error(client):
    assert await repository(client, 'ref(qualifiedName: "refs/heads/nope") { name }') == {"ref": None}


async def test_of_several_aliases_only_the_missing_is_null_with_an_error(client):
    query = '{\n  r0: repository(owner: "o", name: "n") { id }\n  r1: repository(owner: "acme", name: "booking") { name }\n}'
    assert await ask(client, query) == {
        "data": {"r0": None, "r1": {"name": "booking"}},
        "errors": [
            {
                "type": "NOT_FOUND",
                "path": ["r0"],
                "locations": [{"line": 2, "column": 3}],
                "message": "Could not resolve to a Repository with the name 'o/n'.",
            }
        ],
    }


async def test_a_renamed_repository_is_found_by_its_old_name_unless_told_not_to(client, simulator):
    simulator.host.amend(simulator.host.repository("acme/booking"), Changes(name="rides"))
    query = '{ repository(owner: "acme", name: "booking"%s) { nameWithOwner } }'
    assert (await ask(client, query % ""))["data"] == {"repository": {"nameWithOwner": "acme/rides"}}
    document = await ask(client, query % ", followRenames: false")
    assert (document["data"], document["errors"][0]["type"]) == ({"repository": None}, "NOT_FOUND")


async def test_a_new_repository_takes_over_the_name_of_a_renamed_one(client, simulator):
    simulator.host.amend(simulator.host.repository("acme/booking"), Changes(name="rides"))
    new = simulator.host.create("acme/booking").metadata.id
    assert await repository(client, "databaseId") == {"databaseId": new}


async def test_the_same_repository_is_found_by_its_node_id(client):
    opaque = (await repository(client, "id"))["id"]
    document = await ask(
        client, "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name } } }", ids=[opaque, "x"]
    )
    assert document["data"] == {"nodes": [{"name": "booking"}, None]}
    assert (document["errors"][0]["type"], document["errors"][0]["path"]) == ("NOT_FOUND", ["nodes", 1])


async def test_a_file_of_a_commit_comes_with_its_text(client, head):
    document = await ask(client, FILE % "docs/index.md", oid=head)
    entry = document["data"]["repository"]["object"]["file"]
    assert (entry["name"], entry["path"], entry["mode"], entry["type"], entry["size"]) == (
        "index.md", "docs/index.md", 0o100644, "blob", 7,
    )  # fmt: skip
    assert entry["object"] == {
        "__typename": "Blob", "byteSize": 7, "isBinary": False, "isTruncated": False, "text": "# Docs\n",
    }  # fmt: skip


async def test_a_folder_is_a_tree_and_what_is_not_there_is_null(client, head):
    entry = (await ask(client, FILE % "docs", oid=head))["data"]["repository"]["object"]["file"]
    assert (entry["type"], entry["object"]) == ("tree", {"__typename": "Tree"})
    assert (await ask(client, FILE % "nope.yaml", oid=head))["data"]["repository"]["object"] == {"file": None}


async def test_a_commit_that_is_not_there_is_null(client):
    assert (await ask(client, FILE % "a", oid="0" * 40))["data"] == {"repository": {"object": None}}


@pytest.mark.parametrize(
    ("data", "text", "binary"),
    [(b"a\0b", None, True), ("é".encode(), "é", False), (b"caf\xe9", "café", False), (b"", "", False)],
)
async def test_what_is_no_text_has_none(client, simulator, data, text, binary):
    pushed = simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files={"file": data}))
    entry = (await ask(client, FILE % "file", oid=pushed.after))["data"]["repository"]["object"]["file"]
    assert (entry["object"]["text"], entry["object"]["isBinary"]) == (text, binary)


async def test_a_long_text_is_truncated_and_says_so(client, simulator):
    simulator.knobs.blob_text = 3
    pushed = simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files={"file": "aaé".encode()}))
    blob = (await ask(client, FILE % "file", oid=pushed.after))["data"]["repository"]["object"]["file"]["object"]
    assert (blob["text"], blob["isTruncated"], blob["byteSize"]) == ("aa", True, 4)


async def test_a_history_shows_where_it_is_a_straight_line(client, simulator):
    known = simulator.host.repository("acme/booking")
    first = known.head("main")
    side = simulator.host.commit(known, Edit(files={"side": b"1"}, branch="side")).after
    main = simulator.host.commit(known, Edit(files={"main": b"1"})).after
    merge = simulator.host.commit(known, Edit(files={}, merge="side")).after
    history = "history(first: 2) { nodes { oid parents(first: 2) { totalCount nodes { oid } } } }"
    found = await repository(client, "defaultBranchRef { target { ... on Commit { " + history + " } } }")
    assert found["defaultBranchRef"]["target"]["history"]["nodes"] == [
        {"oid": merge, "parents": {"totalCount": 2, "nodes": [{"oid": main}, {"oid": side}]}},
        {"oid": main, "parents": {"totalCount": 1, "nodes": [{"oid": first}]}},
    ]


async def test_a_history_goes_on_where_its_page_ended(client, simulator):
    known = simulator.host.repository("acme/booking")
    for number in range(3):
        simulator.host.commit(known, Edit(files={"a": str(number).encode()}, message=f"commit {number}"))
    page = "totalCount pageInfo { endCursor hasNextPage } nodes { message }"
    query = "defaultBranchRef { target { ... on Commit { history(first: 2%s) { %s } } } }"
    first = (await repository(client, query % ("", page)))["defaultBranchRef"]["target"]["history"]
    cursor = first["pageInfo"]["endCursor"]
    after = f', after: "{cursor}"'
    second = (await repository(client, query % (after, page)))["defaultBranchRef"]["target"]["history"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
        4,
        True,
        False,
    )
    assert [one["message"] for one in first["nodes"] + second["nodes"]] == [
        "commit 2", "commit 1", "commit 0", "Initial commit",
    ]  # fmt: skip


async def test_an_owner_lists_its_repositories_page_by_page(client, simulator):
    for name in ("one", "two"):
        simulator.host.create(f"acme/{name}")
    query = """query($after: String) { repositoryOwner(login: "acme") { __typename
        repositories(first: 2, after: $after) { totalCount nodes { name } pageInfo { endCursor hasNextPage } } } }"""
    first = (await ask(client, query))["data"]["repositoryOwner"]
    second = (await ask(client, query, after=first["repositories"]["pageInfo"]["endCursor"]))["data"]["repositoryOwner"]
    pages = first["repositories"], second["repositories"]
    assert first["__typename"] == "Organization"
    assert [node["name"] for page in pages for node in page["nodes"]] == ["booking", "one", "two"]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True, False]


async def test_an_owner_that_is_not_there_is_null(client):
    assert await ask(client, '{ repositoryOwner(login: "nobody") { login } }') == {"data": {"repositoryOwner": None}}


@pytest.mark.parametrize(
    ("arguments", "kind"), [("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")]
)
async def test_a_page_needs_bounds(client, arguments, kind):
    query = '{ repository(owner: "acme", name: "booking") { repositoryTopics' + arguments + " { totalCount } } }"
    [error] = (await ask(client, query))["errors"]
    assert (error["type"], error["path"]) == (kind, ["repository", "repositoryTopics"])


async def test_a_comparison_counts_both_sides(client, simulator):
    known = simulator.host.repository("acme/booking")
    for number in range(2):
        simulator.host.commit(known, Edit(files={"a": str(number).encode()}, branch="side"))
    found = await repository(
        client, 'ref(qualifiedName: "main") { compare(headRef: "side") { status aheadBy behindBy } }'
    )
    assert found["ref"]["compare"] == {"status": "AHEAD", "aheadBy": 2, "behindBy": 0}


@pytest.mark.parametrize("path", ["/graphql", "/api/graphql"])
async def test_it_is_where_github_and_github_enterprise_server_have_it(client, path):
    assert (await ask(client, "{ viewer { login } }", path))["data"] == {"viewer": {"login": "demo-developer"}}


async def test_a_field_that_github_has_not_is_refused_as_a_whole(client):
    document = await ask(client, "{ viewer { shoeSize } }")
    assert "data" not in document
    assert "shoeSize" in document["errors"][0]["message"]


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"{}", 200), (b'{"query": 1}', 200), (b"[]", 200)])
async def test_a_body_without_a_query_is_refused(client, body, status):
    answer = await client.post("/graphql", content=body)
    assert answer.status_code == status
    assert json.dumps(answer.json()).count("message") == 1


async def test_points_are_counted_apart_from_requests(client, simulator):
    simulator.knobs.graphql_rate_limit = 2
    await client.get("/meta")
    answer = await client.post("/graphql", json={"query": "{ rateLimit { cost limit remaining used resetAt } }"})
    assert answer.json()["data"]["rateLimit"]["remaining"] == 2
    assert (answer.headers["x-ratelimit-resource"], answer.headers["x-ratelimit-remaining"]) == ("graphql", "1")


async def test_past_the_points_the_error_is_in_the_answer(client, simulator):
    simulator.knobs.graphql_rate_limit = 0
    answer = await client.post("/graphql", json={"query": "{ viewer { login } }"})
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")
    assert answer.json()["errors"][0]["type"] == "RATE_LIMIT"


async def test_requests_are_counted_by_the_name_of_their_operation(client, simulator):
    await ask(client, "query Heads { viewer { login } }")
    await ask(client, "{ viewer { login } }")
    assert dict(simulator.counts.kinds) == {"graphql:Heads": 1, "graphql": 1}
