"""Entities by their refs, in the order in which they were asked for."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, select

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.planning import KEPT, Plan
from cuelight.catalog.queries.question import both, limit
from cuelight.catalog.queries.terms import NOTHING, parameters_of, terms_of
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Statement, Words
from cuelight.model import Filter, Predicate


async def entities_by_refs(
    db: Database,
    refs: Sequence[str],
    *,
    filter: Filter | None = None,  # noqa: A002 -- as the API calls it
    query: Predicate | None = None,
) -> Sequence[str | None]:
    """The JSON of each entity; None where there is none, or where it does not meet both conditions.

    A ref names something only as it is written in relations: whole, and in lower case.
    """
    limit(filter, query)
    terms = terms_of(both(filter, query))
    if not refs or NOTHING in terms:
        return [None] * len(refs)
    statement = refs_statement(Plan(None, terms).shape)
    parameters = {**parameters_of(terms), "refs": msgspec.json.encode(sorted(set(refs))).decode()}
    rows = await db.read(lambda tx: tx.fetch(statement, parameters))
    found = {row["entity_ref"]: row["entity"] for row in rows}
    return [found.get(ref) for ref in refs]


@lru_cache(maxsize=KEPT)
def refs_statement(plan: Plan) -> Statement:
    """The entities with one of `refs` that meet *plan*, a shape."""

    def build(words: Words) -> Select[Any]:
        entity = FINAL_ENTITIES.c
        return (
            select(entity.entity_ref, entity.entity)
            .where(entity.entity_ref.in_(words.each("refs")))
            .where(*Conditions(words, stepwise=True).hold(plan.others, entity.entity_id))
        )

    return Statement(build)
