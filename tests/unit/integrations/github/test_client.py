import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import pytest

from cuelight.clock import ManualClock, parse_iso
from cuelight.errors import HostDenied, HostUnavailable, TooLargeError
from cuelight.fetch import Fetch, FetchSection
from cuelight.integrations.github.client import BLOB_LIMIT, GitHubHost
from cuelight.integrations.github.config import HostSection
from cuelight.options import convert
from cuelight.scm import Commit, Repository
from cuelight.scm.changes import Author

Document = dict[str, Any]
REPO = "/repos/acme/web"
WEB = Repository(host="github.com", id="7", full_name="acme/web", web_url="https://github.com/acme/web")
HEAD, TREE = "c" * 40, "d" * 40
COMMIT = Commit(sha=HEAD, tree=TREE)


def shown(number: int, name: str = "web") -> Document:
    """A repository as GitHub shows it."""
    return {
        "id": number,
        "full_name": f"acme/{name}",
        "html_url": f"https://github.com/acme/{name}",
        "default_branch": "main",
        "archived": False,
        "fork": False,
        "private": True,
        "visibility": "internal",
        "topics": ["a"],
    }


def branch(name: str = "main") -> Document:
    """A branch as GitHub shows it."""
    signature = {"name": "A Developer", "email": "developer@example.com", "date": "2026-01-02T03:04:05Z"}
    facts = {"author": signature, "committer": signature, "message": "Change", "tree": {"sha": TREE}}
    return {"name": name, "commit": {"sha": HEAD, "commit": facts, "author": {"login": "a-developer"}}}


def entry(path: str, sha: str, mode: str = "100644", kind: str = "blob") -> Document:
    return {"path": path, "mode": mode, "type": kind, "sha": sha}


def folder(path: str, sha: str) -> Document:
    return entry(path, sha, "040000", "tree")


def tree(*entries: Document, truncated: bool = False) -> Document:
    return {"sha": TREE, "tree": list(entries), "truncated": truncated}


class GitHub:
    """Answers by path and query, and keeps what it was asked; 404 for everything else."""

    def __init__(self, answers: Mapping[str, Any], token: str | None = None) -> None:
        self.answers = answers
        self.asked: list[httpx2.Request] = []
        section = convert({"host": "github.com", **({"token": token} if token else {})}, HostSection)
        self.fetch = Fetch(FetchSection(), ManualClock(), transport=httpx2.MockTransport(self._answer))
        self.host = GitHubHost(section, self.fetch)

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.asked]

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        found = self.answers.get(request.url.raw_path.decode(), (404, {"message": "Not Found"}))
        if isinstance(found, httpx2.Response):
            return found
        status, document = found if isinstance(found, tuple) else (200, found)
        return httpx2.Response(status, json=document)


def redirect(target: str) -> httpx2.Response:
    return httpx2.Response(301, headers={"location": target})


def page(repositories: Sequence[Document], following: str | None = None) -> httpx2.Response:
    links = '<https://api.github.com/x?page=1>; rel="first"'
    if following:
        links = f'<https://api.github.com{following}>; rel="next", {links}'
    return httpx2.Response(200, json=repositories, headers={"link": links})


LISTED = "/orgs/acme/repos?per_page=100&sort=created&direction=asc"
OF_USER = "/users/acme/repos?per_page=100&sort=created&direction=asc"


async def listed(github: GitHub) -> list[str]:
    return [one.full_name async for one in github.host.repositories("acme")]


async def test_a_repository_is_told_in_neutral_words():
    found = await GitHub({"/repositories/7": shown(7)}).host.repository("7")

    assert found == Repository(
        host="github.com",
        id="7",
        full_name="acme/web",
        web_url="https://github.com/acme/web",
        default_branch="main",
        archived=False,
        fork=False,
        visibility="internal",
        topics=("a",),
    )


async def test_requests_carry_the_token_the_version_and_our_name():
    github = GitHub({"/repositories/7": shown(7)}, token="hunter2")

    await github.host.repository("7")

    headers = github.asked[0].headers
    assert headers["authorization"] == "Bearer hunter2"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("cuelight/")


async def test_without_a_token_nothing_is_said_of_one():
    github = GitHub({"/repositories/7": shown(7)})

    await github.host.repository("7")

    assert "authorization" not in github.asked[0].headers


async def test_requests_are_counted_by_what_they_are_for():
    github = GitHub({"/repositories/7": shown(7)})

    await github.host.repository("7")

    assert github.fetch.counts == {("api.github.com", "repository"): 1}


async def test_an_organisation_is_listed_to_its_last_page():
    github = GitHub(
        {
            LISTED: page([shown(1, "a")], "/organizations/9/repos?page=2"),
            "/organizations/9/repos?page=2": page([shown(2, "b")], "/organizations/9/repos?page=3"),
            "/organizations/9/repos?page=3": page([shown(3, "c")]),
        }
    )

    assert await listed(github) == ["acme/a", "acme/b", "acme/c"]


async def test_a_user_is_listed_where_there_is_no_such_organisation():
    assert await listed(GitHub({OF_USER: page([shown(1, "notes")])})) == ["acme/notes"]


async def test_an_owner_that_nobody_sees_is_denied_and_not_an_empty_list():
    with pytest.raises(HostDenied, match="no organisation or user acme"):
        await listed(GitHub({}))


async def test_a_listing_that_breaks_off_is_an_error_and_not_a_shorter_list():
    github = GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": (502, {"message": "Bad Gateway"})})

    with pytest.raises(HostUnavailable, match="502"):
        await listed(github)


async def test_a_page_that_is_missing_is_an_error_and_not_the_end():
    with pytest.raises(HostUnavailable, match="404"):
        await listed(GitHub({LISTED: page([shown(1, "a")], "/page2")}))


async def test_a_next_page_on_another_host_is_not_followed():
    elsewhere = httpx2.Response(200, json=[], headers={"link": '<https://evil.example/x>; rel="next"'})

    with pytest.raises(HostUnavailable, match=r"evil\.example"):
        await listed(GitHub({LISTED: elsewhere}))


async def test_a_repository_that_these_credentials_do_not_see_is_none():
    assert await GitHub({}).host.repository("7") is None


async def test_a_repository_is_found_by_its_name():
    found = await GitHub({REPO: shown(7)}).host.named("acme/web")

    assert found is not None
    assert found.id == "7"


async def test_a_renamed_repository_is_found_by_its_old_name():
    github = GitHub({"/repos/acme/old": redirect("https://api.github.com/repositories/7"), "/repositories/7": shown(7)})

    found = await github.host.named("acme/old")

    assert found is not None
    assert found.full_name == "acme/web"


@pytest.mark.parametrize("name", ["../orgs", "../../orgs/acme", "acme/..", "acme/web/../../x", "acme/we?b#c"])
async def test_a_name_stays_within_its_place_in_the_path(name):
    github = GitHub({})

    await github.host.named(name)

    assert github.paths[0].startswith("/repos/")
    assert github.paths[0].count("/") == 3


async def test_the_head_of_a_branch_is_told_with_who_and_why():
    found = await GitHub({f"{REPO}/branches/main": branch()}).host.head(WEB, "main")

    assert found == Commit(
        sha=HEAD,
        tree=TREE,
        author=Author(name="A Developer", email="developer@example.com", login="a-developer"),
        message="Change",
        committed_at=parse_iso("2026-01-02T03:04:05Z"),
    )


async def test_a_branch_with_a_slash_is_asked_for_as_one_segment():
    github = GitHub({f"{REPO}/branches/release%2F1": branch("release/1")})

    assert await github.host.head(WEB, "release/1") is not None


async def test_a_branch_is_absent_where_its_repository_is_readable():
    assert await GitHub({"/repositories/7": shown(7)}).host.head(WEB, "main") is None


async def test_a_branch_of_a_hidden_repository_is_denied_and_not_absent():
    with pytest.raises(HostDenied, match="acme/web"):
        await GitHub({}).host.head(WEB, "main")


async def test_a_branch_is_unknown_where_its_repository_cannot_be_asked_for():
    with pytest.raises(HostUnavailable, match="/repositories/7"):
        await GitHub({"/repositories/7": (500, {})}).host.head(WEB, "main")


async def test_a_renamed_branch_is_absent_under_its_old_name():
    github = GitHub(
        {
            f"{REPO}/branches/master": redirect(f"https://api.github.com{REPO}/branches/main"),
            f"{REPO}/branches/main": branch("main"),
            "/repositories/7": shown(7),
        }
    )

    assert await github.host.head(WEB, "master") is None


async def test_a_tree_has_files_and_neither_links_nor_submodules_nor_folders():
    document = tree(
        entry("catalog-info.yaml", "b1"),
        entry("run.sh", "b2", "100755"),
        entry("link", "b3", "120000"),
        entry("module", "b4", "160000", "commit"),
        folder("docs", "t1"),
        entry("docs/index.md", "b5"),
    )

    found = await GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": document}).host.tree(WEB, COMMIT)

    assert (found.commit, found.blobs) == (HEAD, {"catalog-info.yaml": "b1", "run.sh": "b2", "docs/index.md": "b5"})


async def test_the_tree_of_a_commit_whose_tree_is_not_known_is_asked_for_by_the_commit():
    github = GitHub({f"{REPO}/git/trees/{HEAD}?recursive=1": tree(entry("a", "b1"))})

    assert (await github.host.tree(WEB, Commit(sha=HEAD))).blobs == {"a": "b1"}


async def test_a_tree_that_is_cut_is_read_folder_by_folder():
    github = GitHub(
        {
            f"{REPO}/git/trees/{TREE}?recursive=1": tree(entry("a", "b1"), truncated=True),
            f"{REPO}/git/trees/{TREE}": tree(entry("a", "b1"), folder("big", "t1"), folder("small", "t2")),
            f"{REPO}/git/trees/t1?recursive=1": tree(truncated=True),
            f"{REPO}/git/trees/t1": tree(entry("b", "b2"), folder("twin", "t2")),
            f"{REPO}/git/trees/t2?recursive=1": tree(entry("c", "b3"), folder("deep", "t3"), entry("deep/d", "b4")),
        }
    )

    found = await github.host.tree(WEB, COMMIT)

    assert found.blobs == {
        "a": "b1",
        "big/b": "b2",
        "big/twin/c": "b3",
        "big/twin/deep/d": "b4",
        "small/c": "b3",
        "small/deep/d": "b4",
    }


async def test_one_folder_that_is_cut_leaves_the_tree_unknown():
    cut = tree(entry("a", "b1"), truncated=True)
    github = GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": cut, f"{REPO}/git/trees/{TREE}": cut})

    with pytest.raises(HostUnavailable, match="only a part"):
        await github.host.tree(WEB, COMMIT)


async def test_more_cut_folders_than_are_asked_for_leave_the_tree_unknown():
    github = GitHub(
        {
            f"{REPO}/git/trees/{TREE}?recursive=1": tree(truncated=True),
            f"{REPO}/git/trees/{TREE}": tree(*(folder(f"f{number}", f"t{number}") for number in range(2000))),
        }
    )

    with pytest.raises(HostUnavailable, match="2000 directories"):
        await github.host.tree(WEB, COMMIT)


async def test_an_empty_repository_has_an_empty_tree():
    github = GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": (409, {"message": "Git Repository is empty."})})

    assert (await github.host.tree(WEB, COMMIT)).blobs == {}


@pytest.mark.parametrize("status", [404, 409, 422, 500])
async def test_a_tree_that_is_not_answered_is_unknown(status):
    github = GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": (status, {"message": "No"})})

    with pytest.raises(HostUnavailable, match=str(status)):
        await github.host.tree(WEB, COMMIT)


def raw(data: bytes) -> httpx2.Response:
    return httpx2.Response(
        200, content=data, headers={"content-type": "application/vnd.github.raw+json; charset=utf-8"}
    )


async def test_blobs_are_read_raw_and_each_once():
    github = GitHub({f"{REPO}/git/blobs/b1": raw(b"{}"), f"{REPO}/git/blobs/b2": raw(b"\xff\x00")})

    assert await github.host.blobs(WEB, ["b1", "b2", "b1"]) == {"b1": b"{}", "b2": b"\xff\x00"}
    assert sorted(github.paths) == [f"{REPO}/git/blobs/b1", f"{REPO}/git/blobs/b2"]
    assert github.asked[0].headers["accept"] == "application/vnd.github.raw+json"


async def test_a_blob_may_come_in_json_from_a_host_that_gives_nothing_raw():
    carried = {"content": base64.encodebytes(b"kind: Component\n" * 20).decode(), "encoding": "base64"}

    found = await GitHub({f"{REPO}/git/blobs/b1": carried}).host.blobs(WEB, ["b1"])

    assert found == {"b1": b"kind: Component\n" * 20}


async def test_a_blob_past_the_limit_is_too_large():
    github = GitHub({f"{REPO}/git/blobs/b1": raw(b"x" * (BLOB_LIMIT + 1)), f"{REPO}/git/blobs/b2": raw(b"")})

    with pytest.raises(TooLargeError, match="b1"):
        await github.host.blobs(WEB, ["b1", "b2"])


async def test_a_missing_blob_leaves_all_of_them_unknown():
    github = GitHub({f"{REPO}/git/blobs/b1": raw(b"")})

    with pytest.raises(HostUnavailable, match="b2"):
        await github.host.blobs(WEB, ["b1", "b2"])


async def test_no_more_than_eight_blobs_are_under_way():
    under_way, most = 0, 0

    async def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return raw(b"")

    fetch = Fetch(FetchSection(), ManualClock(), transport=httpx2.MockTransport(answer))
    host = GitHubHost(convert({"host": "github.com"}, HostSection), fetch)

    await host.blobs(WEB, [f"b{number}" for number in range(30)])

    assert most == 8


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b"[]",
        b"null",
        b'{"id": "7"}',
        b'{"id": 7}',
        b"[" * 10_000,
        b'{"id": 7, "full_name"',
    ],
)
async def test_an_answer_that_is_none_of_githubs_is_unknown_and_names_the_request(body):
    github = GitHub({"/repositories/7": httpx2.Response(200, content=body)})

    with pytest.raises(HostUnavailable, match=r"GET https://api\.github\.com/repositories/7"):
        await github.host.repository("7")


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_a_refused_token_is_denied(status):
    github = GitHub({"/repositories/7": (status, {"message": "Bad credentials"})})

    with pytest.raises(HostDenied, match="Bad credentials"):
        await github.host.repository("7")


async def test_a_repository_without_visibility_is_private_or_public():
    document = shown(7)
    del document["visibility"]

    found = await GitHub({"/repositories/7": document}).host.repository("7")

    assert found is not None
    assert found.visibility == "private"
