"""Git's objects, read: a commit's facts, a folder's entries, a whole commit's files, a file's bytes."""

import stat
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import msgspec
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree

from cuelight.errors import NotFoundError
from cuelight.simulator.core import limits
from cuelight.simulator.core.cache import Cache
from cuelight.simulator.core.people import Person

T = TypeVar("T")
S = TypeVar("S", bound=ShaFile)
SUBMODULE = 0o160000
OVERHEAD = 250
"""What a small Python object costs in memory, roughly."""


class CommitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A commit. Instants are seconds since the epoch, as Git keeps them; their offsets are minutes east of UTC."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Person
    authored_at: int
    author_offset: int
    committer: Person
    committed_at: int
    committer_offset: int


class TreeEntry(msgspec.Struct, frozen=True):
    """One line of a folder: `path` is relative to the tree that was asked for, `mode` is Git's."""

    path: str
    mode: int
    sha: str

    @property
    def kind(self) -> str:
        """`blob`, `tree`, or `commit` (a submodule)."""
        if stat.S_ISDIR(self.mode):
            return "tree"
        return "commit" if self.mode == SUBMODULE else "blob"


class ObjectReader:
    """Reads one repository's objects through the host's cache. Ids that are not here raise NotFoundError."""

    def __init__(self, store: DiskObjectStore, lock: threading.RLock, cache: Cache, *, scope: int) -> None:
        self._store = store
        self._lock = lock
        self._cache = cache
        self._scope = scope

    def commit(self, sha: str) -> CommitFacts:
        """Return the commit *sha*."""
        return self._kept("commit", sha, self._read_commit, lambda facts: OVERHEAD * 4 + len(facts.message))

    def tree(self, sha: str) -> tuple[TreeEntry, ...]:
        """Return what is directly in the tree *sha*, in Git's order."""
        return self._kept("tree", sha, self._read_tree, lambda entries: OVERHEAD * (1 + len(entries)))

    def listing(self, sha: str) -> tuple[TreeEntry, ...]:
        """Return everything below the tree *sha*, folders before what they hold."""
        return self._kept(
            "listing", sha, lambda key: tuple(self._walk(key)), lambda entries: OVERHEAD * (1 + len(entries))
        )

    def blob(self, sha: str) -> bytes:
        """Return a file's bytes."""
        return self._kept("blob", sha, lambda key: self._load(key, Blob).data, len)

    def size(self, sha: str) -> int:
        """Return how many bytes the blob *sha* has."""
        return self._kept("size", sha, lambda key: len(self.blob(key)), lambda _: OVERHEAD)

    def kind(self, sha: str) -> str | None:
        """Return `commit`, `tree`, `blob` or `tag`; None where *sha* is not here."""
        try:
            return self._kept("kind", sha, lambda key: self._load(key, ShaFile).type_name.decode(), lambda _: OVERHEAD)
        except NotFoundError:
            return None

    def peeled(self, sha: str) -> str:
        """Return the object that the tag *sha* is about, or *sha* itself where it is no tag."""
        while self.kind(sha) == "tag":
            sha = self._load(sha, Tag).object[1].decode()
        return sha

    def starting(self, prefix: str) -> list[str]:
        """Return the ids that begin with *prefix* (hexadecimal, at least four digits)."""
        with self._lock:
            return [sha.decode() for sha in self._store.iter_prefix(prefix.encode())]

    def entry(self, tree: str, path: str) -> TreeEntry | None:
        """Return what is at *path* below *tree*; None where nothing is."""
        found: TreeEntry | None = None
        for segment in path.split("/"):
            if found is not None and found.kind != "tree":
                return None
            found = next((entry for entry in self.tree(found.sha if found else tree) if entry.path == segment), None)
            if found is None:
                return None
        return TreeEntry(path, found.mode, found.sha) if found else None

    def _walk(self, sha: str, prefix: str = "", depth: int = 0) -> Iterator[TreeEntry]:
        if depth > limits.TREE_DEPTH:
            raise NotFoundError(f"the tree below {prefix!r} is nested deeper than {limits.TREE_DEPTH} folders")
        for entry in self.tree(sha):
            yield TreeEntry(prefix + entry.path, entry.mode, entry.sha)
            if entry.kind == "tree":
                yield from self._walk(entry.sha, f"{prefix}{entry.path}/", depth + 1)

    def _read_tree(self, sha: str) -> tuple[TreeEntry, ...]:
        items = self._load(sha, Tree).iteritems()
        return tuple(TreeEntry(item.path.decode("utf-8", "replace"), item.mode, item.sha.decode()) for item in items)

    def _read_commit(self, sha: str) -> CommitFacts:
        commit = self._load(sha, Commit)
        return CommitFacts(
            sha=sha,
            tree=commit.tree.decode(),
            parents=tuple(parent.decode() for parent in commit.parents),
            message=commit.message.decode("utf-8", "replace"),
            author=Person.parse(commit.author),
            authored_at=int(commit.author_time),
            author_offset=commit.author_timezone // 60,
            committer=Person.parse(commit.committer),
            committed_at=int(commit.commit_time),
            committer_offset=commit.commit_timezone // 60,
        )

    def _load(self, sha: str, kind: type[S]) -> S:
        try:
            with self._lock:
                found = self._store[ObjectID(sha.encode())]
        except (KeyError, ValueError, AssertionError) as error:
            raise NotFoundError(f"no object {sha[:64]!r} in this repository") from error
        if not isinstance(found, kind):
            raise NotFoundError(f"{sha} is a {found.type_name.decode()}, not a {kind.__name__.lower()}")
        return found

    def _kept(self, what: str, sha: str, read: Callable[[str], T], size: Callable[[T], int]) -> T:
        key = (self._scope, what, sha)
        value = self._cache.get(key)
        if value is None:
            value = read(sha)
            self._cache.put(key, value, size(value))
        return cast("T", value)
