"""What is asked over REST: trees, comparisons, and what every request carries."""

import httpx2
import pytest

from cuelight.errors import HostDenied, HostUnavailable
from cuelight.fetch import spending
from cuelight.integrations.github.trees import EMPTY
from cuelight.scm import Commit, Comparison
from tests.unit.integrations.github.fake import HEAD, REPO, TREE, WEB, Document, GitHub, redirect, shown

BASE = "b" * 40
COMMIT = Commit(sha=HEAD, tree=TREE)
COMPARED = f"{REPO}/compare/{BASE}...{HEAD}?per_page=1"
WHOLE = f"{REPO}/git/trees/{TREE}?recursive=1"


def entry(path: str, sha: str, mode: str = "100644", kind: str = "blob") -> Document:
    return {"path": path, "mode": mode, "type": kind, "sha": sha}


def folder(path: str, sha: str) -> Document:
    return entry(path, sha, "040000", "tree")


def tree(*entries: Document, sha: str = TREE, truncated: bool = False) -> Document:
    return {"sha": sha, "tree": list(entries), "truncated": truncated}


async def test_a_tree_has_files_and_neither_links_nor_submodules_nor_folders():
    document = tree(
        entry("catalog-info.yaml", "b1"),
        entry("run.sh", "b2", "100755"),
        entry("link", "b3", "120000"),
        entry("module", "b4", "160000", "commit"),
        folder("docs", "t1"),
        entry("docs/index.md", "b5"),
    )

    found = await GitHub({WHOLE: document}).host.tree(WEB, COMMIT)

    assert (found.commit, found.blobs) == (HEAD, {"catalog-info.yaml": "b1", "run.sh": "b2", "docs/index.md": "b5"})


async def test_the_tree_of_a_commit_whose_tree_is_not_known_is_asked_for_by_the_commit():
    github = GitHub({f"{REPO}/git/trees/{HEAD}?recursive=1": tree(entry("a", "b1"))})

    assert (await github.host.tree(WEB, Commit(sha=HEAD))).blobs == {"a": "b1"}


@pytest.mark.parametrize("tree_id", sorted(EMPTY))
async def test_the_tree_without_a_file_is_known_without_asking(tree_id: str):
    github = GitHub({})

    assert (await github.host.tree(WEB, Commit(sha=HEAD, tree=tree_id))).blobs == {}


async def test_a_tree_that_is_cut_is_read_folder_by_folder():
    github = GitHub(
        {
            f"{REPO}/git/trees/{TREE}?recursive=1": tree(entry("a", "b1"), truncated=True),
            f"{REPO}/git/trees/{TREE}": tree(entry("a", "b1"), folder("big", "t1"), folder("small", "t2")),
            f"{REPO}/git/trees/t1?recursive=1": tree(sha="t1", truncated=True),
            f"{REPO}/git/trees/t1": tree(entry("b", "b2"), folder("twin", "t2"), sha="t1"),
            f"{REPO}/git/trees/t2?recursive=1": tree(
                entry("c", "b3"), folder("deep", "t3"), entry("deep/d", "b4"), sha="t2"
            ),
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


async def test_a_commit_that_is_known_is_of_no_empty_repository():
    github = GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": (409, {"message": "Git Repository is empty."})})

    with pytest.raises(HostUnavailable, match="409"):
        await github.host.tree(WEB, COMMIT)


@pytest.mark.parametrize("status", [404, 409, 422, 500])
async def test_a_tree_that_is_not_answered_is_unknown(status):
    github = GitHub({f"{REPO}/git/trees/{TREE}?recursive=1": (status, {"message": "No"})})

    with pytest.raises(HostUnavailable, match=str(status)):
        await github.host.tree(WEB, COMMIT)


async def test_an_executable_of_an_old_repository_is_a_file():
    document = tree(entry("a", "b1", "100664"))

    assert (await GitHub({WHOLE: document}).host.tree(WEB, COMMIT)).blobs == {"a": "b1"}


async def test_a_tree_that_did_not_change_is_not_sent_again():
    sent = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.headers.get("if-none-match"))
        tag = {"etag": 'W/"1"'}
        return (
            httpx2.Response(304, headers=tag)
            if sent[-1]
            else httpx2.Response(200, json=tree(entry("a", "b1")), headers=tag)
        )

    github = GitHub({WHOLE: answer})
    first = await github.host.tree(WEB, COMMIT)

    assert await github.host.tree(WEB, COMMIT) == first
    assert sent == [None, 'W/"1"']


async def test_requests_carry_the_token_the_version_and_our_name():
    github = GitHub({WHOLE: tree(entry("a", "b1"))})

    await github.host.tree(WEB, COMMIT)

    headers = github.asked[0].headers
    assert headers["authorization"] == "Bearer hunter2"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("cuelight/")


async def test_requests_are_counted_by_what_they_ask_and_what_for():
    github = GitHub({WHOLE: tree(entry("a", "b1"))})

    with spending("scan"):
        await github.host.tree(WEB, COMMIT)

    assert github.fetch.counts == {("api.github.com", "tree", "scan"): 1}


async def test_a_refused_token_is_denied_with_what_to_do_and_asked_once():
    github = GitHub({WHOLE: (401, {"message": "Bad credentials"})})

    with pytest.raises(HostDenied, match=r"Bad credentials.*wrong, expired or revoked; replace it") as caught:
        await github.host.tree(WEB, COMMIT)
    assert "hunter2" not in caught.value.message
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b"[]", b"null", b'{"tree": 7}', b"[" * 10_000, b'{"tree": [], "truncated"']
)
async def test_an_answer_that_is_none_of_githubs_is_unknown_and_names_the_request(body):
    github = GitHub({WHOLE: httpx2.Response(200, content=body)})

    with pytest.raises(HostUnavailable, match=r"GET https://api\.github\.com/repos/acme/web/git/trees"):
        await github.host.tree(WEB, COMMIT)


def compared(status: str, *files: Document | str) -> Document:
    listed = [{"filename": one, "status": "modified"} if isinstance(one, str) else one for one in files]
    return {"status": status, "files": listed, "commits": []}


async def test_an_ancestor_is_told_with_the_files_that_differ():
    document = compared("ahead", "b", "a", {"filename": "new", "status": "added"})

    found = await GitHub({COMPARED: document}).host.compare(WEB, BASE, HEAD)

    assert found == Comparison(ancestor=True, paths=("a", "b", "new"))


async def test_a_renamed_file_differs_under_both_names_and_a_copied_one_under_one():
    renamed = {"filename": "new", "previous_filename": "old", "status": "renamed"}
    copied = {"filename": "copy", "previous_filename": "source", "status": "copied"}

    found = await GitHub({COMPARED: compared("ahead", renamed, copied)}).host.compare(WEB, BASE, HEAD)

    assert found.paths == ("copy", "new", "old")


async def test_a_commit_is_its_own_ancestor():
    found = await GitHub({COMPARED: compared("identical")}).host.compare(WEB, BASE, HEAD)

    assert found == Comparison(ancestor=True, paths=())


@pytest.mark.parametrize("status", ["behind", "diverged", "something new"])
async def test_a_commit_that_is_not_behind_is_no_ancestor(status):
    found = await GitHub({COMPARED: compared(status, "a")}).host.compare(WEB, BASE, HEAD)

    assert found == Comparison(ancestor=False, paths=None)


@pytest.mark.parametrize(("count", "is_told"), [(299, True), (300, False)])
async def test_as_many_files_as_github_tells_at_most_may_not_be_all(count, is_told):
    document = compared("ahead", *(f"f{number}" for number in range(count)))

    found = await GitHub({COMPARED: document}).host.compare(WEB, BASE, HEAD)

    assert found.ancestor
    assert (found.paths is not None) is is_told


async def test_a_comparison_without_files_does_not_say_that_none_differ():
    found = await GitHub({COMPARED: {"status": "ahead"}}).host.compare(WEB, BASE, HEAD)

    assert found == Comparison(ancestor=True, paths=None)


async def test_a_commit_that_is_gone_is_nobodys_ancestor_where_the_repository_is_readable():
    found = await GitHub({"/repositories/7": shown(7)}).host.compare(WEB, BASE, HEAD)

    assert found == Comparison(ancestor=False, paths=None)


async def test_a_comparison_in_a_hidden_repository_is_denied():
    with pytest.raises(HostDenied, match="acme/web"):
        await GitHub().host.compare(WEB, BASE, HEAD)


async def test_a_comparison_in_a_repository_that_cannot_be_asked_for_is_unknown():
    with pytest.raises(HostUnavailable, match="/repositories/7"):
        await GitHub({"/repositories/7": (500, {})}).host.compare(WEB, BASE, HEAD)


async def test_a_comparison_follows_a_renamed_repository():
    target = f"/repositories/7/compare/{BASE}...{HEAD}"
    github = GitHub({COMPARED: redirect(f"https://api.github.com{target}"), target: compared("ahead", "a")})

    assert (await github.host.compare(WEB, BASE, HEAD)).paths == ("a",)
