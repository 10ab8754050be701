"""The REST API as GitHub documents it: shapes, words of errors, pages, entity tags, limits."""

import base64
from typing import Any

import httpx2
import pytest

from cuelight.simulator import Changes, Edit, Settings, Simulator, application


async def get(client: httpx2.AsyncClient, path: str, **headers: str) -> Any:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_repository_is_found_by_name_in_any_case_and_by_id(client):
    named = await get(client, "/repos/Acme/BOOKING")
    assert named == await get(client, f"/repositories/{named['id']}")
    assert named["full_name"] == "acme/booking"
    assert named["html_url"] == "http://host.example/acme/booking"
    assert named["clone_url"] == "http://host.example/acme/booking.git"


async def test_the_api_is_also_below_the_prefix_of_github_enterprise_server(client):
    assert (await get(client, "/api/v3/repos/acme/booking"))["name"] == "booking"


async def test_pages_can_look_like_githubs_while_the_api_is_local(tmp_path):
    simulator = Simulator(Settings(root=tmp_path, web_base="https://github.com"))
    simulator.host.create("acme/booking", files={"a": b"a"})
    transport = httpx2.ASGITransport(app=application(simulator, "http://127.0.0.1:9"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:9") as client:
        document = await get(client, "/repos/acme/booking")
    simulator.close()
    assert document["html_url"] == "https://github.com/acme/booking"
    assert document["url"] == "http://127.0.0.1:9/repos/acme/booking"
    assert document["clone_url"] == "http://127.0.0.1:9/acme/booking.git"


async def test_what_is_not_there_is_not_found_in_githubs_words(client):
    answer = await client.get("/repos/acme/nothing")
    assert answer.status_code == 404
    assert answer.json() == {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }


async def test_a_listing_has_every_repository_once_over_its_pages(client, simulator):
    for number in range(6):
        simulator.host.create(f"acme/more-{number}")
    names: list[str] = []
    url: str | None = "/orgs/acme/repos?per_page=3"
    while url:
        answer = await client.get(url)
        names += [repository["name"] for repository in answer.json()]
        url = answer.links.get("next", {}).get("url")
    assert sorted(names) == ["booking", *(f"more-{number}" for number in range(6))]


@pytest.mark.parametrize(
    ("happens", "names"),
    [
        (lambda host, _: host.create("acme/other"), ["other", "two", "one", "booking"]),
        (lambda host, one: host.delete(one), ["two", "booking"]),
        (lambda host, one: host.amend(one, Changes(name="first")), ["two", "first", "booking"]),
        (lambda host, one: host.amend(one, Changes(owner="other")), ["two", "booking"]),
        (lambda host, one: host.amend(one, Changes(visibility="private")), ["two", "booking"]),
        (lambda host, one: host.commit(one, Edit(files={"a": b"1"})), ["one", "two", "booking"]),
    ],
    ids=["created", "deleted", "renamed", "transferred", "hidden", "pushed"],
)
async def test_a_listing_knows_what_has_happened_since_the_last_one(client, simulator, clock, happens, names):
    for name in ("one", "two"):
        simulator.host.create(f"acme/{name}")
    url = "/orgs/acme/repos?sort=pushed&type=public"
    await get(client, url)
    clock.advance(60)
    happens(simulator.host, simulator.host.repository("acme/one"))
    assert [repository["name"] for repository in await get(client, url)] == names


async def test_the_first_page_links_to_the_next_and_the_last(client, simulator):
    for number in range(6):
        simulator.host.create(f"acme/more-{number}")
    links = (await client.get("/orgs/acme/repos?per_page=3")).links
    assert links["next"]["url"] == "http://host.example/orgs/acme/repos?per_page=3&page=2"
    assert links["last"]["url"] == "http://host.example/orgs/acme/repos?per_page=3&page=3"


async def test_a_page_holds_at_most_a_hundred(client, simulator):
    for number in range(101):
        simulator.host.create(f"acme/more-{number}")
    assert len(await get(client, "/orgs/acme/repos?per_page=1000")) == 100


async def test_an_organisation_lists_the_newest_first(client, simulator, clock):
    clock.advance(60)
    simulator.host.create("acme/younger")
    assert [one["name"] for one in await get(client, "/orgs/acme/repos")] == ["younger", "booking"]


async def test_a_user_is_no_organisation(client, simulator):
    simulator.host.add_owner("somebody", "User")
    assert (await client.get("/orgs/somebody/repos")).status_code == 404
    assert await get(client, "/users/somebody/repos") == []


async def test_a_branch_names_its_commit_tree_and_author(client, simulator):
    repository = simulator.host.repository("acme/booking")
    document = await get(client, "/repos/acme/booking/branches/main")
    commit = document["commit"]
    assert commit["sha"] == repository.head("main")
    assert commit["commit"]["tree"]["sha"] == repository.objects.commit(commit["sha"]).tree
    assert commit["commit"]["author"] == {
        "name": "demo-developer",
        "email": "demo-developer@users.noreply.simulator.example",
        "date": "2026-01-01T00:00:00Z",
    }
    assert commit["author"]["login"] == "demo-developer"


async def test_a_branch_may_contain_slashes(client, simulator):
    repository = simulator.host.repository("acme/booking")
    pushed = simulator.host.commit(repository, Edit(files={"x": b"x"}, branch="feature/login/form"))
    document = await get(client, "/repos/acme/booking/branches/feature/login/form")
    assert document["name"] == "feature/login/form"
    assert document["commit"]["sha"] == pushed.after


async def test_a_missing_branch_is_named_so(client):
    answer = await client.get("/repos/acme/booking/branches/nope")
    assert (answer.status_code, answer.json()["message"]) == (404, "Branch not found")


async def test_a_commit_is_found_by_branch_tag_and_the_beginning_of_its_id(client, simulator):
    repository = simulator.host.repository("acme/booking")
    sha = repository.head("main")
    repository.move("refs/tags/v1", sha)
    found = [
        (await get(client, f"/repos/acme/booking/commits/{ref}"))["sha"]
        for ref in ("main", "v1", sha[:8], "heads/main")
    ]
    assert found == [sha] * 4


async def test_a_commit_lists_its_files(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.commit(repository, Edit(files={"docs/index.md": None, "new": b"", "catalog-info.yaml": b"other"}))
    files = (await get(client, "/repos/acme/booking/commits/main"))["files"]
    assert [(one["filename"], one["status"]) for one in files] == [
        ("catalog-info.yaml", "modified"),
        ("docs/index.md", "removed"),
        ("new", "added"),
    ]


async def test_an_unknown_commit_is_unprocessable(client):
    answer = await client.get("/repos/acme/booking/commits/nope")
    assert (answer.status_code, answer.json()["message"]) == (422, "No commit found for SHA: nope")


@pytest.mark.parametrize("path", ["commits/main", "git/trees/main"])
async def test_an_empty_repository_conflicts(client, simulator, path):
    simulator.host.create("acme/empty")
    answer = await client.get(f"/repos/acme/empty/{path}")
    assert (answer.status_code, answer.json()["message"]) == (409, "Git Repository is empty.")


async def test_a_recursive_tree_has_every_file_and_folder(client):
    document = await get(client, "/repos/acme/booking/git/trees/main?recursive=1")
    lines = [(one["path"], one["mode"], one["type"], one.get("size")) for one in document["tree"]]
    assert lines == [
        ("catalog-info.yaml", "100644", "blob", 16),
        ("docs", "040000", "tree", None),
        ("docs/deep", "040000", "tree", None),
        ("docs/deep/er", "040000", "tree", None),
        ("docs/deep/er/note.txt", "100644", "blob", 5),
        ("docs/index.md", "100644", "blob", 7),
    ]
    assert document["truncated"] is False


async def test_a_tree_is_one_folder_unless_asked_to_recurse(client):
    document = await get(client, "/repos/acme/booking/git/trees/main")
    assert [one["path"] for one in document["tree"]] == ["catalog-info.yaml", "docs"]


async def test_a_recursive_tree_past_the_limit_is_truncated_and_its_folders_can_be_asked_one_by_one(client, simulator):
    simulator.knobs.tree_entries = 2
    whole = await get(client, "/repos/acme/booking/git/trees/main?recursive=1")
    assert whole["truncated"] is True
    assert [one["path"] for one in whole["tree"]] == ["catalog-info.yaml", "docs"]
    below = await get(client, f"/repos/acme/booking/git/trees/{whole['tree'][1]['sha']}")
    assert [one["path"] for one in below["tree"]] == ["deep", "index.md"]


async def test_a_blob_comes_as_base64_or_raw(client):
    tree = await get(client, "/repos/acme/booking/git/trees/main")
    path = f"/repos/acme/booking/git/blobs/{tree['tree'][0]['sha']}"
    document = await get(client, path)
    assert base64.b64decode(document["content"]) == b"kind: Component\n"
    assert document["encoding"] == "base64"
    raw = await client.get(path, headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.content == b"kind: Component\n"


async def test_a_blob_of_another_repository_is_not_found(client, simulator):
    other = simulator.host.create("acme/other", files={"secret": b"elsewhere"})
    sha = other.objects.listing(other.objects.commit(other.head("main") or "").tree)[0].sha
    assert (await client.get(f"/repos/acme/other/git/blobs/{sha}")).status_code == 200
    assert (await client.get(f"/repos/acme/booking/git/blobs/{sha}")).status_code == 404


@pytest.mark.parametrize("name", ["x" * 20, "0" * 40, "zz", "%00", "main"])
async def test_a_blob_id_that_is_none_is_not_found(client, name):
    assert (await client.get(f"/repos/acme/booking/git/blobs/{name}")).status_code == 404


async def test_contents_of_a_file_and_of_a_folder(client):
    file = await get(client, "/repos/acme/booking/contents/docs/index.md?ref=main")
    assert (file["type"], base64.b64decode(file["content"])) == ("file", b"# Docs\n")
    folder = await get(client, "/repos/acme/booking/contents/docs")
    assert [(one["path"], one["type"]) for one in folder] == [("docs/deep", "dir"), ("docs/index.md", "file")]


async def test_contents_past_a_megabyte_come_raw_only(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.commit(repository, Edit(files={"big": b"x" * 1_100_000}))
    document = await get(client, "/repos/acme/booking/contents/big")
    assert (document["content"], document["encoding"]) == ("", "none")
    raw = await client.get("/repos/acme/booking/contents/big", headers={"Accept": "application/vnd.github.raw"})
    assert len(raw.content) == 1_100_000


async def test_an_entity_tag_that_still_holds_is_answered_304_and_costs_nothing(client):
    first = await client.get("/repos/acme/booking/branches/main")
    again = await client.get("/repos/acme/booking/branches/main", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"] == "1"


async def test_an_entity_tag_changes_with_a_push(client, simulator):
    first = await client.get("/repos/acme/booking/branches/main")
    simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files={"x": b"x"}))
    again = await client.get("/repos/acme/booking/branches/main", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200


async def test_past_the_rate_limit_every_request_is_refused_until_the_hour_is_over(client, simulator, clock):
    simulator.knobs.rate_limit = 1
    assert (await client.get("/repos/acme/booking")).headers["x-ratelimit-remaining"] == "0"
    refused = await client.get("/repos/acme/booking")
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded")
    assert refused.headers["x-ratelimit-reset"] == str(1_767_225_600 + 3600)
    clock.advance(3600)
    assert (await client.get("/repos/acme/booking")).status_code == 200


async def test_asking_for_the_rate_limit_is_free(client):
    await client.get("/rate_limit")
    assert (await get(client, "/rate_limit"))["rate"]["used"] == 0


@pytest.mark.parametrize("header", ["Bearer right", "token right", "Basic eDpyaWdodA=="])
async def test_a_configured_token_opens_the_api(tmp_path, header):
    assert await _status(tmp_path, {"Authorization": header}) == (200, None)


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Requires authentication"),
        ({"Authorization": "Bearer wrong"}, "Bad credentials"),
        ({"Authorization": "Basic ???"}, "Bad credentials"),
        ({"Authorization": "Bearer r\u00efght"}, "Bad credentials"),
    ],
)
async def test_another_token_or_none_is_unauthorised_in_githubs_words(tmp_path, headers, message):
    assert await _status(tmp_path, headers) == (401, message)


async def _status(root, headers) -> tuple[int, str | None]:
    simulator = Simulator(Settings(root=root, token="right"))
    transport = httpx2.ASGITransport(app=application(simulator, "http://host.example"))
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with httpx2.AsyncClient(transport=transport, base_url="http://host.example") as client:
        answer = await client.get("/meta", headers=sent)
    simulator.close()
    return answer.status_code, answer.json().get("message")


async def test_an_archived_fork_with_topics_says_so(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.amend(repository, Changes(archived=True, fork=True, topics=("rides",), visibility="internal"))
    document = await get(client, "/repos/acme/booking")
    assert (document["archived"], document["fork"], document["topics"]) == (True, True, ["rides"])
    assert (document["visibility"], document["private"]) == ("internal", True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/acme", "booking"),
        ("/acme/booking", "catalog-info.yaml"),
        ("/acme/booking/tree/main/docs", "index.md"),
        ("/acme/booking/blob/main/docs/index.md", "# Docs"),
        ("/acme/booking/raw/main/docs/index.md", "# Docs"),
        ("/acme/booking/commit/HEAD", "Initial commit"),
    ],
)
async def test_the_pages_that_links_lead_to_are_there(client, path, text):
    answer = await client.get(path)
    assert answer.status_code == 200
    assert text in answer.text


async def test_a_page_shows_markup_in_files_as_text(client, simulator):
    repository = simulator.host.repository("acme/booking")
    simulator.host.commit(repository, Edit(files={"<b>.html": b"<script>alert(1)</script>"}))
    page = (await client.get("/acme/booking/blob/main/%3Cb%3E.html")).text
    assert "<script>" not in page
    assert "<b>" not in page
    raw = await client.get("/acme/booking/raw/main/%3Cb%3E.html")
    assert raw.headers["content-type"].startswith("text/plain")


async def test_a_page_of_what_is_not_there_is_404(client):
    assert (await client.get("/acme/booking/blob/main/nope")).status_code == 404
