"""A tracked branch of a repository: what is known of it, and how it comes to be tracked."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cuelight.clock import timed_id
from cuelight.db import Reading, Row, Transaction
from cuelight.repositories.statements import BY_HOST_IDS, INSERT_REPOSITORY
from cuelight.scm import Look, Provider, Repository

LOCATIONS = "locations"
"""The provider of repositories that only a location names."""

Status = Literal["candidate", "tracked", "excluded", "gone"]


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `repositories`. `head` is the commit that the catalog has applied; `host_id` None until the host was asked.

    `proven` is the commit up to which the host's own answers say what the sources are, `commits` how many payloads list
    from there to `head`. `asked_name` and `asked_branch` are what a location names it by.
    """

    id: str
    provider: str
    host: str
    host_id: str | None
    full_name: str
    web_url: str
    default_branch: str | None
    branch: str | None
    status: Status
    head: str | None
    digest: str | None
    attempts: int
    proven: str | None = None
    commits: int | None = None
    visibility: str | None = None
    asked_name: str | None = None
    asked_branch: str | None = None

    def as_repository(self) -> Repository:
        """The repository as it was when its host was last asked."""
        return Repository(
            host=self.host,
            id=self.host_id or "",
            full_name=self.full_name,
            web_url=self.web_url,
            default_branch=self.default_branch,
            visibility=self.visibility,
        )


def look_for(tracked: Tracked, provider: Provider | None) -> Look:
    """The question for the head of *tracked*, a row of *provider* (None: of locations).

    What a location names is asked for by that name, whichever repository bears it now. Of a head that the host's answers do not prove it is asked too whether it follows straight on what they do.
    """
    unproven = tracked.head is not None and tracked.proven not in {None, tracked.head} and bool(tracked.commits)
    named = tracked.asked_name if provider is None else None
    return Look(
        repository_id=None if named else tracked.host_id,
        full_name=named or tracked.full_name,
        branch=provider.selection.branch if provider else tracked.asked_branch,
        since=tracked.proven if unproven else None,
        commits=tracked.commits or 0 if unproven else 0,
    )


def tracked_of(row: Row) -> Tracked:
    """The tracked repository that *row* holds."""
    return Tracked(**{name: row[name] for name in Tracked.__struct_fields__})


async def track(tx: Transaction, provider: str, repository: Repository, branch: str | None) -> str:
    """See that *provider* tracks *repository* at *branch*; the id of its row. A new one is a candidate until it was looked at."""
    [row_id] = await track_all(tx, provider, [(repository, branch)])
    return row_id


async def track_all(
    tx: Transaction, provider: str, branches: Sequence[tuple[Repository, str | None]], *, urgent: int | None = None
) -> Sequence[str]:
    """As `track` of each of these repositories of one host at its branch; the ids of their rows, in that order.

    New ones are due at once where it is said how *urgent* (`turns.urgency`) what will be noted on them is.
    """
    listed = [repository for repository, _ in branches]
    held = await _held(tx, provider, listed)
    due = {} if urgent is None else {"due_at": tx.now(), "urgency": urgent}
    new = {
        repository.id: _candidate(provider, repository, branch, tx.now()) | due
        for repository, branch in branches
        if repository.id not in held
    }
    if new:
        await tx.execute_many(INSERT_REPOSITORY, new.values())
        held = await _held(tx, provider, listed)  # another transaction may have added one first
    return [held[repository.id] for repository in listed]


async def _held(tx: Reading, provider: str, repositories: Sequence[Repository]) -> dict[str, str]:
    """The ids of the rows by which *provider* tracks *repositories* of one host, by the host's ids."""
    if not repositories:
        return {}
    ids = msgspec.json.encode([repository.id for repository in repositories]).decode()
    rows = await tx.fetch(BY_HOST_IDS, {"host": repositories[0].host, "ids": ids})
    return {row["host_id"]: row["id"] for row in reversed(rows) if row["provider"] == provider}


async def insert_candidate(
    tx: Transaction, provider: str, repository: Repository, branch: str | None, *, known: bool = True
) -> str:
    """Add a row that was never looked at; its id, or of the one that another transaction added first.

    Where only a name is *known*, and not the host's id, the id is left out.
    """
    row = _candidate(provider, repository, branch, tx.now())
    if not known:
        row |= {"host_id": None, "asked_name": repository.full_name.lower(), "asked_branch": branch}
    if await tx.execute(INSERT_REPOSITORY, row):
        return str(row["id"])
    return (await _held(tx, provider, [repository])).get(repository.id, str(row["id"]))


def _candidate(provider: str, repository: Repository, branch: str | None, now: int) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("reason", "head", "digest", "proven", "commits", "confirmed_at", "reconcile", "due_at", "urgency")
    )
    return {
        **nothing,
        "id": timed_id(now),
        "provider": provider,
        "host": repository.host,
        "host_id": repository.id,
        "full_name": repository.full_name,
        "folded_name": repository.full_name.lower(),
        "web_url": repository.web_url,
        "default_branch": repository.default_branch,
        "branch": branch,
        "asked_name": None,
        "asked_branch": None,
        "status": "candidate",
        "visibility": repository.visibility,
        "claim_id": None,
        "lease_until": 0,
        "attempts": 0,
        "first_seen_at": now,
    }


async def settled(tx: Reading, provider: Provider, repositories: Sequence[Repository]) -> set[str]:
    """The host's ids of those of *repositories*, as a list has them, of which only the head may be new to *provider*."""
    found: set[str] = set()
    listed = {repository.id: repository for repository in repositories}
    ids = msgspec.json.encode(list(listed)).decode()
    for row in await tx.fetch(BY_HOST_IDS, {"host": provider.host, "ids": ids}):
        tracked, repository = tracked_of(row), listed[row["host_id"]]
        if tracked.provider == provider.name and row["reason"] is None and _is_settled(tracked, provider, repository):
            found.add(repository.id)
    return found


def _is_settled(tracked: Tracked, provider: Provider, repository: Repository) -> bool:
    """Whether *tracked* is applied under the selection in force, and called what *repository* is called."""
    selection = provider.selection
    held = (tracked.full_name, tracked.web_url, tracked.default_branch, tracked.branch, tracked.digest)
    said = (
        repository.full_name,
        repository.web_url,
        repository.default_branch,
        selection.branch_of(repository),
        selection.digest,
    )
    applied = tracked.status == "tracked" and tracked.head is not None
    return applied and held == said and provider.excluded(repository) is None
