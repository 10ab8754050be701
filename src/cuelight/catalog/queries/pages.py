"""The SQL of a page of entities, in the order of a search key or of their ids.

The page is found on the search rows alone, and only its own entities are fetched: an entity is a kilobyte, a search row of
a covering index a few bytes.
"""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, Select, bindparam, func, null, select, tuple_

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.planning import KEPT, Plan
from cuelight.catalog.tables import FINAL_ENTITIES, SEARCH
from cuelight.db import Statement, Words


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`ordered`: by the value of a search key, not by id alone. `after`: it begins after a place, not at an offset.

    `scoped`: the very row that an entity is sorted by holds the text that is looked for. `plan` is a shape.
    """

    plan: Plan
    ordered: bool
    descending: bool = False
    after: bool = False
    scoped: bool = False


@lru_cache(maxsize=KEPT)
def page_statement(page: Page) -> Statement:
    """The statement for *page*: columns entity, value, entity_id; parameters beside the terms': `limit`, `offset` or
    `after_uid` and `after_value`, `order`, `text`.
    """
    return Statement(lambda words: _fetched(page, _found(page, words)))


@lru_cache(maxsize=KEPT)
def count_statement(plan: Plan) -> Statement:
    """How many entities meet the terms of *plan*, a shape."""

    def build(words: Words) -> Select[Any]:
        conditions = Conditions(words)
        entities = _entities(plan, conditions)
        return (
            select(func.count().label("n"))
            .select_from(entities)
            .where(*conditions.hold(plan.others, entities.c.entity_id))
        )

    return Statement(build)


def _entities(plan: Plan, conditions: Conditions) -> FromClause:
    return FINAL_ENTITIES if plan.first is None else conditions.ids(plan.first).subquery("firsts")


def _found(page: Page, words: Words) -> Select[Any]:
    """Values and ids of the page."""
    conditions = Conditions(words, stepwise=page.plan.first is None)
    entities = _entities(page.plan, conditions)
    return _by_value(page, entities, conditions) if page.ordered else _by_id(page, entities, conditions)


def _by_id(page: Page, entities: FromClause, conditions: Conditions) -> Select[Any]:
    uid = entities.c.entity_id
    found = select(null().label("value"), uid.label("entity_id")).where(*conditions.hold(page.plan.others, uid))
    return _cut(page, found, (uid,), (bindparam("after_uid"),))


def _by_value(page: Page, entities: FromClause, conditions: Conditions) -> Select[Any]:
    row = SEARCH.alias("sorted")
    found = select(row.c.value, row.c.entity_id).where(row.c.key == bindparam("order"), row.c.value.is_not(None))
    if page.plan.first is not None:
        found = found.join_from(entities, row, row.c.entity_id == entities.c.entity_id)
    if page.scoped:
        found = found.where(conditions.like(row.c.value, "text"))
    found = found.where(*conditions.hold(page.plan.others, row.c.entity_id))
    return _cut(page, found, (row.c.value, row.c.entity_id), (bindparam("after_value"), bindparam("after_uid")))


def _cut(
    page: Page, found: Select[Any], place: tuple[ColumnElement[Any], ...], start: tuple[ColumnElement[Any], ...]
) -> Select[Any]:
    if page.after:
        here, there = tuple_(*place), tuple_(*start)
        found = found.where(here < there if page.descending else here > there)
    else:
        found = found.offset(bindparam("offset"))
    return found.order_by(*_directed(page, *place)).limit(bindparam("limit"))


def _directed(page: Page, *place: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [column.desc() if page.descending else column.asc() for column in place]


def _fetched(page: Page, found: Select[Any]) -> Select[Any]:
    rows = found.subquery("page")
    place = (rows.c.value, rows.c.entity_id) if page.ordered else (rows.c.entity_id,)
    return (
        select(FINAL_ENTITIES.c.entity, rows.c.value, rows.c.entity_id)
        .join_from(rows, FINAL_ENTITIES, FINAL_ENTITIES.c.entity_id == rows.c.entity_id)
        .order_by(*_directed(page, *place))
    )
