"""What a push brought: its commits, oldest first, each with its files; and whether it rewrote anything."""

from collections.abc import Iterable

import msgspec
from dulwich.diff_tree import TreeChange, tree_changes
from dulwich.objects import ObjectID

from cuelight.simulator.core.ancestry import ancestors, beyond
from cuelight.simulator.core.objects import CommitFacts
from cuelight.simulator.core.repository import BRANCHES, Pushed, Repository


class ChangedFiles(msgspec.Struct, frozen=True):
    """Paths that differ between a commit and its first parent, each sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()


class PushedCommit(msgspec.Struct, frozen=True):
    """One commit of a push. `distinct`: no other branch had it already."""

    commit: CommitFacts
    files: ChangedFiles
    distinct: bool


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What a `Pushed` is, seen with its repository at that moment.

    `commits` are the last `limit` of what is reachable from `after` and not from `before` (for a new ref: not from any
    other branch). `head` is the commit that the ref points at now. `base_ref` is the branch that a new ref was cut from
    without a commit of its own.
    """

    head: PushedCommit | None
    commits: tuple[PushedCommit, ...]
    forced: bool
    base_ref: str | None


def history(repository: Repository, pushed: Pushed, *, limit: int) -> History:
    """Tell what *pushed* brought, at most the last *limit* commits."""
    after, before = _commit_at(repository, pushed.after), _commit_at(repository, pushed.before)
    if after is None:
        return History(head=None, commits=(), forced=False, base_ref=None)
    others = {BRANCHES + name: sha for name, sha in repository.heads().items() if BRANCHES + name != pushed.ref}
    objects = repository.objects
    known = ancestors(objects, others.values())
    new, edge = beyond(objects, after, known if before is None else ancestors(objects, [before]))
    return History(
        head=_pushed(repository, objects.commit(after), known),
        commits=tuple(_pushed(repository, commit, known) for commit in new[-limit:]),
        forced=before is not None and before not in edge,
        base_ref=next((ref for ref, sha in others.items() if sha == after), None) if pushed.before is None else None,
    )


def _commit_at(repository: Repository, sha: str | None) -> str | None:
    """Return the commit that *sha* is or that it tags; None where it is neither."""
    peeled = None if sha is None else repository.objects.peeled(sha)
    return peeled if peeled is not None and repository.objects.kind(peeled) == "commit" else None


def _pushed(repository: Repository, commit: CommitFacts, known: set[str]) -> PushedCommit:
    return PushedCommit(commit, changed_files(repository, commit), commit.sha not in known)


def changed_files(repository: Repository, commit: CommitFacts) -> ChangedFiles:
    """Return what *commit* changed against its first parent; all its files, where it has none."""
    parent = repository.objects.commit(commit.parents[0]).tree if commit.parents else None
    with repository.lock:
        before = ObjectID(parent.encode()) if parent else None
        changes = list(tree_changes(repository.store, before, ObjectID(commit.tree.encode())))
    return _sorted_out(changes)


def _sorted_out(changes: Iterable[TreeChange]) -> ChangedFiles:
    old = {change.old.path for change in changes if change.old is not None and change.old.path is not None}
    new = {change.new.path for change in changes if change.new is not None and change.new.path is not None}
    return ChangedFiles(_names(new - old), _names(old - new), _names(old & new))


def _names(paths: set[bytes]) -> tuple[str, ...]:
    return tuple(sorted(path.decode("utf-8", "replace") for path in paths))
