"""The Git of one repository: commits with parents and whole trees, and branches that point at them. Nothing is clever here."""

import hashlib
import itertools
from collections.abc import Mapping

import msgspec

Files = Mapping[str, str]


def blob_id(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A commit: its parents, the first of which it was made on, and every file that it has."""

    sha: str
    parents: tuple[str, ...]
    files: Files

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1

    def blobs(self) -> dict[str, str]:
        return {path: blob_id(text) for path, text in self.files.items()}


class History:
    """All that was ever committed to one repository, and its branches now."""

    def __init__(self, seed: str) -> None:
        self.nodes: dict[str, Node] = {}
        self.branches: dict[str, str] = {}
        self._seed = seed
        self._numbers = itertools.count()

    def commit(self, files: Files, *parents: str) -> str:
        """A new commit of *files* on *parents*; no branch moves."""
        words = f"{self._seed} {next(self._numbers)} {parents} {sorted(files.items())}"
        sha = blob_id(words)
        self.nodes[sha] = Node(sha=sha, parents=parents, files=dict(files))
        return sha

    def files(self, branch: str) -> dict[str, str]:
        """What *branch* holds; nothing where there is none."""
        sha = self.branches.get(branch)
        return dict(self.nodes[sha].files) if sha else {}

    def ancestors(self, sha: str | None) -> set[str]:
        """*sha* and all that it descends from."""
        found: set[str] = set()
        waiting = [sha] if sha is not None and sha in self.nodes else []
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting += self.nodes[at].parents
        return found

    def is_ancestor(self, base: str, head: str) -> bool:
        return base in self.ancestors(head)

    def between(self, base: str | None, head: str | None) -> list[Node]:
        """What *head* descends from and *base* does not, oldest first."""
        new = self.ancestors(head) - self.ancestors(base)
        return [node for sha, node in self.nodes.items() if sha in new]

    def straight(self, base: str, head: str, commits: int) -> bool:
        """Whether at most *commits* commits, each with one parent, lead from *base* to *head*."""
        at = head
        for _ in range(commits):
            node = self.nodes[at]
            if at == base or len(node.parents) != 1:
                break
            at = node.parents[0]
        return at == base

    def differing(self, one: str, other: str) -> set[str]:
        """The paths that are not the same in both commits."""
        before, after = self.nodes[one].files, self.nodes[other].files
        return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

    def forget_unreachable(self) -> None:
        """What no branch leads to is lost, as after a while on a host."""
        kept = set().union(*map(self.ancestors, self.branches.values()))
        self.nodes = {sha: node for sha, node in self.nodes.items() if sha in kept}
