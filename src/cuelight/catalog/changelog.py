"""The change log: every change of a final entity, with what it was, what it became, and why."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, insert, select

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import CHANGES as CHANNEL
from cuelight.catalog.documents import Entity, decode, dump
from cuelight.catalog.tables import CHANGES
from cuelight.db import Row, Statement, Transaction
from cuelight.model import changed_paths

_TURN = Statement(lambda words: words.turn("changes"))
_NEWEST = Statement(select(func.coalesce(func.max(CHANGES.c.sequence), 0).label("sequence")))
_APPEND = Statement(insert(CHANGES))


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `before` and `after` are final entities as JSON text, None where there was or is none."""

    ref: str
    entity_id: str
    action: str
    before: str | None
    after: str | None
    paths: Sequence[str]
    cause: Cause | None


def deleted(row: Row, cause: Cause) -> Change:
    """The end of the final entity in *row*."""
    return Change(
        ref=row["entity_ref"],
        entity_id=row["entity_id"],
        action="deleted",
        before=row["entity"],
        after=None,
        paths=changed_paths(decode(row["entity"]), None),
        cause=cause,
    )


def written(ref: str, before: str | None, after: Entity, cause: Cause | None) -> Change:
    """The final entity *after*, in the place of *before* where there was one. Its etag is no change of its own."""
    old = None if before is None else decode(before)
    paths = [path for path in changed_paths(old, after) if path != "metadata.etag"]
    return Change(
        ref=ref,
        entity_id=after["metadata"]["uid"],
        action="created" if before is None else "updated",
        before=before,
        after=dump(after),
        paths=paths,
        cause=cause,
    )


async def record(tx: Transaction, changes: Sequence[Change]) -> None:
    """Append *changes*, and wake who follows the log. What was written as it had been is none."""
    told = [change for change in changes if change.paths or change.action != "updated"]
    if not told:
        return
    await tx.fetch_one(
        _TURN
    )  # after it, one writer at a time holds the newest number: seen in their order, without gaps
    newest = await tx.fetch_one(_NEWEST)
    first = newest["sequence"] + 1 if newest else 1
    await tx.execute_many(_APPEND, (_row(change, number, tx.now()) for number, change in enumerate(told, first)))
    tx.notify(CHANNEL)


def _row(change: Change, sequence: int, now: int) -> dict[str, Any]:
    columns = change.cause.columns() if change.cause else dict.fromkeys(_NO_CAUSE)
    return {
        "sequence": sequence,
        "entity_ref": change.ref,
        "entity_id": change.entity_id,
        "action": change.action,
        "before": change.before,
        "after": change.after,
        "paths": dump(change.paths),
        "at": now,
        **columns,
    }


_NO_CAUSE = ("cause", "caused_at", "reconcile", "commit_sha", "author")
