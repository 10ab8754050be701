"""What a host says of a head that moved: the lists of files that a payload has, and those that it lacks.

For an ordinary commit a payload lists what differs from its parent. Of a merge GitHub lists what differs from all parents
(often nothing), other hosts what differs from the first; a sender may leave out commits that the repository had on another
branch, and cuts what is too long. What follows from a payload has to be right under all of them.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from cuelight.scm import Author, Push, Repository
from tests.convergence.history import History, Node


class Manner(msgspec.Struct, frozen=True):
    """How a sender lists: merges against which parents, all commits or only new ones, cut past how many commits."""

    merges: Literal["combined", "first"] = "combined"
    commits: Literal["all", "new"] = "all"
    cut: int = 100


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A branch that pointed at `before` and points at `after`; `known` are the commits that the repository had already."""

    branch: str
    before: str | None
    after: str | None
    known: frozenset[str]
    at: int


def push_of(repository: Repository, history: History, move: Move, manner: Manner) -> Push:
    """The push that says *move*."""
    listed = _listed(history, move, manner)
    created, deleted = move.before is None, move.after is None
    forced = not created and not deleted and not history.is_ancestor(move.before or "", move.after or "")
    ordinary = not (created or deleted or forced)
    complete = ordinary and 0 < len(listed) < manner.cut and any(node.sha == move.after for node in listed)
    kept = listed[-manner.cut :]
    paths = set().union(*(_touched(history, node, manner) for node in kept))
    return Push(
        repository=repository,
        ref=f"refs/heads/{move.branch}",
        branch=move.branch,
        before=move.before,
        after=move.after,
        paths=tuple(sorted(paths)) if kept and not deleted else None,
        complete=complete,
        created=created,
        deleted=deleted,
        forced=forced,
        author=Author(login="dev"),
        commits=len(listed) if complete else None,
        pushed_at=move.at,
    )


def _listed(history: History, move: Move, manner: Manner) -> Sequence[Node]:
    nodes = history.between(move.before, move.after)
    return nodes if manner.commits == "all" else [node for node in nodes if node.sha not in move.known]


def _touched(history: History, node: Node, manner: Manner) -> set[str]:
    """The files that a payload lists for *node*."""
    if not node.parents:
        return set(node.files)
    differences = [history.differing(parent, node.sha) for parent in node.parents if parent in history.nodes]
    if not differences:
        return set(node.files)
    return set.intersection(*differences) if manner.merges == "combined" else differences[0]
