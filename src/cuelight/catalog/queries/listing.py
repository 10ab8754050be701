"""The SQL of a page by offset, where `queries.pages` has none: in the order of refs, or by several search keys.

A kind is the beginning of its entities' refs, so that in their order a filter by kind is a stretch of them.
"""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, func, select

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.pages import entities_of, sorted_rows
from cuelight.catalog.queries.planning import KEPT, Plan
from cuelight.catalog.queries.terms import Term
from cuelight.catalog.tables import FINAL_ENTITIES, SEARCH
from cuelight.db import Statement, Words
from cuelight.model import Equals

MOST_ORDERS = 8
"""Joins of one statement."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """`plan` is a shape; `stretch`: only refs from `first_ref` to before `end_ref`; `descending`: for each order."""

    plan: Plan
    stretch: bool = False
    descending: tuple[bool, ...] = ()


@lru_cache(maxsize=KEPT)
def listed_statement(listed: Listed) -> Statement:
    """The entities of *listed*: by its orders, those that lack a field last, ids breaking ties; by ref where it has none.

    Parameters beside the terms': `limit`, `offset`, `order_N`, and of a stretch `first_ref` and `end_ref`.
    """
    return Statement(lambda words: _listed(listed, words))


@lru_cache(maxsize=KEPT)
def rows_statement(plan: Plan) -> Statement:
    """How many values of the search key `order` the entities have that meet *plan*, a shape."""

    def build(words: Words) -> Select[Any]:
        rows = sorted_rows(plan, Conditions(words)).subquery()
        return select(func.count().label("n")).select_from(rows)

    return Statement(build)


def kind_among(terms: tuple[Term, ...]) -> tuple[str | None, tuple[Term, ...]]:
    """The one kind that *terms* ask for, or None, and the other terms."""
    for term in terms:
        if isinstance(term, Equals) and term.key == "kind" and len(term.values) == 1:
            return term.values[0], tuple(each for each in terms if each is not term)
    return None, terms


def _listed(listed: Listed, words: Words) -> Select[Any]:
    entity = FINAL_ENTITIES.c
    conditions = Conditions(words, stepwise=listed.plan.first is None and not listed.descending)
    statement = select(entity.entity)
    if listed.plan.first is not None:
        firsts = entities_of(listed.plan, conditions)
        statement = statement.join_from(firsts, FINAL_ENTITIES, entity.entity_id == firsts.c.entity_id)
    if listed.stretch:
        statement = statement.where(
            entity.entity_ref >= bindparam("first_ref"), entity.entity_ref < bindparam("end_ref")
        )
    statement = statement.where(*conditions.hold(listed.plan.others, entity.entity_id))
    last = entity.entity_id if listed.descending else entity.entity_ref
    return _ordered(listed, statement).order_by(last).limit(bindparam("limit")).offset(bindparam("offset"))


def _ordered(listed: Listed, statement: Select[Any]) -> Select[Any]:
    for number, descending in enumerate(listed.descending):
        row = SEARCH.alias(f"by_{number}")
        same = and_(row.c.entity_id == FINAL_ENTITIES.c.entity_id, row.c.key == bindparam(f"order_{number}"))
        value = row.c.value.desc() if descending else row.c.value.asc()
        statement = statement.outerjoin(row, same).order_by(row.c.value.is_(None), value)
    return statement
