"""What an answer about a tree must be to be believed: whatever a tree lacks is deleted."""

import pytest

from cuelight.errors import HostUnavailable
from cuelight.scm import Commit
from tests.unit.integrations.github.fake import HEAD, REPO, TREE, WEB, Document, GitHub

COMMIT = Commit(sha=HEAD, tree=TREE)
OTHER = "e" * 40
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FILE = {"path": "a", "mode": "100644", "type": "blob", "sha": "b1"}


def at(tree: str, *, recursive: bool = True) -> str:
    return f"{REPO}/git/trees/{tree}{'?recursive=1' if recursive else ''}"


def listing(sha: str, *entries: Document, truncated: bool = False) -> Document:
    return {"sha": sha, "tree": list(entries), "truncated": truncated}


def folder(sha: str) -> Document:
    return {"path": "below", "mode": "040000", "type": "tree", "sha": sha}


def cut(below: str, answer: Document) -> GitHub:
    """A GitHub that cuts the whole tree; *answer* is what it says of its only folder *below*."""
    return GitHub(
        {
            at(TREE): listing(TREE, truncated=True),
            at(TREE, recursive=False): listing(TREE, FILE, folder(below)),
            at(below): answer,
        }
    )


async def test_an_empty_listing_of_a_tree_that_is_not_the_empty_one_leaves_it_unknown():
    github = GitHub({at(TREE): listing(TREE)})

    with pytest.raises(HostUnavailable, match="not the empty tree"):
        await github.host.tree(WEB, COMMIT)


@pytest.mark.parametrize("answer", [listing(OTHER, FILE), listing(OTHER), listing(EMPTY)])
async def test_another_tree_than_was_asked_for_leaves_it_unknown(answer):
    github = GitHub({at(TREE): answer})

    with pytest.raises(HostUnavailable, match="another tree"):
        await github.host.tree(WEB, COMMIT)


async def test_a_tree_without_its_id_leaves_it_unknown():
    github = GitHub({at(TREE): {"tree": [FILE], "truncated": False}})

    with pytest.raises(HostUnavailable, match="sha"):
        await github.host.tree(WEB, COMMIT)


@pytest.mark.parametrize("sha", [HEAD, TREE])
async def test_a_tree_asked_for_by_its_commit_has_the_id_of_either(sha):
    github = GitHub({at(HEAD): listing(sha, FILE)})

    assert (await github.host.tree(WEB, Commit(sha=HEAD))).blobs == {"a": "b1"}


@pytest.mark.parametrize("sha", [HEAD, EMPTY])
async def test_an_empty_listing_asked_for_by_its_commit_leaves_the_tree_unknown(sha):
    github = GitHub({at(HEAD): listing(sha)})

    with pytest.raises(HostUnavailable, match="not the empty tree"):
        await github.host.tree(WEB, Commit(sha=HEAD))


@pytest.mark.parametrize("answer", [listing("t1"), listing(OTHER, FILE)])
async def test_a_folder_that_is_empty_or_another_leaves_the_tree_unknown(answer):
    with pytest.raises(HostUnavailable, match="git/trees/t1"):
        await cut("t1", answer).host.tree(WEB, COMMIT)


async def test_a_cut_tree_whose_own_listing_is_another_leaves_it_unknown():
    github = GitHub({at(TREE): listing(TREE, truncated=True), at(TREE, recursive=False): listing(OTHER, FILE)})

    with pytest.raises(HostUnavailable, match="another tree"):
        await github.host.tree(WEB, COMMIT)


async def test_a_folder_that_is_the_empty_tree_has_no_files():
    found = await cut(EMPTY, listing(EMPTY)).host.tree(WEB, COMMIT)

    assert found.blobs == {"a": "b1"}
