"""Asking a host what a tracked branch is now. Here is all of a reconcile's I/O, and it is outside of any transaction."""

import asyncio
import zlib
from collections.abc import Mapping, Sequence

import msgspec

from cuelight.errors import TooLargeError
from cuelight.repositories.plan import Held, Plan, plan
from cuelight.repositories.tracked import Tracked
from cuelight.scm import Commit, Globs, Host, Provider, Repository, Tree

LARGE_TREE = 2_000
"""Files from which a tree is compared in a thread."""
MANY_BLOBS = 50
"""Files from which contents are compressed in a thread."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a blob holds, under zlib; or why it was not read (it is past the size limit)."""

    blob: str
    packed: bytes | None
    reason: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the host answered, and what follows from it.

    `kept` says why nothing follows: what is there stays as it is. `excluded` why the filters leave the repository out.
    """

    repository: Repository | None = None
    branch: str | None = None
    commit: Commit | None = None
    digest: str | None = None
    plan: Plan | None = None
    contents: Mapping[str, Content] = {}
    kept: str | None = None
    excluded: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about: the row as claimed, its provider (None for repositories of locations), what it holds and wants."""

    tracked: Tracked
    provider: Provider | None
    held: Sequence[Held]
    wanted: Sequence[str]
    unread: bool
    """Whether something wanted was never looked up."""

    @property
    def selected(self) -> Globs | None:
        """Which paths are descriptors."""
        return self.provider.selection.paths if self.provider else None

    @property
    def digest(self) -> str:
        """The selection in force."""
        return self.provider.selection.digest if self.provider else "locations"


async def inquire(host: Host, question: Question) -> Finding:
    """Ask *host*: always for the head, then for the tree where it moved (or the selection, or an address, changed).

    HostError where nothing is known.
    """
    tracked = question.tracked
    repository = await _repository(host, tracked)
    if repository is None:
        return Finding(
            kept=f"{tracked.host} says that there is no repository {tracked.full_name}; what came from it stays"
        )
    if question.provider and (reason := question.provider.excluded(repository)):
        return Finding(repository=repository, excluded=reason)
    branch = _branch(question, repository)
    commit = await host.head(repository, branch) if branch else None
    if commit is None:
        return Finding(repository=repository, branch=branch, kept=_headless(repository, branch, tracked))
    return await _compared(host, question, repository, commit, branch)


async def _repository(host: Host, tracked: Tracked) -> Repository | None:
    if tracked.host_id is None:
        return await host.named(tracked.full_name)
    return await host.repository(tracked.host_id)


def _branch(question: Question, repository: Repository) -> str | None:
    if question.provider:
        return question.provider.selection.branch_of(repository)
    return question.tracked.branch or repository.default_branch


def _headless(repository: Repository, branch: str | None, tracked: Tracked) -> str:
    if branch is None:
        return f"{repository.full_name} has no branch yet"
    stays = "; what came from it stays" if tracked.head else ""
    return f"{repository.full_name} has no branch {branch}{stays}"


async def _compared(
    host: Host, question: Question, repository: Repository, commit: Commit, branch: str | None
) -> Finding:
    tracked = question.tracked
    finding = Finding(repository=repository, branch=branch, commit=commit, digest=question.digest)
    applied = (tracked.head, tracked.digest, tracked.branch, tracked.web_url)
    if applied == (commit.sha, question.digest, branch, repository.web_url) and not question.unread:
        return finding  # a commit's tree never changes
    tree = await host.tree(repository, commit)
    difference = await _planned(tree, question)
    contents = await _contents(host, repository, {path: tree.blobs[path] for path in difference.read})
    return msgspec.structs.replace(finding, plan=difference, contents=contents)


async def _planned(tree: Tree, question: Question) -> Plan:
    """The difference; of a large tree worked out beside the event loop."""
    if len(tree.blobs) < LARGE_TREE:
        return plan(tree, question.selected, question.wanted, question.held)
    return await asyncio.to_thread(plan, tree, question.selected, question.wanted, question.held)


async def _contents(host: Host, repository: Repository, blobs: Mapping[str, str]) -> dict[str, Content]:
    """What is in *blobs* (path → blob), by path."""
    wanted = sorted(set(blobs.values()))
    if not wanted:
        return {}
    try:
        read = dict(await host.blobs(repository, wanted))
    except TooLargeError:
        return {path: await _content(host, repository, blob) for path, blob in blobs.items()}
    return await asyncio.to_thread(_packed, blobs, read) if len(read) > MANY_BLOBS else _packed(blobs, read)


def _packed(blobs: Mapping[str, str], read: Mapping[str, bytes]) -> dict[str, Content]:
    return {path: Content(blob=blob, packed=zlib.compress(read[blob], 1)) for path, blob in blobs.items()}


async def _content(host: Host, repository: Repository, blob: str) -> Content:
    """One blob by itself: of several, one is too large, and only that one is not read."""
    try:
        read = await host.blobs(repository, [blob])
    except TooLargeError as error:
        return Content(blob=blob, packed=None, reason=error.message)
    return Content(blob=blob, packed=zlib.compress(read[blob], 1))
