"""Tracked repositories: what of them is applied, since when that is confirmed, and what became of every signal."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.api.providers import expect_provider
from cuelight.asgi import Access, Call, Query, get
from cuelight.clock import isoformat
from cuelight.errors import NotFoundError
from cuelight.repositories.queries import (
    ReconcileSummary,
    RepositoryKey,
    RepositorySummary,
    SignalSummary,
    SourceSummary,
    Wanted,
    get_repository,
    list_repositories,
)


class RepositoryWindow(Window, frozen=True, kw_only=True):
    """Which repositories: of a provider, in a status, with `name` anywhere in their full names, in any case."""

    provider: str | None = None
    status: Literal["candidate", "tracked", "excluded", "gone"] | None = None
    name: str | None = None


class RepositoryItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A tracked branch of a repository.

    `head` is the commit that is applied, `proven` whether its host itself says what is in it, `confirmed_at` when it last
    said that this is the head, null until it does. `reason` says why it is left out, or what the last look could not
    settle; `due_at` when it is looked at next, null where nothing waits; `unanswered` counts the looks in a row that got
    no answer.
    """

    id: str
    provider: str
    host: str
    host_id: str | None
    full_name: str
    web_url: str
    default_branch: str | None
    branch: str | None
    visibility: str | None
    status: str
    reason: str | None
    head: str | None
    proven: bool
    confirmed_at: str | None
    due_at: str | None
    unanswered: int
    first_seen_at: str


class SignalItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why it was to be looked at, since when, because of what; and how that ended."""

    id: str
    kind: str
    commit: str | None
    cause: str
    caused_at: str
    created_at: str
    reconcile: str | None
    outcome: str | None
    reason: str | None
    finished_at: str | None


class ReconcileItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A look: from which head to which, what it found, how long it took and of that waited for the host (milliseconds)."""

    id: str
    cause: str | None
    before: str | None
    after: str | None
    outcome: str
    reason: str
    started_at: str
    milliseconds: float
    host_milliseconds: float


class SourceItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that the catalog is made from: `commit` is the one at which it was first seen as it is."""

    path: str
    kind: str
    state: str
    reason: str | None
    blob: str | None
    commit: str | None
    changed_at: str


class RepositoryAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A repository with what waits, what ended last, the last looks, and its files."""

    repository: RepositoryItem
    open_signals: Sequence[SignalItem]
    ended_signals: Sequence[SignalItem]
    reconciles: Sequence[ReconcileItem]
    sources: Sequence[SourceItem]


@get("/api/cuelight/v1/repositories", RepositoryWindow, access=Access.READ)
async def repositories(context: Context, call: Call[RepositoryWindow, None]) -> ItemList[RepositoryItem]:
    """Tracked repositories, by host and name; 404 for a provider that there is not."""
    query = call.query
    wanted = Wanted(provider=query.provider, status=query.status, name=query.name)
    after = read_cursor(query.after, RepositoryKey)
    found = await list_repositories(context.db, wanted, limit=query.limit, after=after)
    if not found:
        await expect_provider(context, query.provider)
    more = len(found) == query.limit
    return ItemList(items=[_item(each) for each in found], next_cursor=write_cursor(found[-1].key) if more else None)


@get("/api/cuelight/v1/repositories/{id}", Query, access=Access.READ)
async def repository(context: Context, call: Call[Query, None]) -> RepositoryAnswer:
    """One repository with its signals, its last looks and its files."""
    found = await get_repository(context.db, call.path["id"])
    if found is None:
        raise NotFoundError(f"there is no repository {call.path['id']}; ask for the list, and take an id from there")
    return RepositoryAnswer(
        repository=_item(found.summary),
        open_signals=[_signal(each) for each in found.open_signals],
        ended_signals=[_signal(each) for each in found.ended_signals],
        reconciles=[_reconcile(each) for each in found.reconciles],
        sources=[_source(each) for each in found.sources],
    )


ENDPOINTS = (repositories, repository)


def _item(found: RepositorySummary) -> RepositoryItem:
    return RepositoryItem(
        id=found.id,
        provider=found.provider,
        host=found.host,
        host_id=found.host_id,
        full_name=found.full_name,
        web_url=found.web_url,
        default_branch=found.default_branch,
        branch=found.branch,
        visibility=found.visibility,
        status=found.status,
        reason=found.reason,
        head=found.head,
        proven=found.head is not None and found.head == found.proven,
        confirmed_at=_instant(found.confirmed_at) if found.head == found.proven else None,
        due_at=_instant(found.due_at),
        unanswered=found.attempts,
        first_seen_at=isoformat(found.first_seen_at),
    )


def _signal(found: SignalSummary) -> SignalItem:
    return SignalItem(
        id=found.id,
        kind=found.kind,
        commit=found.after_sha,
        cause=found.cause,
        caused_at=isoformat(found.caused_at),
        created_at=isoformat(found.created_at),
        reconcile=found.reconcile,
        outcome=found.outcome,
        reason=found.reason,
        finished_at=_instant(found.finished_at),
    )


def _reconcile(found: ReconcileSummary) -> ReconcileItem:
    return ReconcileItem(
        id=found.id,
        cause=found.cause,
        before=found.before_sha,
        after=found.after_sha,
        outcome=found.outcome,
        reason=found.reason,
        started_at=isoformat(found.started_at),
        milliseconds=(found.finished_at - found.started_at) / 1_000,
        host_milliseconds=found.host_time / 1_000,
    )


def _source(found: SourceSummary) -> SourceItem:
    return SourceItem(
        path=found.path,
        kind=found.kind,
        state=found.state,
        reason=found.reason,
        blob=found.blob,
        commit=found.commit_sha,
        changed_at=isoformat(found.changed_at),
    )


def _instant(at: int | None) -> str | None:
    return None if at is None else isoformat(at)
