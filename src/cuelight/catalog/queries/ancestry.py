"""Where an entity came from: its parents, theirs, and so on up to what a provider gave."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.tables import FINAL_ENTITIES, REFRESH_REFERENCES
from cuelight.db import Database, Reading, Statement

MOST_ANCESTORS = 1_000
"""Entities in one answer."""
_ENTITY = "entity:"


class Ancestor(msgspec.Struct, frozen=True):
    """An entity's JSON, and the refs of those that brought it."""

    entity: str
    parents: Sequence[str]


SERVED = Statement(select(FINAL_ENTITIES.c.entity).where(FINAL_ENTITIES.c.entity_ref == bindparam("ref")))
PARENTS = Statement(
    lambda words: (
        select(FINAL_ENTITIES.c.entity_ref, FINAL_ENTITIES.c.entity)
        .where(
            FINAL_ENTITIES.c.entity_ref.in_(words.each("refs")),
        )
        .order_by(FINAL_ENTITIES.c.entity_ref)
    )
)
SOURCES = Statement(
    select(REFRESH_REFERENCES.c.source)
    .where(REFRESH_REFERENCES.c.target_ref == bindparam("ref"), REFRESH_REFERENCES.c.source.like(f"{_ENTITY}%"))
    .order_by(REFRESH_REFERENCES.c.source)
)


async def ancestry_of(db: Database, ref: str) -> Sequence[Ancestor] | None:
    """The entity *ref* and all that led to it, itself first, then depth first; None where there is no such entity.

    What a provider gave has no parents, nor has what only entities brought that were never served.
    """
    return await db.read(lambda tx: _climb(tx, ref))


async def _climb(tx: Reading, ref: str) -> Sequence[Ancestor] | None:
    root = await tx.fetch_one(SERVED, {"ref": ref})
    if root is None:
        return None
    found: list[Ancestor] = []
    seen, waiting = {ref}, [(ref, root["entity"])]
    while waiting and len(found) < MOST_ANCESTORS:
        at, entity = waiting.pop()
        parents = await _parents(tx, at)
        found.append(Ancestor(entity, [parent for parent, _ in parents]))
        waiting += [each for each in parents if each[0] not in seen]
        seen.update(parent for parent, _ in parents)
    return found


async def _parents(tx: Reading, ref: str) -> Sequence[tuple[str, str]]:
    """The refs and the JSON of all entities that brought *ref*."""
    sources = await tx.fetch(SOURCES, {"ref": ref})
    if not sources:
        return ()
    refs = [row["source"].removeprefix(_ENTITY) for row in sources]
    rows = await tx.fetch(PARENTS, {"refs": msgspec.json.encode(refs).decode()})
    return [(row["entity_ref"], row["entity"]) for row in rows]
