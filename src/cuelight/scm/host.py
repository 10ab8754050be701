"""What a code host can be asked. Every answer is the truth at its instant, or an error that says nothing is known."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from cuelight.scm.changes import Author, Repository


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that a branch points at. `committed_at` is in microseconds since the epoch, where the host says it."""

    sha: str
    tree: str | None = None
    author: Author | None = None
    message: str | None = None
    committed_at: int | None = None


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one commit: path → blob id. Complete, always: a host that cuts its answer is asked again in parts.

    Symbolic links and submodules are not files. A path that is not here does not exist at that commit.
    """

    commit: str
    blobs: Mapping[str, str]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a URL points at within a host: a path (may hold globs) in a repository at a ref (None: the default branch)."""

    host: str
    full_name: str
    ref: str | None
    path: str


class Urls(Protocol):
    """How a host spells its addresses. Pure."""

    def place(self, url: str) -> Place | None:
        """What *url* points at, in any spelling of the host (blob, tree, raw, edit); None where it is not this host's."""
        ...

    def blob(self, web_url: str, branch: str, path: str) -> str:
        """The page of a file: what a person would open, and what a Location names."""
        ...

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*: relative, absolute within the repository, or complete."""
        ...

    def edit(self, url: str) -> str | None:
        """The page on which a person edits the file at *url*; None where there is none (a pinned commit)."""
        ...

    def source(self, url: str) -> str:
        """The folder that holds the file at *url*, as a page."""
        ...


class Host(Protocol):
    """A code host, asked with our credentials.

    Every method raises `HostUnavailable` or `HostDenied` where nothing is known. "It is not there" is always a value
    (None, or a path missing from a `Tree`), never an error, and is returned only where the host's answer proves it
    to these credentials.
    """

    def repositories(self, owner: str) -> AsyncIterator[Repository]:
        """Every repository of *owner* (an organisation or a user), to the last page, or an error."""
        ...

    async def repository(self, repository_id: str) -> Repository | None:
        """The repository with this stable id."""
        ...

    async def named(self, full_name: str) -> Repository | None:
        """The repository of this name now."""
        ...

    async def head(self, repository: Repository, branch: str) -> Commit | None:
        """The commit that *branch* points at."""
        ...

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        """All files of *commit*."""
        ...

    async def blobs(self, repository: Repository, blob_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The contents of these blobs, every one of them, or an error. One past the size limit raises `TooLargeError`."""
        ...
