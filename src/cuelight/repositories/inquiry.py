"""Asking a host what a tracked branch is now. Here is all of a reconcile's I/O, and it is outside of any transaction.

In the order of what they cost: pushes that follow on what is applied and name all their files are believed (`shortcut`),
and only what they touch is read; else the host is asked for the head; if that moved, for the difference; and for the whole
tree where that is not known, the selection changed, or somebody asks for a thorough look. At the first look, when nothing
is held that could be lost, the files are asked for along with the head where they have names.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec

from cuelight.errors import HostDenied, HostError
from cuelight.repositories.contents import Content, packed, read
from cuelight.repositories.plan import NOTHING, Choice, Held, Plan, decided, plan, sketched
from cuelight.repositories.shortcut import YOUNG, Shortcut, newest_push, shortcut, unseen
from cuelight.repositories.signals import Signal
from cuelight.repositories.stakes import is_only_unlisted, is_unlisted, left_out
from cuelight.repositories.tracked import LOCATIONS, Tracked, look_for
from cuelight.scm import Author, Commit, FileAt, Host, Look, Provider, Repository, Seen, Tree, Unseen

LARGE_TREE: Final = 2_000
"""Files from which a tree is compared in a thread."""
ASKED: Final = 3
"""Commits of pushes, at most, of which a host is asked whether the head descends from them."""
ALONG: Final = 3
"""Files, at most, that are asked for along with a head."""
TRIES: Final = 2
"""Tries of a first look that do so: at the first one the host may have wanted a pause, or have failed by chance."""
_THOROUGH: Final = frozenset({"wanted", "refresh", "verify"})
"""Signals of which an equal head is no answer."""
_EMPTY: Final = Tree(commit="", blobs={})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the host answered, and what follows from it.

    `plan` with `contents` is what changes, None where nothing does. With a `commit` that is what it leads to, and with
    `proven` the host itself says so; else `commits` are those that payloads list since it last did. Without one, a sentence
    says why there is none: `kept` (nothing follows, what is there stays), `excluded` (by the filters), `gone`. `behind` are
    pushes' commits of which the host says that they are ancestors of `commit`. `granted`: the host says that the provider's
    app is installed on the repository, which its last list lacked. `postponed`: it is to be looked at again soon, for the
    same reasons.
    """

    repository: Repository | None = None
    branch: str | None = None
    commit: Commit | None = None
    digest: str | None = None
    proven: bool = True
    commits: int = 0
    plan: Plan | None = None
    contents: Mapping[str, Content] = {}
    kept: str | None = None
    excluded: str | None = None
    gone: str | None = None
    behind: frozenset[str] = frozenset()
    granted: bool = False
    postponed: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about: the row as claimed, its provider (None for repositories of locations), and why.

    `held` are its sources, `wanted` the paths that entities name (`unread`: those never looked up), `applied` those of the
    signals' commits that were its head before, `now` the present.
    """

    tracked: Tracked
    provider: Provider | None
    held: Sequence[Held]
    wanted: Sequence[str]
    signals: Sequence[Signal]
    applied: frozenset[str]
    now: int
    unread: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """The selection in force."""
        return self.provider.selection.digest if self.provider else "locations"

    @property
    def choice(self) -> Choice:
        """What is taken of the tree."""
        selection = self.provider.selection if self.provider else None
        return Choice(
            selected=selection.paths if selection else None,
            declared=selection.declared if selection else False,
            wanted=self.wanted,
            renewed=self.tracked.digest != self.digest,
        )

    @property
    def unlisted(self) -> bool:
        """Whether the last list of the provider's app lacked the repository, as far as is remembered."""
        return is_unlisted(self.provider, self.signals)

    @property
    def deserted(self) -> bool:
        """Whether the provider that the row belongs to was taken out of the configuration."""
        return self.provider is None and self.tracked.provider != LOCATIONS

    @property
    def thorough(self) -> bool:
        """Whether the tree is to be read whatever the head is: a wanted file was never looked up, or someone doubts."""
        return bool(self.unread) or any(signal.kind in _THOROUGH for signal in self.signals)

    @property
    def along(self) -> tuple[str, ...]:
        """The files that are asked for along with the head: all that may be taken, at the first tries of the first look."""
        if self.tracked.head is not None or self.tracked.attempts >= TRIES or self.held:
            return ()
        names = self.choice.names or ()
        return names if len(names) <= ALONG else ()

    def shortcut(self) -> Shortcut | None:
        """The way that the signals' payloads show from the head that is applied."""
        tracked = self.tracked
        if self.provider is None or self.unread or self.unlisted or tracked.digest != self.digest or tracked.attempts:
            return None
        if tracked.proven is None:
            return None
        return shortcut(tracked.head, self.signals, listed=tracked.commits or 0, now=self.now)


async def inquire(host: Host, look: Callable[[Look], Awaitable[Seen | Unseen]], question: Question) -> Finding:
    """What a tracked branch is now, by *host*, whose heads *look* asks for. HostError where nothing is known."""
    if question.deserted:
        provider = question.tracked.provider
        return Finding(kept=f"{provider} is no longer in the configuration; what came from it stays")
    way = question.shortcut()
    if way is not None:
        return await _followed(host, question, way)
    answer = await _answer(look, question)
    if not isinstance(answer, Seen):
        return await _unseen(look, question, answer)
    if question.provider and (reason := await left_out(host, question.provider, answer.repository, question.signals)):
        return _emptied(question, answer.repository, excluded=reason)
    return msgspec.structs.replace(await _present(host, question, answer), granted=question.unlisted)


async def _present(host: Host, question: Question, answer: Seen) -> Finding:
    """What is taken of the branch that *answer* shows."""
    if answer.commit is None:
        return _headless(question, answer)
    finding = await _compared(host, question, answer, answer.commit)
    return msgspec.structs.replace(finding, behind=await _behind(host, question, answer.repository, answer.commit.sha))


async def _answer(look: Callable[[Look], Awaitable[Seen | Unseen]], question: Question) -> Seen | Unseen | HostDenied:
    """The host's answer. A refusal is one where nothing but a list asked: the next list asks again."""
    try:
        asked = look_for(question.tracked, question.provider)
        return await look(msgspec.structs.replace(asked, paths=question.along))
    except HostDenied as error:
        if not is_only_unlisted(question.signals):
            raise
        return error


async def _followed(host: Host, question: Question, way: Shortcut) -> Finding:
    """Where the payloads lead: presence and content of what they name are read at the last commit."""
    tracked = question.tracked
    repository = tracked.as_repository()
    held = {source.path for source in question.held}
    touched = sorted(held & way.paths | set(question.choice.concerned(way.paths)))
    files = await host.files(repository, way.after, touched) if touched else {}
    finding = Finding(
        repository=repository,
        branch=tracked.branch,
        commit=Commit(sha=way.after, author=Author(login=way.author)),
        digest=question.digest,
        proven=False,
        commits=way.commits,
    )
    return await _sketched(host, question, finding, files)


async def _compared(host: Host, question: Question, answer: Seen, commit: Commit) -> Finding:
    """What changed between the head that is applied and *commit*."""
    tracked, repository = question.tracked, answer.repository
    finding = Finding(repository=repository, branch=answer.branch, commit=commit, digest=question.digest)
    if answer.files is not None:
        return await _sketched(host, question, finding, answer.files)
    applied = (tracked.digest, tracked.branch, tracked.web_url, tracked.host_id)
    if question.thorough or applied != (question.digest, answer.branch, repository.web_url, repository.id):
        return await _listed(host, question, finding, commit)
    is_proven = tracked.proven == tracked.head
    if tracked.head == commit.sha and (is_proven or answer.straight):
        return finding  # a commit's tree never changes
    if tracked.head is None or tracked.head == commit.sha or not is_proven:
        return await _listed(host, question, finding, commit)
    return await _differing(host, question, finding, commit)


async def _differing(host: Host, question: Question, finding: Finding, commit: Commit) -> Finding:
    """By the host's comparison of both commits; by the tree where that says too little."""
    repository = finding.repository
    assert repository is not None  # noqa: S101 -- it was seen
    assert question.tracked.head is not None  # noqa: S101 -- there is something to compare with
    comparison = await host.compare(repository, question.tracked.head, commit.sha)
    if comparison.paths is None:
        return await _listed(host, question, finding, commit)
    held = {source.path for source in question.held}
    touched = sorted(held & set(comparison.paths) | set(question.choice.concerned(comparison.paths)))
    files = await host.files(repository, commit.sha, touched) if touched else {}
    return await _sketched(host, question, finding, files)


async def _sketched(host: Host, question: Question, finding: Finding, files: Mapping[str, FileAt | None]) -> Finding:
    """The difference that *files* make: all that may differ, as they are now. What is held and means something else is read."""
    assert finding.commit is not None  # noqa: S101 -- they were read at it
    assert finding.repository is not None  # noqa: S101
    commit = finding.commit.sha
    difference = plan(sketched(commit, question.held, files), question.choice, question.held)
    found = {path: file for path, file in files.items() if file}
    found |= await read(host, finding.repository, commit, sorted(difference.read.keys() - found.keys()))
    return await _with_contents(question, finding, difference, found)


async def _listed(host: Host, question: Question, finding: Finding, commit: Commit) -> Finding:
    """The difference to the whole tree."""
    repository = finding.repository
    assert repository is not None  # noqa: S101 -- it was seen
    tree = await host.tree(repository, commit)
    difference = await _planned(tree, question)
    files = await read(host, repository, commit.sha, sorted(difference.read))
    return await _with_contents(question, finding, difference, files)


async def _with_contents(
    question: Question, finding: Finding, difference: Plan, files: Mapping[str, FileAt]
) -> Finding:
    settled = decided(difference, files, question.choice)
    contents = await packed({path: files[path] for path, kind in settled.read.items() if kind != "candidate"})
    contents |= {
        path: Content(blob=files[path].blob, packed=None) for path, kind in settled.read.items() if kind == "candidate"
    }
    return msgspec.structs.replace(finding, plan=settled, contents=contents)


async def _planned(tree: Tree, question: Question) -> Plan:
    """The difference; of a large tree worked out beside the event loop."""
    if len(tree.blobs) < LARGE_TREE:
        return plan(tree, question.choice, question.held)
    return await asyncio.to_thread(plan, tree, question.choice, question.held)


async def _unseen(
    look: Callable[[Look], Awaitable[Seen | Unseen]], question: Question, answer: Unseen | HostDenied
) -> Finding:
    """Not to be seen is gone only where more than that says so: a complete list that lacks it, or an event that names its end.

    A refusal says nothing. Where only a list asked, it is no reason to ask again before the next one.
    """
    if isinstance(answer, HostDenied):
        return Finding(kept=f"{answer.message}; what came from it stays")
    tracked, signals = question.tracked, question.signals
    if any(signal.hint.gone for signal in signals):
        return _emptied(question, None, gone=f"{answer.reason}, and an event says that it was deleted")
    is_revoked = any(signal.revoked for signal in signals)
    if any(signal.kind == "missing" for signal in signals) and not is_revoked:
        return _emptied(question, None, gone=f"{answer.reason}, and the complete list of repositories lacks it")
    if tracked.status == "gone":
        return _emptied(question, None, gone=answer.reason)
    if question.provider is None and (moved := await _moved_away(look, question)):
        return _emptied(question, None, gone=f"{answer.reason}, and what had that name is {moved} now")
    revoked = ", and an event said that access to it was revoked" if is_revoked else ""
    stays = "; what came from it stays" if tracked.head or question.held else ""
    return Finding(kept=f"{answer.reason}{revoked}{stays}")


async def _moved_away(look: Callable[[Look], Awaitable[Seen | Unseen]], question: Question) -> str | None:
    """The name, by now, of the repository that a location's name led to when it was last seen; None where nobody says."""
    tracked = question.tracked
    if tracked.host_id is None or tracked.asked_name is None:
        return None
    answer = await look(Look(repository_id=tracked.host_id, full_name=tracked.full_name, branch=tracked.asked_branch))
    if isinstance(answer, Unseen) or answer.repository.full_name.lower() == tracked.asked_name:
        return None
    return answer.repository.full_name


def _headless(question: Question, answer: Seen) -> Finding:
    """The repository is readable, and has no such branch: what came from it goes."""
    name, branch = answer.repository.full_name, answer.branch
    reason = f"{name} has no branch {branch}" if branch else f"{name} has no branch yet"
    if question.tracked.head is None and not question.held:
        return Finding(repository=answer.repository, branch=branch, kept=reason)
    if _expected(question):
        return Finding(repository=answer.repository, branch=branch, kept=f"{reason}, though it was pushed to just now")
    emptied = _emptied(question, answer.repository, gone=reason)
    return msgspec.structs.replace(emptied, branch=branch)


def _emptied(
    question: Question, repository: Repository | None, *, excluded: str | None = None, gone: str | None = None
) -> Finding:
    """Nothing is taken of it any more."""
    difference = plan(_EMPTY, NOTHING, question.held) if question.held else None
    return Finding(repository=repository, plan=difference, excluded=excluded, gone=gone)


def _expected(question: Question) -> bool:
    """Whether the newest push is young, and of a commit that was never our head: its branch is there, or will be."""
    push = newest_push(question.signals)
    if push is None or push.after is None or question.now - push.caused_at >= YOUNG:
        return False
    return push.after != question.tracked.head and push.after not in question.applied


async def _behind(host: Host, question: Question, repository: Repository, head: str) -> frozenset[str]:
    """The commits of young pushes that nothing yet says are applied, and of which the host says that *head* descends."""
    visible = {head, question.tracked.head or head} | question.applied
    young = [signal for signal in question.signals if question.now - signal.caused_at < YOUNG]
    behind = set()
    for push in unseen(young, visible)[:ASKED]:
        commit = push.after or ""
        try:
            comparison = await host.compare(repository, commit, head)
        except HostError:
            break  # not known: they are waited for
        if comparison.ancestor:
            behind.add(commit)
    return frozenset(behind)
