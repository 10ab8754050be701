"""What a code host can be asked. Every answer is the truth at its instant, or an error that says nothing is known."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from cuelight.errors import HostError
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


class Customs(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of host has of its own in a repository's files, and in the catalog.

    `slug`: the annotation under which Backstage's plugins know a repository; `owners`: where CODEOWNERS may be, the first first.
    """

    slug: str | None = None
    owners: tuple[str, ...] = ()


class Urls(Protocol):
    """How a host spells its addresses. Pure."""

    @property
    def customs(self) -> Customs:
        """What its kind of host has of its own."""
        ...

    def place(self, url: str) -> Place | None:
        """What *url* points at, in any spelling of the host (blob, tree, raw, edit); None where it is not this host's."""
        ...

    def flaw(self, url: str) -> str | None:
        """What is wrong with *url*, which is on this host and no place on it; None where it is one, or on another host."""
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


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose repositories: an owner's (an organisation or a user), or all that an app with this id was installed on."""

    owner: str | None = None
    app: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A question: what is this repository now, and where does its branch point?

    `repository_id` is the host's id, None where only a name is known; `full_name` its last known name, by whose owner
    credentials are chosen. `branch` None asks for the default branch. With `since`, it is also asked whether the head
    descends from that commit in a straight line of at most `commits` commits, none of them a merge. `paths` are files that
    are wanted as they are at the head, should the host be able to tell them in the same answer.
    """

    repository_id: str | None
    full_name: str
    branch: str | None = None
    since: str | None = None
    commits: int = 0
    paths: tuple[str, ...] = ()


class FileAt(msgspec.Struct, frozen=True, kw_only=True):
    """A file at a commit: the id of its blob, and its bytes. `content` None: it is past the size limit, `reason` says so."""

    blob: str
    content: bytes | None
    reason: str | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a `Look`: the repository as it is now, and the branch that was looked at.

    `branch` None: it has no default branch, as one that is empty. `commit` None: it has no such branch, though these
    credentials can read it. `straight` answers `since`; None where that was not asked, or is not known. `files` are all of
    the look's `paths` as they are at `commit`, each None where that has no such file; without them none is known.
    """

    repository: Repository
    branch: str | None
    commit: Commit | None
    straight: bool | None = None
    files: Mapping[str, FileAt | None] | None = None


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a `Look`: to these credentials there is no such repository. It may be hidden, and is not proven gone."""

    reason: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How two commits differ. `ancestor`: the first is an ancestor of the second, or the same.

    `paths` are then all files that differ between their trees, both names of one that was renamed; None where there are
    more than the host tells, or where it is no ancestor.
    """

    ancestor: bool
    paths: tuple[str, ...] | None


class Host(Protocol):
    """A code host, asked with our credentials.

    Every method raises `HostUnavailable` or `HostDenied` where nothing is known. "It is not there" is always a value
    (`Unseen`, None, or a path missing from a `Tree`), never an error, and is returned only where the host's answer
    proves it to these credentials.
    """

    def repositories(self, scope: Scope) -> AsyncIterator[Repository]:
        """Every repository of *scope*, to the last page, or an error."""
        ...

    async def granted(self, app: str, repositories: Sequence[Repository]) -> frozenset[str]:
        """The ids of those of *repositories* that the app with the id *app* is installed on, so that its list has them."""
        ...

    async def heads(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        """The answer to each of *looks*, in their order, in as few requests as the host allows.

        An error in the list is about that one: nothing is known of it. An error raised is about all of them.
        """
        ...

    async def compare(self, repository: Repository, base: str, head: str) -> Comparison:
        """How the commits *base* and *head* differ. One that the host has no more is nobody's ancestor."""
        ...

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        """All files of *commit*."""
        ...

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> Mapping[str, FileAt | None]:
        """Each of *paths* as it is at *commit*, in as few requests as the host allows; None where that commit has no such file.

        Symbolic links, folders and submodules are not files. An error where the commit itself cannot be read.
        """
        ...
