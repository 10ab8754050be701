"""Git's objects, read: a commit's facts, a folder's entries, a whole commit's files, a file's bytes; and written.

What was read or written is remembered as far as the host's cache has room: an object never changes.
"""

import stat
import threading
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tag, Tree

from cuelight.errors import InputError, NotFoundError
from cuelight.simulator.core import limits
from cuelight.simulator.core.cache import Cache
from cuelight.simulator.core.people import Person

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


class Known(msgspec.Struct, frozen=True):
    """An object: its kind, what it says, and its length. A file that is too large to be kept has no `content` here."""

    kind: str
    content: Any
    size: int


class Objects:
    """One repository's objects, through the host's cache. Ids that are not here raise NotFoundError."""

    def __init__(self, store: DiskObjectStore, lock: threading.RLock, cache: Cache, *, scope: int) -> None:
        self._store = store
        self._lock = lock
        self._cache = cache
        self._scope = scope

    def add(self, item: Blob | Commit | Tree) -> ObjectID:
        """Write *item* and return its id."""
        self._store.add_object(item)
        self._keep(item.id.decode(), item)
        return item.id

    def draft(self, sha: ObjectID) -> Tree:
        """Return the tree *sha* to be changed; InputError where that is none."""
        found = self._store[sha]
        if not isinstance(found, Tree):
            raise InputError(f"{sha.decode()} is not a tree")
        return found

    def commit(self, sha: str) -> CommitFacts:
        """Return the commit *sha*."""
        return cast("CommitFacts", self._known(sha, "commit").content)

    def tree(self, sha: str) -> tuple[TreeEntry, ...]:
        """Return what is directly in the tree *sha*, in Git's order."""
        return cast("tuple[TreeEntry, ...]", self._known(sha, "tree").content)

    def listing(self, sha: str) -> tuple[TreeEntry, ...]:
        """Return everything below the tree *sha*, folders before what they hold."""
        key = (self._scope, "listing", sha)
        listed: tuple[TreeEntry, ...] | None = self._cache.get(key)
        if listed is None:
            listed = tuple(self._walk(sha))
            self._cache.put(key, listed, OVERHEAD * (1 + len(listed)))
        return listed

    def blob(self, sha: str) -> bytes:
        """Return a file's bytes."""
        content = self._known(sha, "blob").content
        return cast("bytes", self._read(sha).as_raw_string() if content is None else content)

    def size(self, sha: str) -> int:
        """Return how many bytes the blob *sha* has."""
        return self._known(sha, "blob").size

    def kind(self, sha: str) -> str | None:
        """Return `commit`, `tree`, `blob` or `tag`; None where *sha* is not here."""
        try:
            return self._known(sha).kind
        except NotFoundError:
            return None

    def peeled(self, sha: str) -> str:
        """Return the object that the tag *sha* is about, or *sha* itself where it is no tag."""
        while self.kind(sha) == "tag":
            sha = self._known(sha).content
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

    def _known(self, sha: str, kind: str | None = None) -> Known:
        """Return the object *sha*, which is to be a *kind*."""
        known: Known | None = self._cache.get((self._scope, sha))
        if known is None:
            known = self._keep(sha, self._read(sha))
        if kind is not None and known.kind != kind:
            raise NotFoundError(f"{sha} is a {known.kind}, not a {kind}")
        return known

    def _keep(self, sha: str, item: ShaFile) -> Known:
        known = _facts(sha, item)
        key, size = (self._scope, sha), OVERHEAD * 4 + known.size
        if not self._cache.put(key, known, size) and known.kind == "blob":
            self._cache.put(key, Known("blob", None, known.size), OVERHEAD)
        return known

    def _read(self, sha: str) -> ShaFile:
        try:
            with self._lock:
                return self._store[ObjectID(sha.encode())]
        except (KeyError, ValueError, AssertionError) as error:
            raise NotFoundError(f"no object {sha[:64]!r} in this repository") from error


def _facts(sha: str, item: ShaFile) -> Known:
    kind, size = item.type_name.decode(), item.raw_length()
    if isinstance(item, Commit):
        return Known(kind, _commit(sha, item), size)
    if isinstance(item, Tree):
        # An entry takes much more room in memory than in Git.
        entries = tuple(
            TreeEntry(one.path.decode("utf-8", "replace"), one.mode, one.sha.decode()) for one in item.iteritems()
        )
        return Known(kind, entries, OVERHEAD * len(entries))
    return Known(kind, item.object[1].decode() if isinstance(item, Tag) else item.as_raw_string(), size)


def _commit(sha: str, commit: Commit) -> CommitFacts:
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
