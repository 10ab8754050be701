"""A code host in memory: what it holds is a dict, and it can be told to be away, to refuse, or to hold an answer back."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from cuelight.errors import HostDenied, HostError
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.scm import (
    Author,
    Commit,
    Comparison,
    FileAt,
    Globs,
    Identity,
    Look,
    Repository,
    Scope,
    Seen,
    Selection,
    Tree,
    Unseen,
)

HOST = "github.com"
LARGEST = 10_000
COMPARED = 300


def digest(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class MemoryHost:
    """Implements `cuelight.scm.Host`. `asked` counts questions by name.

    `installed` are the owners whose repositories an app's list has; of what is `refused` nothing is said. `meanwhile` happens
    once a list has had its last repository, and before its end; with `repeats` each is listed twice. One that `tells_files`
    does so along with heads.
    """

    def __init__(self) -> None:
        self.known: dict[str, Repository] = {}
        self.files_at: dict[str, dict[str, dict[str, bytes]]] = {}
        self.heads_at: dict[tuple[str, str], str] = {}
        self.parents: dict[tuple[str, str], str | None] = {}
        self.merges: set[str] = set()
        self.hidden: set[str] = set()
        self.unlisted: set[str] = set()
        self.installed: set[str] = set()
        self.refused: set[str] = set()
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.repeats = False
        self.tells_files = False
        self.looked = 0
        self.error: HostError | None = None
        self.asked: Counter[str] = Counter()
        self.gate: asyncio.Event | None = None

    def add(self, name: str, files: Mapping[str, str], *, owner: str = "acme", branch: str | None = "main") -> str:
        """Make a repository and return its id."""
        repository_id = str(len(self.known) + 1)
        self.known[repository_id] = Repository(
            host=HOST,
            id=repository_id,
            full_name=f"{owner}/{name}",
            web_url=f"https://{HOST}/{owner}/{name}",
            default_branch=branch,
        )
        if branch:
            self.commit(repository_id, files, branch=branch)
        return repository_id

    def commit(self, repository_id: str, files: Mapping[str, str], *, branch: str = "main") -> str:
        """Put *files* (all of them) at the branch's head; the commit."""
        blobs = {path: text.encode() for path, text in files.items()}
        parent = self.heads_at.get((repository_id, branch))
        sha = digest(repr((repository_id, sorted(blobs.items()))).encode())
        self.files_at.setdefault(repository_id, {})[sha] = blobs
        if sha != parent:
            self.parents.setdefault((repository_id, sha), parent)
        self.heads_at[repository_id, branch] = sha
        return sha

    async def _ask(self, question: str) -> None:
        self.asked[question] += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error

    async def repositories(self, scope: Scope) -> AsyncIterator[Repository]:
        await self._ask("repositories")
        for repository in self._listed(scope) * (2 if self.repeats else 1):
            if repository.id not in self.unlisted:
                yield repository
        if self.meanwhile is not None:
            await self.meanwhile()

    def _listed(self, scope: Scope) -> list[Repository]:
        owners = self.installed if scope.owner is None else {scope.owner}
        given = [each for each in self.known.values() if each.full_name.partition("/")[0] in owners]
        return [repository for repository in given if repository.id not in self.unlisted]

    async def granted(self, app: str, repositories: Sequence[Repository]) -> frozenset[str]:
        await self._ask("granted")
        given = {each.id for each in self._listed(Scope(app=app))}
        return frozenset(given & {repository.id for repository in repositories})

    async def heads(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        await self._ask("heads")
        self.looked += len(looks)
        return [self._answer(look) for look in looks]

    def _answer(self, look: Look) -> Seen | Unseen | HostError:
        repository = self.known.get(look.repository_id) if look.repository_id else self._named(look.full_name)
        if repository is not None and repository.id in self.refused:
            return HostDenied(f"no app is installed on the owner of {look.full_name}")
        if repository is None or repository.id in self.hidden:
            return Unseen(reason=f"{HOST} shows these credentials no repository {look.full_name}")
        branch = look.branch or repository.default_branch
        sha = self.heads_at.get((repository.id, branch or ""))
        commit = Commit(sha=sha, author=Author(login="dev")) if sha else None
        straight = self._straight(repository.id, look, sha) if look.since and sha else None
        files = self._along(repository.id, sha, look) if self.tells_files and sha and look.paths else None
        return Seen(repository=repository, branch=branch, commit=commit, straight=straight, files=files)

    def _along(self, repository_id: str, sha: str, look: Look) -> Mapping[str, FileAt | None]:
        files = self.files_at[repository_id][sha]
        return {path: _file(files[path]) if path in files else None for path in look.paths}

    def _named(self, full_name: str) -> Repository | None:
        return next((each for each in self.known.values() if each.full_name.lower() == full_name.lower()), None)

    def _straight(self, repository_id: str, look: Look, sha: str) -> bool:
        at: str | None = sha
        for _ in range(look.commits + 1):
            if at == look.since:
                return True
            if at is None or at in self.merges:
                return False
            at = self.parents.get((repository_id, at))
        return False

    async def compare(self, repository: Repository, base: str, head: str) -> Comparison:
        await self._ask("compare")
        at: str | None = head
        seen: set[str] = set()
        while at is not None and at != base and at not in seen:
            seen.add(at)
            at = self.parents.get((repository.id, at))
        if at != base:
            return Comparison(ancestor=False, paths=None)
        before, after = (self.files_at[repository.id][sha] for sha in (base, head))
        paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        return Comparison(ancestor=True, paths=tuple(paths) if len(paths) <= COMPARED else None)

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        await self._ask("tree")
        files = self.files_at[repository.id][commit.sha]
        return Tree(commit=commit.sha, blobs={path: digest(content) for path, content in files.items()})

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> Mapping[str, FileAt | None]:
        await self._ask("files")
        files = self.files_at[repository.id][commit]
        return {path: _file(files[path]) if path in files else None for path in paths}


def _file(content: bytes) -> FileAt:
    if len(content) > LARGEST:
        reason = f"blob {digest(content)} is larger than {LARGEST} bytes"
        return FileAt(blob=digest(content), content=None, reason=reason)
    return FileAt(blob=digest(content), content=content)


class MemoryProvider:
    """Implements `cuelight.scm.Provider` for owner acme."""

    name = "memory-provider:default"
    host = HOST
    scope = Scope(owner="acme")

    def __init__(self, *paths: str, declared: bool = False) -> None:
        self.selection = Selection(
            paths=Globs(paths or ("catalog-info.yaml",)), branch=None, digest=f"{paths}{declared}", declared=declared
        )

    def excluded(self, repository: Repository) -> str | None:
        if not repository.full_name.lower().startswith("acme/"):
            return f"{repository.full_name} does not belong to acme"
        return "it is archived" if repository.archived else None


class AppProvider(MemoryProvider):
    """Implements `cuelight.scm.Provider` for what app 7 was installed on."""

    name = "memory-provider:app"
    scope = Scope(app="7")

    def excluded(self, repository: Repository) -> str | None:
        return "it is archived" if repository.archived else None


class Webhook:
    """Not used here: deliveries are another room's."""

    name = "memory"
    topics = ("memory.push",)

    def identify(self, _delivery: Any) -> Identity:
        raise NotImplementedError


class MemoryIntegration(msgspec.Struct):
    """Implements `cuelight.scm.Integration` over one host."""

    memory: MemoryHost
    providers: tuple[MemoryProvider, ...]
    name: str = "memory"
    hosts: tuple[str, ...] = (HOST,)

    @property
    def webhook(self) -> Any:
        return Webhook()

    def host(self, _name: str) -> MemoryHost:
        return self.memory

    def urls(self, _name: str) -> Any:
        return GitHubUrls(HOST, "https://raw.githubusercontent.com")
