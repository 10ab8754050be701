"""A code host's own side: repositories that people work on, and the changes that it would send for each thing they do.

Names redirect after a rename until another repository takes them, as on GitHub. What happened is remembered by the second,
so that a replica which lags can answer with what was.
"""

import itertools
from collections.abc import Mapping, Sequence

import msgspec

from cuelight.clock import ManualClock
from cuelight.scm import Change, Repository, RepositoryChange
from cuelight.scm.changes import Action
from tests.convergence.history import Files, History
from tests.convergence.payloads import Manner, Move, push_of

HOST = "github.com"


class Hosted(msgspec.Struct, kw_only=True):
    """A repository as its host has it. `granted`: our credentials see it. `moves`: what its branches were, and until when."""

    id: str
    owner: str
    name: str
    history: History
    default_branch: str | None = None
    archived: bool = False
    visibility: str = "public"
    topics: tuple[str, ...] = ()
    granted: bool = True
    moves: list[tuple[int, Mapping[str, str]]] = msgspec.field(default_factory=list)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def described(self) -> Repository:
        """As payloads and answers describe it."""
        return Repository(
            host=HOST,
            id=self.id,
            full_name=self.full_name,
            web_url=f"https://{HOST}/{self.full_name}",
            default_branch=self.default_branch,
            archived=self.archived,
            fork=False,
            visibility=self.visibility,
            topics=self.topics,
        )

    def branches_at(self, instant: int) -> Mapping[str, str]:
        """What the branches were at *instant*."""
        return next((branches for until, branches in self.moves if instant < until), self.history.branches)


class Forge:
    """The host. Each method does one thing and returns the changes that are sent because of it; nothing where it cannot be."""

    def __init__(self, clock: ManualClock) -> None:
        self.hosted: dict[str, Hosted] = {}
        self.manner = Manner()
        self._clock = clock
        self._ids = itertools.count(1)
        self._names: dict[str, str] = {}
        self._buried: dict[str, Change] = {}

    def named(self, full_name: str) -> Hosted | None:
        """The repository that *full_name* leads to, by a redirect as well."""
        return self.hosted.get(self._names.get(full_name.lower(), ""))

    def taken(self, full_name: str) -> bool:
        """Whether a repository is called just that now."""
        found = self.named(full_name)
        return found is not None and found.full_name.lower() == full_name.lower()

    def create(self, full_name: str, files: Files | None, *, branch: str = "main") -> Sequence[Change]:
        """A new repository; an empty one without *files*."""
        if self.taken(full_name):
            return []
        number = str(next(self._ids))
        owner, name = full_name.split("/")
        hosted = Hosted(id=number, owner=owner, name=name, history=History(number))
        self.hosted[number] = hosted
        self._names[full_name.lower()] = number
        created = self._said(hosted, "created")
        return [*created, *self.commit(hosted, branch, files)] if files is not None else created

    def commit(self, hosted: Hosted, branch: str, *trees: Files) -> Sequence[Change]:
        """Commits of *trees*, one after the other on *branch* (a new one begins at the default branch), and one push of them."""
        if hosted.archived:
            return []
        heads = hosted.history.branches
        at = heads.get(branch) or heads.get(hosted.default_branch or "")
        known = frozenset(hosted.history.nodes)
        for files in trees:
            at = hosted.history.commit(files, *([at] if at else []))
        return self.point(hosted, branch, at, known=known)

    def merge(
        self, hosted: Hosted, branch: str, other: str, *, files: Files, onto_other: bool = False
    ) -> Sequence[Change]:
        """Merge *other* into *branch* with *files* as the result, and push it to *branch* (or instead to *other*).

        The first parent is *branch* either way: pushed to *other*, the payload lists nothing of what the merge took back there.
        """
        one, two = (hosted.history.branches.get(name) for name in (branch, other))
        if hosted.archived or not one or not two or one == two:
            return []
        known = frozenset(hosted.history.nodes)
        merged = hosted.history.commit(files, one, two)
        return self.point(hosted, other if onto_other else branch, merged, known=known)

    def point(
        self, hosted: Hosted, branch: str, sha: str | None, *, known: frozenset[str] | None = None
    ) -> Sequence[Change]:
        """Have *branch* point at *sha*, whatever it was (None: delete it); the first branch becomes the default."""
        history = hosted.history
        before = history.branches.get(branch)
        if hosted.archived or before == sha or (sha is None and branch == hosted.default_branch):
            return []
        if sha is not None and sha not in history.nodes:
            return []
        hosted.moves.append((self._clock.now(), dict(history.branches)))
        if sha is None:
            del history.branches[branch]
        else:
            history.branches[branch] = sha
        hosted.default_branch = hosted.default_branch or branch
        nodes = frozenset(history.nodes) if known is None else known
        move = Move(branch=branch, before=before, after=sha, known=nodes, at=self._clock.now())
        push: list[Change] = [push_of(hosted.described, history, move, self.manner)]
        if before is None:
            return [*self._said(hosted, "branch_created", branch=branch), *push]
        return push if sha else [*self._said(hosted, "branch_deleted", branch=branch), *push]

    def rename(self, hosted: Hosted, full_name: str) -> Sequence[Change]:
        """Another name, or another owner."""
        before = hosted.full_name
        if self.taken(full_name):
            return []
        owner, name = full_name.split("/")
        action: Action = "renamed" if owner == hosted.owner else "transferred"
        hosted.owner, hosted.name = owner, name
        self._names[full_name.lower()] = hosted.id
        return self._said(hosted, action, previous=before)

    def describe(
        self,
        hosted: Hosted,
        *,
        archived: bool | None = None,
        visibility: str | None = None,
        topics: tuple[str, ...] | None = None,
    ) -> Sequence[Change]:
        """Archive it or take it up again, show or hide it, give it other topics."""
        if archived is not None and archived != hosted.archived:
            hosted.archived = archived
            return self._said(hosted, "archived" if archived else "unarchived")
        if visibility is not None and visibility != hosted.visibility:
            hosted.visibility = visibility
            return self._said(hosted, "visibility")
        if topics is not None and topics != hosted.topics:
            hosted.topics = topics
            return self._said(hosted, "edited")
        return []

    def choose_default(self, hosted: Hosted, branch: str) -> Sequence[Change]:
        """Make *branch* the default one."""
        if hosted.archived or branch not in hosted.history.branches or branch == hosted.default_branch:
            return []
        hosted.default_branch = branch
        return self._said(hosted, "edited")

    def delete(self, hosted: Hosted) -> Sequence[Change]:
        """Delete the repository; its names are free."""
        del self.hosted[hosted.id]
        self._names = {name: number for name, number in self._names.items() if number != hosted.id}
        [said] = self._said(hosted, "deleted")
        self._buried[hosted.id] = said
        return [said]

    def grant(self, hosted: Hosted, *, seen: bool) -> Sequence[Change]:
        """Let our credentials see it, or not any more."""
        if hosted.granted == seen:
            return []
        hosted.granted = seen
        return self._said(hosted, "granted" if seen else "revoked")

    def mention(self, hosted: Hosted) -> Change:
        """An event that says nothing but that there is such a repository."""
        return self._said(hosted, "edited")[0]

    @property
    def buried(self) -> Sequence[str]:
        """The ids of the repositories that were deleted."""
        return list(self._buried)

    def burial(self, number: str) -> Change:
        """The event that the repository with this id was deleted, once more."""
        return self._buried[number]

    def touch(self, hosted: Hosted, branch: str) -> Sequence[Change]:
        """A later push that changes no file that anybody reads."""
        files = hosted.history.files(branch)
        return self.commit(hosted, branch, {**files, "docs/note.md": f"{len(hosted.history.nodes)}"})

    def _said(
        self, hosted: Hosted, action: Action, *, branch: str | None = None, previous: str | None = None
    ) -> list[Change]:
        return [RepositoryChange(repository=hosted.described, action=action, branch=branch, previous=previous)]
