"""The change log, newest first; or onwards from one of its changes, as it grows.

A change's sequence is one more than the greatest that is committed, and no two are equal: so the numbers have no gaps, and
whoever has seen all up to one of them misses nothing by asking for what is greater.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.tables import CHANGES
from cuelight.db import Database, Reading, Row, Statement

MAX_PAGE = 500
"""Changes in one page, at most."""
_END = 2**62


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an entity: `action` is created, updated or deleted, `paths` are the fields that differ, dotted.

    `at` is the instant at which it became visible, in microseconds; `cause` says because of what.
    """

    sequence: int
    entity_ref: str
    entity_id: str
    action: str
    paths: tuple[str, ...]
    at: int
    cause: Cause | None

    @property
    def lag(self) -> int | None:
        """Microseconds from the cause's coming in to this change's being visible; None where no cause is known."""
        return None if self.cause is None else max(0, self.at - self.cause.at)


class ChangeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A change with the entity's JSON before and after it; None where there was, or is, none."""

    change: Change
    before: str | None
    after: str | None


class ChangeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes: of the entity `ref`, of entities of a `kind`, because of `cause`; None: of any. Refs are in lower case."""

    ref: str | None = None
    kind: str | None = None
    cause: str | None = None


class Onwards(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in their order. Everything up to the sequence `reached` was looked at; `more` says whether there is more."""

    changes: Sequence[Change]
    reached: int
    more: bool


EVERY = ChangeFilter()

_NAMES = ("sequence", "entity_ref", "entity_id", "action", "paths", "at")
_CAUSE = ("cause", "caused_at", "reconcile", "commit_sha", "author")
_COLUMNS = [CHANGES.c[name] for name in (*_NAMES, *_CAUSE)]

ONE = Statement(select(CHANGES).where(CHANGES.c.sequence == bindparam("sequence")))
NEWEST = Statement(
    select(CHANGES.c.sequence, CHANGES.c.at).where(
        CHANGES.c.sequence == select(func.max(CHANGES.c.sequence)).scalar_subquery()
    )
)


@cache
def page_statement(asked: frozenset[str]) -> Statement:
    """The newest changes between `since` and `before`, with conditions on what is *asked*: ref, kind, cause."""
    page = _asking(asked).where(CHANGES.c.sequence < bindparam("before"), CHANGES.c.sequence > bindparam("since"))
    return Statement(page.order_by(CHANGES.c.sequence.desc()).limit(bindparam("limit")))


@cache
def onwards_statement(asked: frozenset[str]) -> Statement:
    """The oldest changes after `since`, with conditions on what is *asked*."""
    onwards = _asking(asked).where(CHANGES.c.sequence > bindparam("since"))
    return Statement(onwards.order_by(CHANGES.c.sequence).limit(bindparam("limit")))


async def list_changes(
    db: Database, *, limit: int, before: int | None = None, since: int = 0, wanted: ChangeFilter = EVERY
) -> Sequence[Change]:
    """The *wanted* changes whose sequence lies between *since* and *before* (both left out), newest first."""
    asked = _parameters(wanted)
    parameters = {**asked, "limit": min(limit, MAX_PAGE), "before": _END if before is None else before, "since": since}
    rows = await db.read(lambda tx: tx.fetch(page_statement(_given(wanted)), parameters))
    return [_change(row) for row in rows]


async def changes_onwards(db: Database, *, since: int, limit: int, wanted: ChangeFilter = EVERY) -> Onwards:
    """The first *limit* of the *wanted* changes after the sequence *since*."""

    async def look(tx: Reading) -> Onwards:
        parameters = {**_parameters(wanted), "limit": limit, "since": since}
        rows = await tx.fetch(onwards_statement(_given(wanted)), parameters)
        more = len(rows) == limit
        newest = rows[-1] if more else await tx.fetch_one(NEWEST)
        reached = max(since, newest["sequence"] if newest else 0)
        return Onwards(changes=[_change(row) for row in rows], reached=reached, more=more)

    return await db.read(look)


async def get_change(db: Database, sequence: int) -> ChangeDetail | None:
    """One change, whole; None where there is none."""
    row = await db.get(ONE, {"sequence": sequence})
    return None if row is None else ChangeDetail(change=_change(row), before=row["before"], after=row["after"])


async def newest_sequence(db: Database) -> int:
    """The sequence of the newest change; 0 where nothing has changed yet."""
    return (await newest_change(db))[0]


async def newest_change(db: Database) -> tuple[int, int]:
    """The sequence of the newest change, and when it happened: together they tell the states of all catalogs apart."""
    row = await db.get(NEWEST)
    return (0, 0) if row is None else (row["sequence"], row["at"])


def _asking(asked: frozenset[str]) -> Select[Any]:
    conditions = {
        "ref": (CHANGES.c.entity_ref == bindparam("ref"),),
        "kind": (CHANGES.c.entity_ref >= bindparam("first"), CHANGES.c.entity_ref < bindparam("end")),
        "cause": (CHANGES.c.cause == bindparam("cause"),),
    }
    return select(*_COLUMNS).where(*(each for name in sorted(asked) for each in conditions[name]))


def _given(wanted: ChangeFilter) -> frozenset[str]:
    return frozenset(name for name, value in msgspec.structs.asdict(wanted).items() if value is not None)


def _parameters(wanted: ChangeFilter) -> Mapping[str, Any]:
    parameters = {"ref": wanted.ref, "cause": wanted.cause}
    if wanted.kind is not None:
        parameters |= {"first": f"{wanted.kind}:", "end": f"{wanted.kind};"}  # a semicolon comes right after a colon
    return {name: value for name, value in parameters.items() if value is not None}


def _change(row: Row) -> Change:
    return Change(
        sequence=row["sequence"],
        entity_ref=row["entity_ref"],
        entity_id=row["entity_id"],
        action=row["action"],
        paths=msgspec.json.decode(row["paths"], type=tuple[str, ...]),
        at=row["at"],
        cause=cause_of(row),
    )
