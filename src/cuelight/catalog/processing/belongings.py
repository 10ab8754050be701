"""An entity's relations and refresh keys: what differs from an outcome is written, for many entities at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.tables import REFRESH_KEYS, RELATIONS
from cuelight.db import Reading, Statement, Transaction

_RELATIONS = Statement(lambda words: select(RELATIONS).where(RELATIONS.c.originating_id.in_(words.each("ids"))))
_RELATE = Statement(insert(RELATIONS))
_UNRELATE = Statement(
    delete(RELATIONS).where(
        RELATIONS.c.originating_id == bindparam("id"),
        RELATIONS.c.source_ref == bindparam("source"),
        RELATIONS.c.type == bindparam("kind"),
        RELATIONS.c.target_ref == bindparam("target"),
    )
)
_KEYS = Statement(lambda words: select(REFRESH_KEYS).where(REFRESH_KEYS.c.entity_id.in_(words.each("ids"))))
_WATCH = Statement(insert(REFRESH_KEYS))
_UNWATCH = Statement(
    delete(REFRESH_KEYS).where(REFRESH_KEYS.c.entity_id == bindparam("id"), REFRESH_KEYS.c.key == bindparam("name"))
)

Triple = tuple[str, str, str]
"""Source, type, target."""


async def relate(tx: Transaction, outcomes: Mapping[str, Outcome]) -> Mapping[str, Collection[str]]:
    """Make the relations of each entity, by id, those of its outcome; by id, the sources of those that differ."""
    before = await _relations(tx, outcomes)
    after = {entity_id: _triples(outcome) for entity_id, outcome in outcomes.items()}
    await tx.execute_many(_UNRELATE, _rows(before, after, ("id", "source", "kind", "target")))
    await tx.execute_many(_RELATE, _rows(after, before, ("originating_id", "source_ref", "type", "target_ref")))
    return {each: {source for source, _, _ in before[each] ^ after[each]} for each in outcomes}


async def watch(tx: Transaction, outcomes: Mapping[str, Outcome]) -> Mapping[str, Collection[str]]:
    """Make the refresh keys of each entity, by id, those of its outcome, and tell which are new.

    Of an entity that failed, those that it has stay beside them.
    """
    before: dict[str, set[tuple[str]]] = {entity_id: set() for entity_id in outcomes}
    for row in await tx.fetch(_KEYS, {"ids": refs_parameter(outcomes)}):
        before[row["entity_id"]].add((row["key"],))
    after = {entity_id: {(key,) for key in outcome.keys} for entity_id, outcome in outcomes.items()}
    done = {entity_id: before[entity_id] for entity_id, outcome in outcomes.items() if outcome.processed is not None}
    await tx.execute_many(_UNWATCH, _rows(done, after, ("id", "name")))
    await tx.execute_many(_WATCH, _rows(after, before, ("entity_id", "key")))
    return {entity_id: {key for (key,) in after[entity_id] - before[entity_id]} for entity_id in outcomes}


async def _relations(tx: Reading, ids: Iterable[str]) -> dict[str, set[Triple]]:
    found: dict[str, set[Triple]] = {entity_id: set() for entity_id in ids}
    for row in await tx.fetch(_RELATIONS, {"ids": refs_parameter(found)}):
        found[row["originating_id"]].add((row["source_ref"], row["type"], row["target_ref"]))
    return found


def _triples(outcome: Outcome) -> set[Triple]:
    return {(relation.source, relation.type, relation.target) for relation in outcome.relations}


def _rows(
    ours: Mapping[str, Collection[tuple[str, ...]]],
    theirs: Mapping[str, Collection[tuple[str, ...]]],
    names: Sequence[str],
) -> Iterable[dict[str, Any]]:
    """What *ours* have by id and *theirs* lack, as rows of *names*: the id, then the values; in an order of their own."""
    for entity_id, values in ours.items():
        for each in sorted(set(values).difference(theirs[entity_id])):
            yield dict(zip(names, (entity_id, *each), strict=True))
