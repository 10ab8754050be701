"""The subscriber: what an event says becomes a signal, and nothing else. The truth is read later, from the host."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from cuelight.db import Transaction
from cuelight.events import Event
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.statements import BY_HOST_IDS
from cuelight.repositories.tracked import insert_candidate
from cuelight.scm import Provider, Push, Repository, change_from_json


class Recorder:
    """Records events for the repositories of *providers*."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = {provider.name: provider for provider in providers}

    async def handle(self, events: Sequence[Event], tx: Transaction) -> None:
        """Note a signal on each repository that *events* are about, where they are about its tracked branch."""
        pushes = [(event, change_from_json(event.data)) for event in events if event.data]
        tracked = await _rows(tx, [push for _, push in pushes])
        for event, push in pushes:
            named = (push.repository.host, push.repository.id)
            tracked[named] = tracked.get(named) or await self._adopt(tx, push)
            for row in tracked[named]:
                if self._concerns(push, row):
                    await note(tx, row.id, _signal(event, push))

    def _concerns(self, push: Push, row: "_Row") -> bool:
        """Whether *push* moved the branch that *row* tracks, or the one that it is to track from now on."""
        if push.branch is None:
            return False
        provider = self._providers.get(row.provider)
        selected = provider.selection.branch_of(push.repository) if provider else row.branch
        return row.branch is None or push.branch in {row.branch, selected}

    async def _adopt(self, tx: Transaction, push: Push) -> list["_Row"]:
        """A repository that nobody tracks: whose owner's provider takes it gets it as a candidate."""
        rows: list[_Row] = []
        for provider in self._providers.values():
            branch = provider.selection.branch_of(push.repository)
            if _owns(provider, push.repository) and push.branch is not None and branch == push.branch:
                row_id = await insert_candidate(tx, provider.name, push.repository, branch)
                rows.append(_Row(id=row_id, provider=provider.name, branch=branch))
        return rows


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tracked branch."""

    id: str
    provider: str
    branch: str | None


def _owns(provider: Provider, repository: Repository) -> bool:
    owner = repository.full_name.partition("/")[0]
    return provider.host == repository.host and provider.owner.lower() == owner.lower()


async def _rows(tx: Transaction, pushes: Sequence[Push]) -> dict[tuple[str, str], list[_Row]]:
    """The tracked rows of the repositories of *pushes*, by host and the host's id."""
    ids: dict[str, set[str]] = defaultdict(set)
    for push in pushes:
        ids[push.repository.host].add(push.repository.id)
    found: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for host, wanted in ids.items():
        wanted_ids = msgspec.json.encode(sorted(wanted)).decode()
        for row in await tx.fetch(BY_HOST_IDS, {"host": host, "ids": wanted_ids}):
            found[host, row["host_id"]].append(_Row(id=row["id"], provider=row["provider"], branch=row["branch"]))
    return found


def _signal(event: Event, push: Push) -> Signal:
    return Signal(id=event.id, kind="push", cause=event.cause, caused_at=event.time, after=push.after)
