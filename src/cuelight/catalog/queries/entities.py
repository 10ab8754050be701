"""Entities by filter, by name and by id, as the JSON text that is served."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.queries.listing import MOST_ORDERS, Listed, kind_among, listed_statement, rows_statement
from cuelight.catalog.queries.pages import Page, page_statement
from cuelight.catalog.queries.planning import Plan
from cuelight.catalog.queries.question import Order, Question
from cuelight.catalog.queries.question import limit as limit_conditions
from cuelight.catalog.queries.strategy import EVERYWHERE, choose
from cuelight.catalog.queries.terms import parameters_of
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Reading, Row, Statement
from cuelight.errors import InputError
from cuelight.model import Filter, Not, Predicate, StartsWith

BATCH = 500
"""Entities of an unpaged list that are read at a time."""

BY_REF = Statement(select(FINAL_ENTITIES.c.entity).where(FINAL_ENTITIES.c.entity_ref == bindparam("ref")))
BY_UID = Statement(select(FINAL_ENTITIES.c.entity).where(FINAL_ENTITIES.c.entity_id == bindparam("uid")))


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, and in which order; no filter means all of them."""

    filter: Filter | None = None
    orders: tuple[Order, ...] = ()

    def __post_init__(self) -> None:
        """InputError where it asks for more than one statement can answer."""
        limit_conditions(self.filter, None)
        if len(self.orders) > MOST_ORDERS:
            raise InputError(f"Invalid order, more than {MOST_ORDERS} fields; the first ones decide")


class Key(msgspec.Struct, frozen=True):
    """The place of an entity in an unpaged list: its sort value (where the list has an order) and its id."""

    value: str | None
    uid: str


class Batch(msgspec.Struct, frozen=True):
    """A part of an unpaged list. `after` is where the next part begins, None where this was the last."""

    texts: Sequence[str]
    after: Key | None


async def entity_by_ref(db: Database, ref: str) -> str | None:
    """The entity of this full, lower-case ref; None where there is none."""
    row = await db.get(BY_REF, {"ref": ref})
    return None if row is None else row["entity"]


async def entity_by_uid(db: Database, uid: str) -> str | None:
    """The entity of this `metadata.uid`; None where there is none."""
    row = await db.get(BY_UID, {"uid": uid})
    return None if row is None else row["entity"]


async def page_of_entities(db: Database, listing: Listing, *, limit: int, offset: int = 0) -> Sequence[str]:
    """Up to *limit* entities: by the orders, those that lack a field last; by ref where there is no order."""
    cut = _Cut(limit=limit, offset=offset)
    look = _by_value if len(listing.orders) == 1 else _by_ref
    return await db.read(lambda tx: look(tx, listing, cut))


async def run_of_entities(db: Database, listing: Listing, *, after: Key | None = None, limit: int = BATCH) -> Batch:
    """The next part of the whole list: by uid, or by the first order, where those that lack the field are left out."""
    order = listing.orders[0] if listing.orders else None
    start = {"offset": 0} if after is None else {"after_value": after.value, "after_uid": after.uid}
    page = _Place(order=order, after=after is not None, start={**start, "limit": limit})
    rows = await db.read(lambda tx: _fetch(tx, listing, page))
    last = Key(rows[-1]["value"], rows[-1]["entity_id"]) if len(rows) == limit else None
    return Batch([row["entity"] for row in rows], last)


async def runs_of_entities(db: Database, listing: Listing, first: Batch) -> AsyncIterator[Batch]:
    """*first*, and every part after it."""
    batch = first
    yield batch
    while batch.after is not None:
        batch = await run_of_entities(db, listing, after=batch.after)
        yield batch


class _Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a page."""

    limit: int
    offset: int


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """A part by `order`, where `start` are the parameters that say from where and how many; `lacking`: what every entity
    of it lacks. `ids_ascend` is a page's.
    """

    order: Order | None
    start: Mapping[str, Any]
    after: bool = False
    lacking: Predicate | None = None
    ids_ascend: bool = False


async def _by_value(tx: Reading, listing: Listing, cut: _Cut) -> Sequence[str]:
    """By one order: first those that have a value, then those that lack it, by id."""
    (order,) = listing.orders
    start = {"limit": cut.limit, "offset": cut.offset}
    rows = await _fetch(tx, listing, _Place(order=order, start=start, ids_ascend=True))
    texts = [row["entity"] for row in rows]
    key = order.field.lower()
    if len(texts) == cut.limit or key in EVERYWHERE:
        return texts
    passed = cut.offset if texts else await _count_values(tx, listing)
    start = {"limit": cut.limit - len(texts), "offset": 0 if texts else max(0, cut.offset - passed)}
    rest = await _fetch(tx, listing, _Place(order=None, start=start, lacking=Not(StartsWith(key, ""))))
    return [*texts, *(row["entity"] for row in rest)]


async def _fetch(tx: Reading, listing: Listing, place: _Place) -> Sequence[Row]:
    strategy = await choose(tx, Question(filter=listing.filter, query=place.lacking, order=place.order))
    if strategy is None:
        return ()
    page = Page(
        plan=strategy.page.shape,
        ordered=place.order is not None,
        descending=place.order is not None and place.order.descending,
        after=place.after,
        ids_ascend=place.ids_ascend,
    )
    order = {} if place.order is None else {"order": place.order.field.lower()}
    return await tx.fetch(page_statement(page), {**parameters_of(strategy.page.terms), **order, **place.start})


async def _count_values(tx: Reading, listing: Listing) -> int:
    """How many values of the order's field there are."""
    (order,) = listing.orders
    strategy = await choose(tx, Question(filter=listing.filter))
    if strategy is None:
        return 0
    parameters = {**parameters_of(strategy.total.terms), "order": order.field.lower()}
    row = await tx.fetch_one(rows_statement(strategy.total.shape), parameters)
    return 0 if row is None else row["n"]


async def _by_ref(tx: Reading, listing: Listing, cut: _Cut) -> Sequence[str]:
    """By ref, or by several orders."""
    strategy = await choose(tx, Question(filter=listing.filter))
    if strategy is None:
        return ()
    plan, kind = strategy.page, None
    if plan.first is None:
        kind, others = kind_among(plan.others)
        plan = Plan(None, others)
    listed = Listed(
        plan=plan.shape, stretch=kind is not None, descending=tuple(order.descending for order in listing.orders)
    )
    orders = {f"order_{number}": order.field.lower() for number, order in enumerate(listing.orders)}
    stretch = {} if kind is None else {"first_ref": f"{kind}:", "end_ref": f"{kind};"}  # ; comes right after :
    parameters = {**parameters_of(plan.terms), **orders, **stretch, "limit": cut.limit, "offset": cut.offset}
    return [row["entity"] for row in await tx.fetch(listed_statement(listed), parameters)]
