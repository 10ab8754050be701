"""How two commits differ: where their histories part, and which files are others since then."""

import msgspec
from dulwich.diff_tree import RenameDetector, TreeChange
from dulwich.objects import ObjectID

from cuelight.simulator.core.ancestry import ancestors, beyond, merge_base
from cuelight.simulator.core.objects import CommitFacts
from cuelight.simulator.core.repository import Repository


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file that differs: `status` in the hosts' word, `sha` its blob (of a removed file: the one that it had)."""

    path: str
    status: str
    sha: str
    previous: str | None = None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What *head* has and *base* lacks. `ahead` are its commits, oldest first; `files` differ since they met, by path."""

    base: CommitFacts
    head: CommitFacts
    met: CommitFacts
    ahead: tuple[CommitFacts, ...]
    behind: int
    files: tuple[FileChange, ...]


def compared(repository: Repository, base: CommitFacts, head: CommitFacts) -> Compared | None:
    """Compare two commits; None where they have no common ancestor. TooLargeError past the limit of a walk."""
    objects = repository.objects
    met = merge_base(objects, base.sha, head.sha)
    if met is None:
        return None
    old, new = ancestors(objects, [base.sha]), ancestors(objects, [head.sha])
    ahead, _ = beyond(objects, head.sha, old)
    since = objects.commit(met)
    return Compared(
        base=base,
        head=head,
        met=since,
        ahead=tuple(ahead),
        behind=len(old - new),
        files=changes(repository, since, head),
    )


def changes(repository: Repository, old: CommitFacts, new: CommitFacts) -> tuple[FileChange, ...]:
    """Return the files that differ between two commits, with the renames that Git sees."""
    with repository.lock:
        detector = RenameDetector(repository.store)
        found = detector.changes_with_renames(ObjectID(old.tree.encode()), ObjectID(new.tree.encode()))
    return tuple(sorted(map(_change, found), key=lambda one: one.path))


STATUSES = {"add": "added", "delete": "removed", "modify": "modified", "rename": "renamed", "copy": "copied"}


def _change(change: TreeChange) -> FileChange:
    old, new = change.old, change.new
    shown = new if new is not None and new.path is not None else old
    assert shown is not None  # noqa: S101  (a change has a side)
    assert shown.path is not None  # noqa: S101
    assert shown.sha is not None  # noqa: S101
    moved = change.type in {"rename", "copy"} and old is not None and old.path is not None
    return FileChange(
        path=shown.path.decode("utf-8", "replace"),
        status=STATUSES.get(change.type, "changed"),
        sha=shown.sha.decode(),
        previous=old.path.decode("utf-8", "replace") if moved and old and old.path else None,
    )
