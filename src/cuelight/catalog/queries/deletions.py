"""What was deleted, and what the deletion brake holds back, newest first."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select, union

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.documents import held_source
from cuelight.catalog.ownership import ALIVE, reach_of
from cuelight.catalog.tables import CHANGES, DELETIONS, FINAL_ENTITIES, REFRESH_REFERENCES
from cuelight.db import Database, Reading, Row, Statement

MAX_PAGE = 500
"""Deletions in one page, at most."""
MOST_PARTS = 500
"""Refs that go with one deletion and are named, at most."""
_END = "~"  # after every id


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """One deletion: `state` as `ownership.departure` has it, `reason` a sentence. Instants are microseconds.

    `origin` let go of the entity (`provider:…`, `entity:…`, `api`), which counts under `provider` (empty: under none);
    with it go, or went, `entities` in all. `part_of` is the deletion that it went along with.
    """

    id: str
    provider: str
    entity_ref: str
    origin: str
    state: str
    reason: str
    at: int
    ended_at: int | None
    entities: int
    part_of: str | None
    cause: Cause | None


class DeletionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion, the final entity as it is or was at last (JSON, None: never served), and what goes or went along."""

    deletion: Deletion
    entity: str | None
    parts: Sequence[str]


_NAMES = tuple(name for name in Deletion.__struct_fields__ if name != "cause")
_CAUSE = ("cause", "caused_at", "reconcile", "commit_sha", "author")
_PAGE = (
    select(*(DELETIONS.c[name] for name in (*_NAMES, *_CAUSE)))
    .where(DELETIONS.c.id < bindparam("before"))
    .order_by(DELETIONS.c.id.desc())
    .limit(bindparam("limit"))
)
_OF_STATE = DELETIONS.c.state == bindparam("state")
_OF_PROVIDER = DELETIONS.c.provider == bindparam("provider")

PAGES = {
    (False, False): Statement(_PAGE),
    (True, False): Statement(_PAGE.where(_OF_STATE)),
    (False, True): Statement(_PAGE.where(_OF_PROVIDER)),
    (True, True): Statement(_PAGE.where(_OF_STATE, _OF_PROVIDER)),
}
"""By whether a state and whether a provider is asked for."""
ONE = Statement(select(DELETIONS).where(DELETIONS.c.id == bindparam("id")))
PARTS = Statement(
    select(DELETIONS.c.entity_ref)
    .where(DELETIONS.c.part_of == bindparam("id"))
    .order_by(DELETIONS.c.entity_ref)
    .limit(MOST_PARTS)
)
SERVED = Statement(select(FINAL_ENTITIES.c.entity).where(FINAL_ENTITIES.c.entity_ref == bindparam("ref")))
LAST_WORDS = Statement(
    select(CHANGES.c.before.label("entity"))
    .where(CHANGES.c.entity_ref == bindparam("ref"), CHANGES.c.action == "deleted", CHANGES.c.at <= bindparam("at"))
    .order_by(CHANGES.c.sequence.desc())
    .limit(1)
)
ALIVE_BY_STATE = Statement(
    select(DELETIONS.c.id, DELETIONS.c.entity_ref).where(DELETIONS.c.state == bindparam("state"))
)
_PREFIX = "provider:"
_SOURCES = REFRESH_REFERENCES.c.source
PROVIDERS = Statement(
    union(
        select((_PREFIX + DELETIONS.c.provider).label("source")).where(DELETIONS.c.provider != ""),
        select(_SOURCES).where(_SOURCES.like(f"{_PREFIX}%")),
    )
)


async def list_providers(db: Database) -> Sequence[str]:
    """The names of all providers that keep an entity, or of which one was deleted or is held back."""
    rows = await db.read(lambda tx: tx.fetch(PROVIDERS))
    return [row["source"].removeprefix(_PREFIX) for row in rows]


async def list_deletions(
    db: Database, *, limit: int, state: str | None = None, provider: str | None = None, before: str | None = None
) -> Sequence[Deletion]:
    """Deletions in *state* (None: in any) of *provider* (None: of any) that are older than the id *before*."""
    parameters = {"limit": min(limit, MAX_PAGE), "before": _END if before is None else before}
    asked = {name: value for name, value in (("state", state), ("provider", provider)) if value is not None}
    statement = PAGES[state is not None, provider is not None]
    rows = await db.read(lambda tx: tx.fetch(statement, {**parameters, **asked}))
    return [_deletion(row) for row in rows]


async def get_deletion(db: Database, deletion_id: str) -> DeletionDetail | None:
    """One deletion, whole; None where there is none."""
    return await db.read(lambda tx: _detail(tx, deletion_id))


async def held_back(tx: Reading) -> frozenset[str]:
    """The refs of all that lives only because its deletion waits for somebody: no drift, but the brake."""
    rows = [row for state in ALIVE for row in await tx.fetch(ALIVE_BY_STATE, {"state": state})]
    if not rows:
        return frozenset()
    without = {held_source(row["id"]) for row in rows}
    return (await reach_of(tx, {row["entity_ref"] for row in rows}, without=without)).doomed


async def _detail(tx: Reading, deletion_id: str) -> DeletionDetail | None:
    row = await tx.fetch_one(ONE, {"id": deletion_id})
    if row is None:
        return None
    if row["state"] in ALIVE:
        served = await tx.fetch_one(SERVED, {"ref": row["entity_ref"]})
        doomed = (await reach_of(tx, {row["entity_ref"]}, without={held_source(deletion_id)})).doomed
        parts = sorted(doomed - {row["entity_ref"]})[:MOST_PARTS]
    else:
        served = await tx.fetch_one(LAST_WORDS, {"ref": row["entity_ref"], "at": row["ended_at"]})
        parts = [part["entity_ref"] for part in await tx.fetch(PARTS, {"id": deletion_id})]
    return DeletionDetail(deletion=_deletion(row), entity=None if served is None else served["entity"], parts=parts)


def _deletion(row: Row) -> Deletion:
    return Deletion(**{name: row[name] for name in _NAMES}, cause=cause_of(row))
