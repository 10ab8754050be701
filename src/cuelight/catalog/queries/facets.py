"""Facets: which values a search key has, and how many entities have each, in the case that was written."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.planning import FEW, KEPT, Plan, find_starts
from cuelight.catalog.queries.question import both, limit
from cuelight.catalog.queries.strategy import without
from cuelight.catalog.queries.terms import NOTHING, parameters_of, terms_of
from cuelight.catalog.tables import SEARCH
from cuelight.db import Database, Reading, Statement, Words
from cuelight.errors import InputError
from cuelight.model import Filter, Predicate

MOST_FACETS = 100
"""Facets of one request; each is a statement."""


class Facet(msgspec.Struct, frozen=True):
    """A value, and how many rows have it."""

    value: str
    count: int


async def facets_of(
    db: Database,
    names: Sequence[str],
    *,
    filter: Filter | None = None,  # noqa: A002 -- as the API calls it
    query: Predicate | None = None,
) -> Mapping[str, Sequence[Facet]]:
    """For each of *names* as it is spelled the values that it has, sorted, among the entities that meet both conditions."""
    limit(filter, query)
    asked = list(dict.fromkeys(names))
    if len(asked) > MOST_FACETS:
        raise InputError(f"Invalid facets, more than {MOST_FACETS} of them; ask in several requests")
    terms = terms_of(both(filter, query))
    if NOTHING in terms:
        return dict.fromkeys(asked, ())
    return await db.read(lambda tx: _look(tx, asked, terms))


async def _look(tx: Reading, names: Sequence[str], terms: tuple[Predicate, ...]) -> Mapping[str, Sequence[Facet]]:
    plan = await _plan(tx, terms)
    statement, parameters = facet_statement(plan.shape), parameters_of(plan.terms)
    found = {}
    for name in names:
        rows = await tx.fetch(statement, {**parameters, "facet": name.lower()})
        found[name] = [Facet(row["value"], row["n"]) for row in rows]
    return found


async def _plan(tx: Reading, terms: tuple[Predicate, ...]) -> Plan:
    starts = await find_starts(tx, terms)
    if starts and starts[0].entities < FEW:
        return Plan(starts[0].term, without(terms, starts[0]))
    return Plan(None, terms)


@lru_cache(maxsize=KEPT)
def facet_statement(plan: Plan) -> Statement:
    """How often each value of the key `facet` occurs among the entities that meet *plan*, a shape."""

    def build(words: Words) -> Select[Any]:
        conditions = Conditions(words)
        row = SEARCH.alias("facet")
        found = select(row.c.original_value.label("value"), func.count().label("n"))
        if plan.first is not None:
            entities = conditions.ids(plan.first).subquery("firsts")
            found = found.join_from(entities, row, row.c.entity_id == entities.c.entity_id)
        return (
            found.where(row.c.key == bindparam("facet"), row.c.original_value.is_not(None))
            .where(*conditions.hold(plan.others, row.c.entity_id))
            .group_by(row.c.original_value)
            .order_by(row.c.original_value)
        )

    return Statement(build)
