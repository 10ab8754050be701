"""Tracked repositories as others see them: lists, and one with everything that is known of it."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import and_, bindparam, func, select, tuple_

from cuelight.db import Database, Reading, Row, Statement
from cuelight.repositories.tables import RECONCILES, REPOSITORIES, SIGNALS, SOURCES

MAX_PAGE = 500
"""Repositories in one page, at most."""
MOST_SIGNALS, MOST_RECONCILES, MOST_SOURCES = 50, 20, 1_000
"""Of each, how many are shown with a repository."""

S = TypeVar("S", bound=msgspec.Struct)

_R, _S, _C, _F = REPOSITORIES.c, SIGNALS.c, RECONCILES.c, SOURCES.c
_ESCAPE = "\\"
_COLUMNS = (
    *("id", "provider", "host", "host_id", "full_name", "web_url", "default_branch", "branch", "status", "reason"),
    *("head", "proven", "visibility", "confirmed_at", "due_at", "attempts", "first_seen_at"),
)


class RepositoryKey(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: after the repository with this name in lower case, host, and id."""

    name: str
    host: str
    id: str


class RepositorySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked branch of a repository; see `tables`. Instants are in microseconds. `due_at` None: nothing waits."""

    id: str
    provider: str
    host: str
    host_id: str | None
    full_name: str
    web_url: str
    default_branch: str | None
    branch: str | None
    status: str
    reason: str | None
    head: str | None
    proven: str | None
    visibility: str | None
    confirmed_at: int | None
    due_at: int | None
    attempts: int
    first_seen_at: int

    @property
    def key(self) -> RepositoryKey:
        """Its place in a list."""
        return RepositoryKey(self.full_name.lower(), self.host, self.id)


class SignalSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A signal on a repository. `outcome` and its `reason` are None while it is open."""

    id: str
    kind: str
    after_sha: str | None
    cause: str
    caused_at: int
    created_at: int
    reconcile: str | None
    outcome: str | None
    reason: str | None
    finished_at: int | None


class ReconcileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A look at a repository. `host_time` is what it waited for the host, in microseconds."""

    id: str
    cause: str | None
    before_sha: str | None
    after_sha: str | None
    outcome: str
    reason: str
    started_at: int
    finished_at: int
    host_time: int


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the catalog is made from, without its content."""

    path: str
    kind: str
    state: str
    reason: str | None
    blob: str | None
    commit_sha: str | None
    changed_at: int


class RepositoryDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A repository with what waits, what ended last (newest first), the last looks, and its files by path."""

    summary: RepositorySummary
    open_signals: Sequence[SignalSummary]
    ended_signals: Sequence[SignalSummary]
    reconciles: Sequence[ReconcileSummary]
    sources: Sequence[SourceSummary]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which repositories: of this provider, in this status, with this in their names; None is any."""

    provider: str | None = None
    status: str | None = None
    name: str | None = None


_KEY = (_R.folded_name, _R.host, _R.id)
PAGE = Statement(
    select(*(_R[name] for name in _COLUMNS))
    .where(
        _R.folded_name >= bindparam("name"),  # what follows says it too, but not so that an index answers it
        tuple_(*_KEY) > tuple_(*(bindparam(name) for name in ("name", "host", "id"))),
        _R.provider == func.coalesce(bindparam("provider"), _R.provider),
        _R.status == func.coalesce(bindparam("status"), _R.status),
        _R.folded_name.like(bindparam("pattern"), escape=_ESCAPE),
    )
    .order_by(*_KEY)
    .limit(bindparam("limit"))
)
_PROVIDERS = Statement(select(_R.provider).distinct())
ONE = Statement(select(*(_R[name] for name in _COLUMNS)).where(_R.id == bindparam("id")))
_SIGNAL = [_S[name] for name in SignalSummary.__struct_fields__]
OPEN = Statement(
    select(*_SIGNAL)
    .where(_S.repository_id == bindparam("id"), _S.outcome.is_(None))
    .order_by(_S.created_at.desc(), _S.id.desc())
    .limit(MOST_SIGNALS)
)
ENDED = Statement(
    select(*_SIGNAL)
    .where(and_(_S.repository_id == bindparam("id"), _S.outcome.is_not(None)))
    .order_by(_S.finished_at.desc(), _S.id.desc())
    .limit(MOST_SIGNALS)
)
LOOKS = Statement(
    select(*(_C[name] for name in ReconcileSummary.__struct_fields__))
    .where(_C.repository_id == bindparam("id"))
    .order_by(_C.started_at.desc())
    .limit(MOST_RECONCILES)
)
FILES = Statement(
    select(*(_F[name] for name in SourceSummary.__struct_fields__))
    .where(_F.repository_id == bindparam("id"))
    .order_by(_F.path)
    .limit(MOST_SOURCES)
)


async def list_repositories(
    db: Database, wanted: Wanted, *, limit: int, after: RepositoryKey | None = None
) -> list[RepositorySummary]:
    """Repositories by name; those of one name by host."""
    start = after or RepositoryKey("", "", "")
    parameters = {
        **msgspec.structs.asdict(start),
        "provider": wanted.provider,
        "status": wanted.status,
        "pattern": f"%{_literal(wanted.name or '')}%",
        "limit": min(limit, MAX_PAGE),
    }
    return [_of(RepositorySummary, row) for row in await db.read(lambda tx: tx.fetch(PAGE, parameters))]


async def list_tracked_providers(db: Database) -> Sequence[str]:
    """The names of all providers of which a repository is, or was, tracked."""
    return [row["provider"] for row in await db.read(lambda tx: tx.fetch(_PROVIDERS))]


async def get_repository(db: Database, row_id: str) -> RepositoryDetail | None:
    """One repository with everything about it, as of one instant; None where there is none."""
    one = {"id": row_id}

    async def look(tx: Reading) -> RepositoryDetail | None:
        row = await tx.fetch_one(ONE, one)
        if row is None:
            return None
        return RepositoryDetail(
            summary=_of(RepositorySummary, row),
            open_signals=[_of(SignalSummary, each) for each in await tx.fetch(OPEN, one)],
            ended_signals=[_of(SignalSummary, each) for each in await tx.fetch(ENDED, one)],
            reconciles=[_of(ReconcileSummary, each) for each in await tx.fetch(LOOKS, one)],
            sources=[_of(SourceSummary, each) for each in await tx.fetch(FILES, one)],
        )

    return await db.read(look)


def _of(kind: type[S], row: Row) -> S:
    """*row* as a *kind*, whose fields are its columns."""
    return kind(**{name: row[name] for name in kind.__struct_fields__})


def _literal(text: str) -> str:
    """*text* as a pattern of LIKE that stands for itself."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return text.lower()
