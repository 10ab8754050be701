"""How much there is, by kind, and how much of it has problems."""

import msgspec
from sqlalchemy import func, select

from cuelight.catalog.tables import DELETIONS, FINAL_ENTITIES, PROBLEMS, SEARCH
from cuelight.db import Database, Reading, Statement


class KindCount(msgspec.Struct, frozen=True):
    """How many entities there are of a kind, in the spelling that one of them has."""

    kind: str
    count: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds` is sorted, largest first. `errors` and `warnings` count problems, not entities.

    `held_back` counts the entities that the deletion brake keeps from going.
    """

    entities: int
    kinds: tuple[KindCount, ...]
    errors: int
    warnings: int
    held_back: int


ENTITIES = Statement(select(func.count().label("n")).select_from(FINAL_ENTITIES))

_by_kind = (
    select(SEARCH.c.value, func.count().label("n"))
    .where(SEARCH.c.key == "kind", SEARCH.c.value.is_not(None))
    .group_by(SEARCH.c.value)
    .subquery()
)
_other = SEARCH.alias()
KINDS = Statement(
    # Grouping by the lower-case value stays within the index; the spelling is then looked up once a kind.
    select(
        select(_other.c.original_value)
        .where(_other.c.key == "kind", _other.c.value == _by_kind.c.value)
        .limit(1)
        .scalar_subquery()
        .label("kind"),
        _by_kind.c.n,
    ).order_by(_by_kind.c.n.desc(), _by_kind.c.value)
)
LEVELS = Statement(select(PROBLEMS.c.level, func.count().label("n")).group_by(PROBLEMS.c.level))

HELD_BACK = Statement(
    select(func.coalesce(func.sum(DELETIONS.c.entities), 0).label("n")).where(DELETIONS.c.state == "held")
)


async def count_catalog(db: Database) -> Counts:
    """Count everything, as of one instant."""

    async def look(tx: Reading) -> Counts:
        total = await tx.fetch_one(ENTITIES)
        held = await tx.fetch_one(HELD_BACK)
        levels = {row["level"]: row["n"] for row in await tx.fetch(LEVELS)}
        return Counts(
            entities=total["n"] if total else 0,
            kinds=tuple(KindCount(row["kind"], row["n"]) for row in await tx.fetch(KINDS)),
            errors=levels.get("error", 0),
            warnings=levels.get("warning", 0),
            held_back=held["n"] if held else 0,
        )

    return await db.read(look)
