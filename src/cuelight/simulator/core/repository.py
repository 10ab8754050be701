"""One repository: its branches, what they point at, and commits made straight into it."""

import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Commit, ObjectID, Tree
from dulwich.refs import Ref, check_ref_format

from cuelight.clock import SECOND, Clock
from cuelight.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TooLargeError
from cuelight.simulator.core import editing, limits, merging
from cuelight.simulator.core.cache import Cache
from cuelight.simulator.core.objects import CommitFacts, Objects
from cuelight.simulator.core.people import Person
from cuelight.simulator.core.records import Metadata
from cuelight.simulator.core.refs import Refs

BRANCHES = "refs/heads/"
TAGS = "refs/tags/"
CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
FOLDERS = ("", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags")
HEXADECIMAL = re.compile(r"[0-9a-f]{4,40}")


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit to make: `files` maps paths to contents, None to remove. `branch` None is the default branch.

    Its parent is the branch's head, or the commit that `onto` names: then the branch is rewritten. With `merge`, what that
    commit brings is taken in, and it becomes the second parent; where both sides changed a file, ours stays.
    """

    files: Mapping[str, bytes | None]
    message: str = "Update the descriptors"
    author: Person = Person.account("demo-developer")
    branch: str | None = None
    onto: str | None = None
    merge: str | None = None


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """A ref that moved from `before` (None: it was created) to `after` (None: it was deleted), at an instant."""

    repository: Metadata
    ref: str
    before: str | None
    after: str | None
    pusher: Person
    at: int


class Repository:
    """A bare Git repository and its metadata. Every method may be called from any thread."""

    def __init__(self, folder: Path, metadata: Metadata, cache: Cache, clock: Clock) -> None:
        self.metadata = metadata
        self.folder = folder
        self.lock = threading.RLock()
        self.store = DiskObjectStore(str(folder / "objects"))
        self.refs = Refs(str(folder))
        self.objects = Objects(self.store, self.lock, cache, scope=metadata.id)
        self.moves: deque[Pushed] = deque(maxlen=limits.MOVES)
        self._clock = clock

    @classmethod
    def create(cls, folder: Path, metadata: Metadata, cache: Cache, clock: Clock) -> "Repository":
        """Make an empty bare repository in *folder*."""
        for below in FOLDERS:
            (folder / below).mkdir()
        (folder / "config").write_bytes(CONFIG)
        repository = cls(folder, metadata, cache, clock)
        repository.point_head(metadata.default_branch)
        return repository

    def close(self) -> None:
        """Let go of the open pack files."""
        self.store.close()

    def point_head(self, branch: str) -> None:
        """Make *branch* what a clone checks out."""
        (self.folder / "HEAD").write_bytes(f"ref: {BRANCHES}{branch}\n".encode())

    def heads(self) -> dict[str, str]:
        """Return every branch and the commit that it points at."""
        return self._under(BRANCHES)

    def tags(self) -> dict[str, str]:
        """Return every tag and the object that it points at."""
        return self._under(TAGS)

    def head(self, branch: str) -> str | None:
        """Return the commit that *branch* points at."""
        return self.at(BRANCHES + branch)

    def at(self, ref: str) -> str | None:
        """Return what the full *ref* points at; None where there is no such ref."""
        with self.lock:
            sha = self.refs.target(Ref(ref.encode("utf-8", "surrogatepass")))
        return None if sha is None else sha.decode()

    def resolve(self, name: str) -> str | None:
        """Return the commit that *name* means: a branch, a tag, a full ref, an id, or the beginning of one."""
        wanted = BRANCHES + self.metadata.default_branch if name == "HEAD" else name
        for ref in (BRANCHES + wanted, TAGS + wanted, f"refs/{wanted}", wanted):
            found = self.at(ref)
            if found is not None:
                return self.objects.peeled(found)
        if not HEXADECIMAL.fullmatch(name.lower()):
            return None
        matches = [name.lower()] if len(name) == 40 else self.objects.starting(name.lower())
        commits = [sha for sha in map(self.objects.peeled, matches) if self.objects.kind(sha) == "commit"]
        return commits[0] if len(commits) == 1 else None

    def commit(self, edit: Edit) -> Pushed:
        """Write *edit* on top of its branch (which it creates where there is none) and move the branch.

        A new branch starts at the head of the default branch. Raises InputError, NotAllowedError where the repository is
        archived, and TooLargeError past the limits of one commit.
        """
        check_edit(edit)
        if self.metadata.archived:
            raise NotAllowedError(f"{self.metadata.full_name} is archived so it is read-only; unarchive it before")
        ref = BRANCHES + (edit.branch or self.metadata.default_branch)
        with self.lock:
            before = self.at(ref)
            after = self._write(edit, self._parents(edit, before))
            self.move(ref, after)
            return Pushed(
                repository=self.metadata, ref=ref, before=before, after=after, pusher=edit.author, at=self._clock.now()
            )

    def move(self, ref: str, sha: str | None) -> None:
        """Point *ref* at *sha*, or remove it; ConflictError where a longer or shorter ref is in the way."""
        name = check_ref(ref)
        try:
            if sha is None:
                self.refs.remove_if_equals(name, None)
            else:
                self.refs.point(name, ObjectID(sha.encode()))
        except OSError as error:
            raise ConflictError(f"{ref} can't be written beside another ref that it runs through; rename it") from error

    def _parents(self, edit: Edit, before: str | None) -> list[CommitFacts]:
        own = edit.onto or before or self.head(self.metadata.default_branch)
        return [commit_of(self, name) for name in (own, edit.merge) if name is not None]

    def _write(self, edit: Edit, parents: Sequence[CommitFacts]) -> str:
        tree = ObjectID(parents[0].tree.encode()) if parents else None
        files = {**(merging.taken(self.objects, *parents) if len(parents) > 1 else {}), **edit.files}
        commit = Commit()
        commit.tree = editing.edit(self.objects, tree, editing.nest(files)) or self.objects.add(Tree())
        commit.parents = [ObjectID(parent.sha.encode()) for parent in parents]
        commit.author = commit.committer = edit.author.ident
        commit.author_time = commit.commit_time = self._clock.now() // SECOND
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = edit.message.encode("utf-8", "replace")
        commit.encoding = b"UTF-8"
        return self.objects.add(commit).decode()

    def _under(self, prefix: str) -> dict[str, str]:
        base = Ref(prefix.encode())
        with self.lock:
            found = self.refs.as_dict(base)
        return {name.decode("utf-8", "replace"): sha.decode() for name, sha in found.items()}


def check_ref(ref: str) -> Ref:
    """Return the full *ref* as Git writes it, or raise InputError where Git would not take it."""
    raw = ref.encode("utf-8", "surrogatepass")
    if len(raw) > limits.BRANCH_BYTES or not raw.startswith(b"refs/") or not check_ref_format(Ref(raw)):
        raise InputError(f"{ref[:120]!r} can't be a ref; see git check-ref-format for what a branch may be called")
    return Ref(raw)


def check_edit(edit: Edit) -> None:
    """Raise TooLargeError or InputError where *edit* is past the limits of one commit, or empty."""
    if not edit.files and edit.merge is None:
        raise InputError("the commit names no files; send at least one path")
    if len(edit.files) > limits.FILES_PER_COMMIT:
        raise TooLargeError(f"{len(edit.files)} files in one commit; send up to {limits.FILES_PER_COMMIT}")
    if sum(len(contents or b"") for contents in edit.files.values()) > limits.BYTES_PER_COMMIT:
        raise TooLargeError(f"more than {limits.BYTES_PER_COMMIT} bytes in one commit; split it")
    if len(edit.message.encode("utf-8", "replace")) > limits.MESSAGE_BYTES:
        raise TooLargeError(f"the message is longer than {limits.MESSAGE_BYTES} bytes; shorten it")


def commit_of(repository: Repository, name: str) -> CommitFacts:
    """Return the commit that *name* means in *repository*, or raise NotFoundError."""
    sha = repository.resolve(name)
    if sha is None:
        raise NotFoundError(f"no commit, branch or tag {name[:120]!r} in {repository.metadata.full_name}")
    return repository.objects.commit(sha)
