"""All files of a commit, whatever its size: in one answer, or where GitHub cuts that, directory by directory.

What a tree lacks is deleted. So an answer must be about the tree that was asked for, and only the tree that Git calls the
empty one may have nothing in it.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from cuelight.errors import HostUnavailable, TooLargeError
from cuelight.fetch import Answer
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import TreeAnswer, decoded
from cuelight.integrations.github.gathering import gathered
from cuelight.integrations.github.segments import segment
from cuelight.scm import Commit, Tree

DIRECTORIES = 2000
"""Directories of one commit that are asked for one by one, at most."""
LARGE = 1_000_000
"""Bytes of an answer from which it is decoded in a thread."""

EMPTY: Final = frozenset(
    {
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    }
)
"""What Git calls the tree without a file, by SHA-1 and by SHA-256: known without asking, and perhaps not to be had."""

_LINK: Final = "120000"


class Trees:
    """Reads trees with the credentials of *access*."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def read(self, repository: str, commit: Commit) -> Tree:
        """All files of *commit* of the repository whose path in the API is *repository*; HostUnavailable where one is not known."""
        # https://docs.github.com/en/rest/git/trees#get-a-tree
        blobs: dict[str, str] = {}
        level, asked = {} if commit.tree in EMPTY else {"": commit.tree or commit.sha}, 0
        while level:
            asked += len(level)
            if asked > DIRECTORIES:
                raise HostUnavailable(
                    f"{self._access.name}{repository} has more than {DIRECTORIES} directories too large to be listed "
                    "at once; nothing follows"
                )
            listings = await self._listings(repository, level, commit)
            blobs.update(_placed(level, {tree: listing.files for tree, listing in listings.items()}, ""))
            level = _placed(level, {tree: listing.folders for tree, listing in listings.items()}, "/")
        return Tree(commit=commit.sha, blobs=blobs)

    async def _listings(self, repository: str, level: Mapping[str, str], commit: Commit) -> Mapping[str, "_Listing"]:
        by_commit = commit.sha if commit.tree is None else None

        async def listing(tree: str) -> _Listing:
            asked = None if tree == by_commit else tree
            return await self._listing(f"{repository}/git/trees/{segment(tree)}", asked)

        return await gathered(listing, level.values())

    async def _listing(self, path: str, asked: str | None) -> "_Listing":
        """The tree *asked* for at *path*, down to its last folder; where that is cut, only what is directly in it.

        *asked* is None where the commit was asked for, since its tree is not known.

        A 409 ("Git Repository is empty") says nothing of it: a commit that is known is of no empty repository.
        """
        try:
            answer = await self._access.get(f"{path}?recursive=1", kind="tree")
        except TooLargeError:
            return await self._directory(path, asked)
        found = await _read(answer, asked)
        if found.truncated:
            return await self._directory(path, asked)
        return _Listing(files=_files(found), folders={})

    async def _directory(self, path: str, asked: str | None) -> "_Listing":
        answer = await self._access.read(path, "tree")
        found = await _read(answer, asked)
        if found.truncated:
            raise HostUnavailable(
                f"{answer.request}: one directory, and GitHub lists only a part of it; nothing follows"
            )
        return _Listing(files=_files(found), folders={one.path: one.sha for one in found.tree if one.type == "tree"})


class _Listing(msgspec.Struct, frozen=True):
    """What one request told of a tree: its files (path → blob), and the folders (path → tree) still to be asked for."""

    files: Mapping[str, str]
    folders: Mapping[str, str]


async def _read(answer: Answer, asked: str | None) -> TreeAnswer:
    """What *answer* says of the tree *asked* for; HostUnavailable where it is another, or empty and must not be."""
    large = len(answer.body) > LARGE
    found = await asyncio.to_thread(decoded, answer, TreeAnswer) if large else decoded(answer, TreeAnswer)
    if asked not in {None, found.sha}:
        raise HostUnavailable(f"{answer.request} was answered with another tree, {found.sha[:64]!r}; nothing follows")
    if not found.tree and not found.truncated and asked not in EMPTY:
        raise HostUnavailable(
            f"{answer.request} was answered without a file, though that is not the empty tree; nothing follows"
        )
    return found


def _files(found: TreeAnswer) -> dict[str, str]:
    return {one.path: one.sha for one in found.tree if one.type == "blob" and one.mode != _LINK}


def _placed(level: Mapping[str, str], found: Mapping[str, Mapping[str, str]], end: str) -> dict[str, str]:
    """What was *found* in each tree, below every folder of *level* that is that tree."""
    return {f"{folder}{path}{end}": sha for folder, tree in level.items() for path, sha in found[tree].items()}
