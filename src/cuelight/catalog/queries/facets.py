"""Facets: which values a search key has, and how many entities have each, in the case that was written."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select

from cuelight.catalog.queries.columns import Columns, View, need_of
from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.pages import BY_ENTITY
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
AT_ONCE = 20_000
"""Spellings that are counted on the event loop, which takes milliseconds; more of them go to a thread."""

_ROW = SEARCH.alias("facet")


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
    columns: Columns | None = None,
) -> Mapping[str, Sequence[Facet]]:
    """For each of *names* as it is spelled the values that it has, sorted, among the entities that meet both conditions.

    *columns* tell what they can.
    """
    limit(filter, query)
    asked = list(dict.fromkeys(names))
    if len(asked) > MOST_FACETS:
        raise InputError(f"Invalid facets, more than {MOST_FACETS} of them; ask in several requests")
    terms = terms_of(both(filter, query))
    if NOTHING in terms:
        return dict.fromkeys(asked, ())
    told = None if columns is None else await _told(db, columns, asked, terms)
    return told if told is not None else await db.read(lambda tx: _look(tx, asked, terms))


async def _told(
    db: Database, columns: Columns, names: Sequence[str], terms: tuple[Predicate, ...]
) -> Mapping[str, Sequence[Facet]] | None:
    """What *columns* say; None where they cannot tell all of it."""
    keys = [name.lower() for name in names]
    view = await columns.present(db, need_of(terms, keys))
    if view is None:
        return None
    if view.spellings(keys) > AT_ONCE:
        return await asyncio.to_thread(_counted, view, names, terms)
    return _counted(view, names, terms)


def _counted(view: View, names: Sequence[str], terms: tuple[Predicate, ...]) -> Mapping[str, Sequence[Facet]] | None:
    among = view.meeting(terms) if terms else None
    if terms and among is None:
        return None
    counts = {name: view.counts(name.lower(), among) for name in names}
    found = {name: [Facet(*each) for each in counted] for name, counted in counts.items() if counted is not None}
    return found if len(found) == len(counts) else None


async def _look(tx: Reading, names: Sequence[str], terms: tuple[Predicate, ...]) -> Mapping[str, Sequence[Facet]]:
    plan = await _plan(tx, terms)
    return {name: await _facets(tx, plan, name.lower()) for name in names}


async def _facets(tx: Reading, plan: Plan, key: str) -> Sequence[Facet]:
    """By lower-case value, as the index has them; where that has several spellings, by spelling."""
    parameters = {**parameters_of(plan.terms), "facet": key}
    rows = await tx.fetch(facet_statement(plan.shape), parameters)
    if any(row["least"] != row["most"] for row in rows):
        spelled = await tx.fetch(spelling_statement(plan.shape), parameters)
        return [Facet(row["value"], row["n"]) for row in spelled]
    return sorted((Facet(row["least"], row["n"]) for row in rows), key=_spelling)


async def _plan(tx: Reading, terms: tuple[Predicate, ...]) -> Plan:
    starts = await find_starts(tx, terms)
    if starts and starts[0].entities < FEW:
        return Plan(starts[0].term, without(terms, starts[0]))
    return Plan(None, terms)


def _spelling(facet: Facet) -> str:
    return facet.value


@lru_cache(maxsize=KEPT)
def facet_statement(plan: Plan) -> Statement:
    """How often each lower-case value of the key `facet` occurs among the entities that meet *plan*, a shape, with the
    first and the last of its spellings.
    """
    spelling = _ROW.c.original_value
    columns: list[Any] = [func.count().label("n"), func.min(spelling).label("least"), func.max(spelling).label("most")]
    return Statement(lambda words: _among(plan, words, select(*columns)).group_by(_ROW.c.value))


@lru_cache(maxsize=KEPT)
def spelling_statement(plan: Plan) -> Statement:
    """How often each value of the key `facet` occurs, as it is spelled, among the entities that meet *plan*, a shape."""
    value = _ROW.c.original_value
    columns: list[Any] = [value.label("value"), func.count().label("n")]
    return Statement(lambda words: _among(plan, words, select(*columns)).group_by(value).order_by(value))


def _among(plan: Plan, words: Words, counted: Select[Any]) -> Select[Any]:
    conditions = Conditions(words)
    if plan.first is not None:
        entities = conditions.ids(plan.first).subquery("firsts")
        counted = counted.join_from(entities, _ROW, _ROW.c.entity_id == entities.c.entity_id)
        counted = counted.with_hint(_ROW, BY_ENTITY, "sqlite")
    return counted.where(_ROW.c.key == bindparam("facet"), _ROW.c.original_value.is_not(None)).where(
        *conditions.hold(plan.others, _ROW.c.entity_id)
    )
