"""Deleting entities: their rows in every table, their last words in the change log, and what their end sets free."""

from collections.abc import Collection

from sqlalchemy import Column, Table, delete, select, union

from cuelight.catalog import changelog
from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import refs_parameter, source_of, uid_of
from cuelight.catalog.ownership.inheritance import hand_over, promote
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import (
    CONFLICTS,
    FINAL_ENTITIES,
    PROBLEMS,
    REFRESH_KEYS,
    REFRESH_REFERENCES,
    REFRESH_STATE,
    RELATIONS,
    SEARCH,
    STITCH_QUEUE,
    TEXTS,
)
from cuelight.db import Statement, Transaction

_SEEN = Statement(lambda words: select(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref.in_(words.each("refs"))))
_RELATED = Statement(
    lambda words: union(
        select(RELATIONS.c.source_ref).where(RELATIONS.c.originating_id.in_(words.each("ids"))),
        select(RELATIONS.c.source_ref).where(RELATIONS.c.target_ref.in_(words.each("refs"))),
    )
)
_CHILDREN = Statement(
    lambda words: select(REFRESH_REFERENCES.c.target_ref).where(REFRESH_REFERENCES.c.source.in_(words.each("sources")))
)


def _deleting(column: Column[str], table: Table, name: str) -> Statement:
    """Delete the rows of *table* whose *column* is among the strings bound as *name*."""
    return Statement(lambda words: delete(table).where(column.in_(words.each(name))))


_UNQUEUE = _deleting(STITCH_QUEUE.c.entity_ref, STITCH_QUEUE, "refs")
_DELETIONS = (
    _deleting(REFRESH_STATE.c.entity_id, REFRESH_STATE, "ids"),
    _deleting(REFRESH_KEYS.c.entity_id, REFRESH_KEYS, "ids"),
    _deleting(RELATIONS.c.originating_id, RELATIONS, "ids"),
    _deleting(PROBLEMS.c.entity_id, PROBLEMS, "ids"),
    _deleting(FINAL_ENTITIES.c.entity_id, FINAL_ENTITIES, "ids"),
    _deleting(SEARCH.c.entity_id, SEARCH, "ids"),
    _deleting(TEXTS.c.entity_id, TEXTS, "ids"),
    _deleting(REFRESH_REFERENCES.c.target_ref, REFRESH_REFERENCES, "refs"),
    _deleting(REFRESH_REFERENCES.c.source, REFRESH_REFERENCES, "sources"),
    _deleting(CONFLICTS.c.source, CONFLICTS, "sources"),
)


async def remove(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Delete *refs*, whoever refers to them; their claimants move up, and what they kept alive elsewhere is handed over.

    Entities with a relation from or to one of them are queued for stitching.
    """
    if not refs:
        return
    gone = set(refs)
    parameters = {
        "refs": refs_parameter(gone),
        "ids": refs_parameter(map(uid_of, gone)),
        "sources": refs_parameter(map(source_of, gone)),
    }
    await tx.execute(
        _UNQUEUE, parameters
    )  # first: it waits for who stitches one of them now, and what that writes goes too
    seen = await tx.fetch(_SEEN, parameters)
    related = {row["source_ref"] for row in await tx.fetch(_RELATED, parameters)}
    children = {row["target_ref"] for row in await tx.fetch(_CHILDREN, parameters)}
    for statement in _DELETIONS:
        await tx.execute(statement, parameters)
    await changelog.record(tx, [changelog.deleted(row, cause) for row in seen])
    await enqueue(tx, related - gone, cause)
    await promote(tx, gone, cause)
    await hand_over(tx, children - gone, cause)
