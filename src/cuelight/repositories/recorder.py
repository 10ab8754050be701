"""The subscriber: what an event says becomes a signal, and nothing else. The truth is read later, from the host."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from cuelight.db import Row, Transaction
from cuelight.events import Event
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.statements import BY_HOST_IDS
from cuelight.repositories.tracked import insert_candidate
from cuelight.scm import Provider, Push, Repository, change_from_json


class Recorder:
    """Records events for the repositories of *providers*."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = tuple(providers)

    async def handle(self, events: Sequence[Event], tx: Transaction) -> None:
        """Note a signal on each repository that *events* are about, where they are about its tracked branch."""
        pushes = [(event, change_from_json(event.data)) for event in events if event.data]
        tracked = await _rows(tx, [change for _, change in pushes])
        for event, push in pushes:
            rows = tracked.get((push.repository.host, push.repository.id)) or await self._adopt(tx, push)
            tracked[push.repository.host, push.repository.id] = rows
            for row_id, branch in rows:
                if push.branch is not None and branch in {None, push.branch}:
                    await note(tx, row_id, _signal(event, push))

    async def _adopt(self, tx: Transaction, push: Push) -> list[tuple[str, str | None]]:
        """A repository that nobody tracks: whose owner's provider takes it gets it as a candidate."""
        rows: list[tuple[str, str | None]] = []
        for provider in self._providers:
            branch = provider.selection.branch_of(push.repository)
            if _owns(provider, push.repository) and push.branch is not None and branch == push.branch:
                rows.append((await insert_candidate(tx, provider.name, push.repository, branch), branch))
        return rows


def _owns(provider: Provider, repository: Repository) -> bool:
    owner = repository.full_name.partition("/")[0]
    return provider.host == repository.host and provider.owner.lower() == owner.lower()


async def _rows(tx: Transaction, changes: Sequence[Push]) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """The tracked rows (id, branch) of the repositories of *changes*, by host and the host's id."""
    ids: Mapping[str, set[str]] = defaultdict(set)
    for change in changes:
        ids[change.repository.host].add(change.repository.id)
    found: dict[tuple[str, str], list[tuple[str, str | None]]] = defaultdict(list)
    for host, wanted in ids.items():
        rows: Sequence[Row] = await tx.fetch(
            BY_HOST_IDS, {"host": host, "ids": msgspec.json.encode(sorted(wanted)).decode()}
        )
        for row in rows:
            found[host, row["host_id"]].append((row["id"], row["branch"]))
    return found


def _signal(event: Event, push: Push) -> Signal:
    return Signal(id=event.id, kind="push", cause=event.cause, caused_at=event.time, after=push.after)
