"""The change log, newest first."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, func, select

from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.tables import CHANGES
from cuelight.db import Database, Row, Statement

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


_NAMES = ("sequence", "entity_ref", "entity_id", "action", "paths", "at")
_CAUSE = ("cause", "caused_at", "reconcile", "commit_sha", "author")
_COLUMNS = [CHANGES.c[name] for name in (*_NAMES, *_CAUSE)]

PAGE = Statement(
    select(*_COLUMNS)
    .where(CHANGES.c.sequence < bindparam("before"), CHANGES.c.sequence > bindparam("since"))
    .order_by(CHANGES.c.sequence.desc())
    .limit(bindparam("limit"))
)
ONE = Statement(select(CHANGES).where(CHANGES.c.sequence == bindparam("sequence")))
NEWEST = Statement(select(func.max(CHANGES.c.sequence).label("sequence")))


async def list_changes(db: Database, *, limit: int, before: int | None = None, since: int = 0) -> Sequence[Change]:
    """Changes whose sequence lies between *since* and *before* (both left out), newest first."""
    parameters = {"limit": min(limit, MAX_PAGE), "before": _END if before is None else before, "since": since}
    rows = await db.read(lambda tx: tx.fetch(PAGE, parameters))
    return [_change(row) for row in rows]


async def get_change(db: Database, sequence: int) -> ChangeDetail | None:
    """One change, whole; None where there is none."""
    row = await db.get(ONE, {"sequence": sequence})
    return None if row is None else ChangeDetail(change=_change(row), before=row["before"], after=row["after"])


async def newest_sequence(db: Database) -> int:
    """The sequence of the newest change; 0 where nothing has changed yet."""
    row = await db.get(NEWEST)
    return 0 if row is None else row["sequence"] or 0


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
