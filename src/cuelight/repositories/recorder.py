"""The subscriber: what an event says becomes a signal, and nothing else. The truth is read later, from the host."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from cuelight.db import Transaction
from cuelight.events import Event
from cuelight.repositories.signals import Hint, Signal, note
from cuelight.repositories.stakes import unlist
from cuelight.repositories.statements import ASKED, BY_HOST_IDS, GRANT, REVOKE
from cuelight.repositories.tracked import Tracked, insert_candidate, tracked_of
from cuelight.scm import Change, Provider, Push, Repository, change_from_json


class Recorder:
    """Records events for the repositories of *providers*."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = {provider.name: provider for provider in providers}

    async def handle(self, events: Sequence[Event], tx: Transaction) -> None:
        """Note a signal on each repository that *events* are about, where they are about its tracked branch."""
        changes = [(event, change_from_json(event.data)) for event in events if event.data]
        tracked = await _rows(tx, [change.repository for _, change in changes])
        asked = await _asked(tx, [change for _, change in changes])
        for event, change in changes:
            rows = tracked[change.repository.host, change.repository.id]
            rows += await self._adopt(tx, change, rows)
            by_name = [row for name in _names(change) for row in asked[change.repository.host, name]]
            for row in {row.id: row for row in (*rows, *by_name)}.values():
                if self._concerns(change, row):
                    await _remember(tx, change, row, event.time)
                    await note(tx, row.id, self._signal(event, change, row))

    def _concerns(self, change: Change, row: Tracked) -> bool:
        """Whether *change* is about the branch that *row* tracks, or the one that it is to track from now on.

        Where it is of another repository, that may have taken over the name by which a location asks.
        """
        if change.repository.id != row.host_id:
            return True
        if change.branch is None:
            return not isinstance(change, Push)  # a push without a branch moved a tag
        return row.branch is None or change.branch in {row.branch, self._branch(change, row)}

    def _branch(self, change: Change, row: Tracked) -> str | None:
        provider = self._providers.get(row.provider)
        return provider.selection.branch_of(change.repository) if provider else row.branch

    async def _adopt(self, tx: Transaction, change: Change, rows: Iterable[Tracked]) -> list[Tracked]:
        """A repository that a provider does not track: whose owner's provider takes it gets it as a candidate."""
        if not isinstance(change, Push) and change.action in {"deleted", "revoked", "branch_deleted"}:
            return []
        known = {row.provider for row in rows}
        adopted: list[Tracked] = []
        for provider in self._providers.values():
            if provider.name in known or not _owns(provider, change.repository):
                continue
            branch = provider.selection.branch_of(change.repository)
            if isinstance(change, Push) and change.branch != branch:
                continue
            row_id = await insert_candidate(tx, provider.name, change.repository, branch)
            if provider.scope.app is not None:
                await unlist(tx, row_id)  # whether the app is installed there, only its host can say
            adopted.append(_candidate(row_id, provider, change.repository, branch))
        return adopted

    def _signal(self, event: Event, change: Change, row: Tracked) -> Signal:
        if isinstance(change, Push):
            hint = self._hint(change, row)
            return Signal(
                id=event.id, kind="push", cause=event.cause, caused_at=event.time, after=change.after, hint=hint
            )
        hint = Hint(gone=change.action == "deleted" and change.repository.id == row.host_id)
        return Signal(id=event.id, kind="repository", cause=event.cause, caused_at=event.time, hint=hint)

    def _hint(self, push: Push, row: Tracked) -> Hint:
        """What *push* may spare: nothing, where it was no ordinary one, or what it says of the repository is news."""
        provider = self._providers.get(row.provider)
        ordinary = push.complete and not (push.created or push.deleted or push.forced)
        news = _facts(push.repository) != _facts(row.as_repository())
        if not ordinary or news or provider is None or provider.excluded(push.repository):
            return Hint(before=push.before, pushed_at=push.pushed_at)
        return Hint(
            before=push.before,
            paths=push.paths,
            commits=push.commits,
            pushed_at=push.pushed_at,
            author=(push.author.login or push.author.name) if push.author else None,
        )


async def _remember(tx: Transaction, change: Change, row: Tracked, at: int) -> None:
    """What an event says of our access outlives its signal: a repository that is hidden later is then not gone."""
    action = None if isinstance(change, Push) or change.repository.id != row.host_id else change.action
    if action == "revoked":
        await tx.execute(REVOKE, {"repository": row.id, "at": at})
    elif action == "granted":
        await tx.execute(GRANT, {"repository": row.id})


def _facts(repository: Repository) -> tuple[str, ...]:
    """What the files' addresses are made from."""
    return (repository.full_name, repository.web_url, repository.default_branch or "")


def _owns(provider: Provider, repository: Repository) -> bool:
    """Whether *repository* may be one of *provider*'s: of its owner, or of any, where an app decides that: the first look asks."""
    if provider.host != repository.host:
        return False
    owner = repository.full_name.partition("/")[0]
    return provider.scope.owner is None or provider.scope.owner.lower() == owner.lower()


def _candidate(row_id: str, provider: Provider, repository: Repository, branch: str | None) -> Tracked:
    return Tracked(
        id=row_id,
        provider=provider.name,
        host=repository.host,
        host_id=repository.id,
        full_name=repository.full_name,
        web_url=repository.web_url,
        default_branch=repository.default_branch,
        branch=branch,
        status="candidate",
        head=None,
        digest=None,
        attempts=0,
    )


def _names(change: Change) -> set[str]:
    """The names that may lead elsewhere because of *change*, in lower case."""
    named = {change.repository.full_name.lower()}
    previous = None if isinstance(change, Push) else change.previous
    return named | {previous.lower()} if previous else named


async def _asked(tx: Transaction, changes: Iterable[Change]) -> dict[tuple[str, str], list[Tracked]]:
    """The rows of locations that ask by the names of *changes*, by host and name."""
    names: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        names[change.repository.host] |= _names(change)
    found: dict[tuple[str, str], list[Tracked]] = defaultdict(list)
    for host, wanted in names.items():
        for row in await tx.fetch(ASKED, {"host": host, "names": msgspec.json.encode(sorted(wanted)).decode()}):
            found[host, row["asked_name"]].append(tracked_of(row))
    return found


async def _rows(tx: Transaction, repositories: Iterable[Repository]) -> dict[tuple[str, str], list[Tracked]]:
    """The tracked rows of *repositories*, by host and the host's id."""
    ids: dict[str, set[str]] = defaultdict(set)
    for repository in repositories:
        ids[repository.host].add(repository.id)
    found: dict[tuple[str, str], list[Tracked]] = defaultdict(list)
    for host, wanted in ids.items():
        wanted_ids = msgspec.json.encode(sorted(wanted)).decode()
        for row in await tx.fetch(BY_HOST_IDS, {"host": host, "ids": wanted_ids}):
            found[host, row["host_id"]].append(tracked_of(row))
    return found
