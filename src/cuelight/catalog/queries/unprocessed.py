"""Entities that were never served: given, but not processed well so far; as Backstage's module for them shows them."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.tables import FINAL_ENTITIES, PROBLEMS, REFRESH_STATE
from cuelight.db import Database, Reading, Row, Statement

MOST = 1_000
"""Entities that are listed."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An error that processing found."""

    name: str
    message: str


class Unprocessed(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as it was given, with the errors that its processing found; `due_at` is in microseconds."""

    entity_id: str
    entity_ref: str
    unprocessed: str
    unprocessed_hash: str
    result_hash: str | None
    location_key: str | None
    due_at: int
    errors: Sequence[Fault]


NEVER_SERVED = Statement(
    select(
        *(REFRESH_STATE.c[name] for name in ("entity_id", "entity_ref", "unprocessed", "unprocessed_hash")),
        *(REFRESH_STATE.c[name] for name in ("result_hash", "location_key", "due_at")),
    )
    .outerjoin(FINAL_ENTITIES, FINAL_ENTITIES.c.entity_id == REFRESH_STATE.c.entity_id)
    .where(FINAL_ENTITIES.c.entity_id.is_(None))
    .order_by(REFRESH_STATE.c.entity_ref)
    .limit(bindparam("limit"))
)
FAULTS = Statement(
    lambda words: (
        select(PROBLEMS.c.entity_id, PROBLEMS.c.name, PROBLEMS.c.message)
        .where(PROBLEMS.c.entity_id.in_(words.each("ids")), PROBLEMS.c.level == "error")
        .order_by(PROBLEMS.c.entity_id, PROBLEMS.c.position)
    )
)


async def list_unprocessed(db: Database) -> Sequence[Unprocessed]:
    """The first `MOST` entities that were never served, by ref."""

    async def look(tx: Reading) -> Sequence[Unprocessed]:
        rows = await tx.fetch(NEVER_SERVED, {"limit": MOST})
        ids = msgspec.json.encode([row["entity_id"] for row in rows]).decode()
        faults: dict[str, list[Fault]] = {}
        for row in await tx.fetch(FAULTS, {"ids": ids}):
            faults.setdefault(row["entity_id"], []).append(Fault(name=row["name"], message=row["message"]))
        return [_unprocessed(row, faults.get(row["entity_id"], ())) for row in rows]

    return await db.read(look)


def _unprocessed(row: Row, faults: Sequence[Fault]) -> Unprocessed:
    return Unprocessed(
        entity_id=row["entity_id"],
        entity_ref=row["entity_ref"],
        unprocessed=row["unprocessed"],
        unprocessed_hash=row["unprocessed_hash"],
        result_hash=row["result_hash"],
        location_key=row["location_key"],
        due_at=row["due_at"],
        errors=faults,
    )
