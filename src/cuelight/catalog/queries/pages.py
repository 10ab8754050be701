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

SORTED = SEARCH.alias("sorted")
"""The rows whose values decide the order."""
BY_ENTITY = "INDEXED BY uq_search_entity_id_key_value"
"""For SQLite, which would rather walk through all rows in their order than sort the few that are asked for."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`ordered`: by the value of a search key, not by id alone. `after`: it begins after a place, not at an offset.

    `scoped`: the very row that an entity is sorted by holds the text that is looked for. `plan` is a shape.
    `ids_ascend`: among equal values, whichever way these go; such a page can only begin at an offset.
    """

    plan: Plan
    ordered: bool
    descending: bool = False
    after: bool = False
    scoped: bool = False
    ids_ascend: bool = False


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
        conditions = Conditions(words, stepwise=plan.is_of_named, at_once=plan.many)
        entities = entities_of(plan, conditions)
        return (
            select(func.count().label("n"))
            .select_from(entities)
            .where(*conditions.hold(plan.others, entities.c.entity_id))
        )

    return Statement(build)


def entities_of(plan: Plan, conditions: Conditions) -> FromClause:
    """What *plan*, a shape, begins with."""
    return FINAL_ENTITIES if plan.first is None else conditions.ids(plan.first).subquery("firsts")


def sorted_rows(plan: Plan, conditions: Conditions) -> Select[Any]:
    """The values of the search key `order`, each with its entity's id, of the entities that meet *plan*, a shape."""
    row = SORTED
    found = select(row.c.value, row.c.entity_id).where(row.c.key == bindparam("order"), row.c.value.is_not(None))
    if plan.first is not None:
        entities = entities_of(plan, conditions)
        found = found.join_from(entities, row, row.c.entity_id == entities.c.entity_id)
        found = found.with_hint(row, BY_ENTITY, "sqlite")
    return found.where(*conditions.hold(plan.others, row.c.entity_id))


def _found(page: Page, words: Words) -> Select[Any]:
    """Values and ids of the page."""
    conditions = Conditions(words, stepwise=page.plan.first is None or page.plan.is_of_named)
    if not page.ordered:
        return _by_id(page, conditions)
    found, row = sorted_rows(page.plan, conditions), SORTED.c
    if page.scoped:
        found = found.where(conditions.like(row.value, "text"))
    return _cut(page, found, (row.value, row.entity_id), (bindparam("after_value"), bindparam("after_uid")))


def _by_id(page: Page, conditions: Conditions) -> Select[Any]:
    uid = entities_of(page.plan, conditions).c.entity_id
    found = select(null().label("value"), uid.label("entity_id")).where(*conditions.hold(page.plan.others, uid))
    return _cut(page, found, (uid,), (bindparam("after_uid"),))


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
    directed: list[ColumnElement[Any]] = [column.desc() if page.descending else column.asc() for column in place]
    return [*directed[:-1], place[-1].asc()] if page.ids_ascend else directed


def _fetched(page: Page, found: Select[Any]) -> Select[Any]:
    rows = found.subquery("page")
    place = (rows.c.value, rows.c.entity_id) if page.ordered else (rows.c.entity_id,)
    return (
        select(FINAL_ENTITIES.c.entity, rows.c.value, rows.c.entity_id)
        .join_from(rows, FINAL_ENTITIES, FINAL_ENTITIES.c.entity_id == rows.c.entity_id)
        .order_by(*_directed(page, *place))
    )
