"""A code host in memory: what it holds is a dict, and it can be told to be away, to refuse, or to hold an answer back."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec

from cuelight.errors import HostError, TooLargeError
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.scm import Author, Commit, Globs, Identity, Repository, Selection, Tree

HOST = "github.com"
LARGEST = 10_000


def digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


class MemoryHost:
    """Implements `cuelight.scm.Host`. `asked` counts questions by name."""

    def __init__(self) -> None:
        self.known: dict[str, Repository] = {}
        self.files: dict[str, dict[str, dict[str, bytes]]] = {}
        self.heads: dict[tuple[str, str], str] = {}
        self.content: dict[str, bytes] = {}
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
        sha = digest(repr((repository_id, sorted(blobs.items()))).encode())
        self.files.setdefault(repository_id, {})[sha] = blobs
        self.content.update({digest(content): content for content in blobs.values()})
        self.heads[repository_id, branch] = sha
        return sha

    async def _ask(self, question: str) -> None:
        self.asked[question] += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error

    async def repositories(self, owner: str) -> AsyncIterator[Repository]:
        await self._ask("repositories")
        for repository in list(self.known.values()):
            if repository.full_name.startswith(f"{owner}/"):
                yield repository

    async def repository(self, repository_id: str) -> Repository | None:
        await self._ask("repository")
        return self.known.get(repository_id)

    async def named(self, full_name: str) -> Repository | None:
        await self._ask("named")
        return next((each for each in self.known.values() if each.full_name.lower() == full_name.lower()), None)

    async def head(self, repository: Repository, branch: str) -> Commit | None:
        await self._ask("head")
        sha = self.heads.get((repository.id, branch))
        return Commit(sha=sha, author=Author(login="dev")) if sha else None

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        await self._ask("tree")
        files = self.files[repository.id][commit.sha]
        return Tree(commit=commit.sha, blobs={path: digest(content) for path, content in files.items()})

    async def blobs(self, _repository: Repository, blob_ids: Sequence[str]) -> Mapping[str, bytes]:
        await self._ask("blobs")
        large = [blob for blob in blob_ids if len(self.content[blob]) > LARGEST]
        if large:
            raise TooLargeError(f"blob {large[0]} is larger than {LARGEST} bytes")
        return {blob: self.content[blob] for blob in blob_ids}


class MemoryProvider:
    """Implements `cuelight.scm.Provider` for owner acme."""

    name = "memory-provider:default"
    host = HOST
    owner = "acme"

    def __init__(self, *paths: str) -> None:
        self.selection = Selection(paths=Globs(paths or ("catalog-info.yaml",)), branch=None, digest="|".join(paths))

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
