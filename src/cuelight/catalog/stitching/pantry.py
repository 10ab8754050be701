"""Reading what some refs' final entities are made of: five queries, however many refs."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select

from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.stitching.final import Ingredients
from cuelight.catalog.tables import FINAL_ENTITIES, PROBLEMS, REFRESH_REFERENCES, REFRESH_STATE, RELATIONS
from cuelight.db import Reading, Row, Statement

_STATES = Statement(
    lambda words: select(REFRESH_STATE.c.entity_id, REFRESH_STATE.c.entity_ref, REFRESH_STATE.c.processed).where(
        REFRESH_STATE.c.entity_ref.in_(words.each("refs")), REFRESH_STATE.c.processed.is_not(None)
    )
)
_KEPT = Statement(
    lambda words: (
        select(REFRESH_REFERENCES.c.target_ref)
        .distinct()
        .where(REFRESH_REFERENCES.c.target_ref.in_(words.each("refs")))
    )
)
_RELATIONS = Statement(
    lambda words: (
        select(RELATIONS.c.source_ref, RELATIONS.c.type, RELATIONS.c.target_ref)
        .distinct()
        .where(RELATIONS.c.source_ref.in_(words.each("refs")))
    )
)
_ERRORS = Statement(
    lambda words: (
        select(PROBLEMS.c.entity_id, PROBLEMS.c.name, PROBLEMS.c.message)
        .where(PROBLEMS.c.entity_id.in_(words.each("ids")), PROBLEMS.c.level == "error")
        .order_by(PROBLEMS.c.entity_id, PROBLEMS.c.position)
    )
)
_PREVIOUS = Statement(lambda words: select(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_id.in_(words.each("ids"))))


class Shelf(msgspec.Struct, frozen=True):
    """Ingredients by ref (of those that were ever processed), and the final entities that there are, by id."""

    ingredients: Mapping[str, Ingredients]
    previous: Mapping[str, Row]


async def fetch(tx: Reading, refs: Collection[str]) -> Shelf:
    """All that *refs* are made of."""
    parameters = {"refs": refs_parameter(refs)}
    states = await tx.fetch(_STATES, parameters)
    kept = {row["target_ref"] for row in await tx.fetch(_KEPT, parameters)}
    relations = await _pairs(tx, _RELATIONS, parameters)
    ids = {"ids": refs_parameter(state["entity_id"] for state in states)}
    errors = await _pairs(tx, _ERRORS, ids)
    ingredients = {
        state["entity_ref"]: Ingredients(
            entity_id=state["entity_id"],
            processed=state["processed"],
            orphan=state["entity_ref"] not in kept,
            relations=sorted(relations[state["entity_ref"]]),
            errors=errors[state["entity_id"]],
        )
        for state in states
    }
    return Shelf(ingredients, {row["entity_id"]: row for row in await tx.fetch(_PREVIOUS, ids)})


async def _pairs(
    tx: Reading, statement: Statement, parameters: Mapping[str, str]
) -> Mapping[str, list[tuple[str, str]]]:
    """Rows of three columns: by the first, the pairs of the others."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in await tx.fetch(statement, parameters):
        found[row[0]].append((row[1], row[2]))
    return found
