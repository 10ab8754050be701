"""The host as it answers us: the forge seen through credentials, a replica that may lag, and trouble that may strike."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from cuelight.clock import SECOND, ManualClock
from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.scm import (
    Author,
    Commit,
    Comparison,
    FileAt,
    Globs,
    Look,
    Repository,
    Scope,
    Seen,
    Selection,
    Tree,
    Unseen,
)
from tests.convergence.forge import HOST, Forge, Hosted
from tests.convergence.history import Node, blob_id

Trouble = Literal["unavailable", "denied", "one unavailable", "one denied", "hidden", "late"]
"""Everything fails; of a batch every other answer does; nothing is to be seen; the list of repositories breaks off."""
COMPARED = 3
"""Paths of a comparison that the host tells, at most."""

_ERRORS: Mapping[str, HostError] = {
    "unavailable": HostUnavailable("502 Bad Gateway"),
    "denied": HostDenied("the token was refused"),
    "one unavailable": HostUnavailable("null with errors"),
    "one denied": HostDenied("it is forbidden to this token"),
}


async def _nothing() -> None:
    """Nobody stands in the way."""


def _as_it_is(_hosted: Hosted, _path: str, text: str) -> str:
    return text


class Weather:
    """How the host feels: `trouble` strikes the next questions, one each, in order; heads are `lag` seconds old."""

    def __init__(self) -> None:
        self.trouble: list[Trouble] = []
        self.lag = 0.0

    def clear(self) -> None:
        """All is well again."""
        self.trouble.clear()
        self.lag = 0.0


Shown = Callable[[Hosted, str, str], str]
"""What one sees who reads a file of a repository, given its path and text: for what-if questions."""


class ForgeHost:
    """Implements `cuelight.scm.Host` over a forge. `pause` is awaited before and after every question.

    `asked` counts questions by name.
    """

    def __init__(
        self,
        forge: Forge,
        clock: ManualClock,
        weather: Weather | None = None,
        *,
        pause: Callable[[], Awaitable[None]] = _nothing,
        shown: Shown | None = None,
    ) -> None:
        self.asked: Counter[str] = Counter()
        self._forge = forge
        self._clock = clock
        self._weather = weather or Weather()
        self._pause = pause
        self._shown = shown or _as_it_is

    async def _ask(self, question: str) -> Trouble | None:
        self.asked[question] += 1
        await self._pause()
        trouble = self._weather.trouble.pop(0) if self._weather.trouble else None
        if trouble in {"unavailable", "denied"}:
            raise _ERRORS[trouble]
        return trouble

    async def repositories(self, scope: Scope) -> AsyncIterator[Repository]:
        trouble = await self._ask("repositories")
        for number, hosted in enumerate(list(self._forge.hosted.values())):
            if trouble is not None and number:
                raise HostUnavailable("the list broke off")
            if hosted.granted and scope.owner in {None, hosted.owner}:
                yield hosted.described
                await self._pause()

    async def granted(self, app: str, repositories: Sequence[Repository]) -> frozenset[str]:
        raise AssertionError(f"nothing here belongs to app {app}, no more than {repositories}")

    async def heads(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        trouble = await self._ask("heads")
        answers = [self._answer(look, number, trouble) for number, look in enumerate(looks)]
        await self._pause()
        return answers

    async def compare(self, repository: Repository, base: str, head: str) -> Comparison:
        await self._calm("compare")
        history = self._readable(repository).history
        known = base in history.nodes and head in history.nodes
        ancestor = known and history.is_ancestor(base, head)
        paths = sorted(history.differing(base, head)) if ancestor else None
        await self._pause()
        return Comparison(
            ancestor=ancestor, paths=tuple(paths) if paths is not None and len(paths) <= COMPARED else None
        )

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        await self._calm("tree")
        blobs = self._node(repository, commit.sha).blobs()
        await self._pause()
        return Tree(commit=commit.sha, blobs=blobs)

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> Mapping[str, FileAt | None]:
        await self._calm("files")
        hosted, node = self._readable(repository), self._node(repository, commit)
        answer = self._files(hosted, node, paths)
        await self._pause()
        return answer

    async def _calm(self, question: str) -> None:
        """Ask about one thing: trouble of any kind is an error."""
        trouble = await self._ask(question)
        if trouble is not None:
            raise _ERRORS.get(trouble, HostUnavailable("it timed out"))

    def _files(self, hosted: Hosted, node: Node, paths: Sequence[str]) -> Mapping[str, FileAt | None]:
        return {path: self._file(hosted, path, node.files[path]) if path in node.files else None for path in paths}

    def _file(self, hosted: Hosted, path: str, text: str) -> FileAt:
        return FileAt(blob=blob_id(text), content=self._shown(hosted, path, text).encode())

    def _answer(self, look: Look, number: int, trouble: Trouble | None) -> Seen | Unseen | HostError:
        if trouble == "late":
            return HostUnavailable("it timed out")
        if trouble in {"one unavailable", "one denied"} and number % 2 == 0:
            return _ERRORS[trouble]
        found = self._forge.hosted.get(look.repository_id) if look.repository_id else self._forge.named(look.full_name)
        if found is None or not found.granted or trouble == "hidden":
            return Unseen(reason=f"{look.full_name} is not to be seen")
        return self._seen(found, look)

    def _seen(self, hosted: Hosted, look: Look) -> Seen:
        branch = look.branch or hosted.default_branch
        sha = hosted.branches_at(self._clock.now() - round(self._weather.lag * SECOND)).get(branch or "")
        if sha is None or sha not in hosted.history.nodes:
            return Seen(repository=hosted.described, branch=branch, commit=None)
        straight = None
        if look.since is not None:
            known = look.since in hosted.history.nodes
            straight = known and hosted.history.straight(look.since, sha, look.commits)
        return Seen(
            repository=hosted.described,
            branch=branch,
            commit=Commit(sha=sha, tree=f"tree-{sha}", author=Author(login="dev")),
            straight=straight,
            files=self._files(hosted, hosted.history.nodes[sha], look.paths) if look.paths else None,
        )

    def _readable(self, repository: Repository) -> Hosted:
        """The repository that is asked about: by its id, as a name may be somebody else's by now."""
        found = self._forge.hosted.get(repository.id)
        if found is None or not found.granted:
            raise HostUnavailable(f"{repository.full_name} is not to be seen")
        return found

    def _node(self, repository: Repository, sha: str) -> Node:
        node = self._readable(repository).history.nodes.get(sha)
        if node is None:
            raise HostUnavailable(f"{repository.full_name} has no commit {sha}")
        return node


class OwnersProvider:
    """Implements `cuelight.scm.Provider`: of one owner what is not archived, hidden by a topic, or (perhaps) private."""

    host = HOST

    def __init__(self, owner: str, choice: "Choice") -> None:
        self.name = f"forge-provider:{owner}"
        self.scope = Scope(owner=owner)
        self.selection = choice.selection
        self._private = choice.private

    def excluded(self, repository: Repository) -> str | None:
        owner = repository.full_name.partition("/")[0]
        if owner != self.scope.owner:
            return f"it belongs to {owner}"
        if repository.archived:
            return "it is archived"
        if "hidden" in repository.topics:
            return "its topics hide it"
        return "it is private" if repository.visibility == "private" and not self._private else None


class Choice(msgspec.Struct, frozen=True):
    """What the configuration takes: paths, perhaps only declared files, perhaps one branch, perhaps private repositories."""

    paths: tuple[str, ...]
    declared: bool = False
    branch: str | None = None
    private: bool = True

    @property
    def selection(self) -> Selection:
        return Selection(paths=Globs(self.paths), branch=self.branch, digest=repr(self), declared=self.declared)


class Silent:
    """A webhook that nobody sends anything to: changes are made by the forge itself."""

    name = "forge"
    topics = ("forge.change",)


class ForgeIntegration:
    """Implements what a registry needs of `cuelight.scm.Integration`."""

    name = "forge"
    hosts = (HOST,)
    webhook: Any = Silent()

    def __init__(self, host: ForgeHost, owners: Sequence[str], choice: Choice) -> None:
        self._host = host
        self.providers = tuple(OwnersProvider(owner, choice) for owner in owners)

    def host(self, _name: str) -> ForgeHost:
        return self._host

    def urls(self, _name: str) -> GitHubUrls:
        return GitHubUrls(HOST, "https://raw.githubusercontent.com")
