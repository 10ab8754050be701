"""Refs that several sources claim: who holds each, and who would like to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, select, tuple_

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Database, Reading, Row, Statement

MAX_PAGE = 500
"""Conflicts in one page, at most."""


class ConflictKey(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: after the conflict with this ref and source."""

    entity_ref: str
    source: str


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that lost, since `since` (microseconds) and because of `cause`.

    `key.source` claims the ref (`provider:…` or `entity:…`) with `location_key`; `holders` are the sources that keep what
    is served, under `held_key`.
    """

    key: ConflictKey
    location_key: str | None
    since: int
    cause: Cause | None
    holders: tuple[str, ...]
    held_key: str | None


HOLDERS = Statement(
    lambda words: (
        select(REFRESH_REFERENCES.c.target_ref, REFRESH_REFERENCES.c.source)
        .where(REFRESH_REFERENCES.c.target_ref.in_(words.each("refs")))
        .order_by(REFRESH_REFERENCES.c.target_ref, REFRESH_REFERENCES.c.source)
    )
)
_CLAIMED = ("entity_ref", "source", "location_key", "since", "cause", "caused_at", "reconcile", "commit_sha", "author")


@lru_cache
def conflicts_statement(*, by_ref: bool, by_source: bool) -> Statement:
    """A page of conflicts, by ref and source, of one ref or source where that is asked for."""
    key = (CONFLICTS.c.entity_ref, CONFLICTS.c.source)
    statement: Select[Any] = (
        select(*(CONFLICTS.c[name] for name in _CLAIMED), REFRESH_STATE.c.location_key.label("held_key"))
        .outerjoin(REFRESH_STATE, REFRESH_STATE.c.entity_ref == CONFLICTS.c.entity_ref)
        .where(tuple_(*key) > tuple_(bindparam("after_ref"), bindparam("after_source")))
        .order_by(*key)
        .limit(bindparam("limit"))
    )
    if by_ref:
        statement = statement.where(CONFLICTS.c.entity_ref == bindparam("ref"))
    if by_source:
        statement = statement.where(CONFLICTS.c.source == bindparam("source"))
    return Statement(statement)


async def list_conflicts(
    db: Database, *, limit: int, after: ConflictKey | None = None, ref: str | None = None, source: str | None = None
) -> Sequence[Conflict]:
    """Conflicts that come after *after*, by ref and source; only those over *ref*, or of *source*, where these are named."""
    statement = conflicts_statement(by_ref=ref is not None, by_source=source is not None)
    start = after or ConflictKey("", "")
    parameters = {"after_ref": start.entity_ref, "after_source": start.source, "limit": min(limit, MAX_PAGE)}
    return await db.read(lambda tx: _look(tx, statement, {**parameters, "ref": ref, "source": source}))


async def _look(tx: Reading, statement: Statement, parameters: Mapping[str, Any]) -> Sequence[Conflict]:
    rows = await tx.fetch(statement, parameters)
    refs = sorted({row["entity_ref"] for row in rows})
    holders: dict[str, list[str]] = defaultdict(list)
    for row in await tx.fetch(HOLDERS, {"refs": msgspec.json.encode(refs).decode()}):
        holders[row["target_ref"]].append(row["source"])
    return [_conflict(row, holders[row["entity_ref"]]) for row in rows]


def _conflict(row: Row, holders: Sequence[str]) -> Conflict:
    return Conflict(
        key=ConflictKey(row["entity_ref"], row["source"]),
        location_key=row["location_key"],
        since=row["since"],
        cause=cause_of(row),
        holders=tuple(holders),
        held_key=row["held_key"],
    )
