"""Entities by filter, by name and by id, as the JSON text that is served."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from cuelight.catalog.queries.listing import MOST_CONDITIONS, MOST_ORDERS, Shape, count_statement, list_statement
from cuelight.catalog.queries.question import Order
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Statement
from cuelight.errors import InputError
from cuelight.model import Filter

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
        if self.filter and sum(map(len, self.filter.any_of)) > MOST_CONDITIONS:
            raise InputError(f"Invalid filter, more than {MOST_CONDITIONS} statements; ask in several requests")
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


async def count_entities(db: Database, listing: Listing) -> int:
    """How many entities *listing* asks for; its order plays no part."""
    statement = count_statement(_shape(msgspec.structs.replace(listing, orders=())))
    parameters = _conditions(listing)
    row = await db.read(lambda tx: tx.fetch_one(statement, parameters))
    return 0 if row is None else row["n"]


async def page_of_entities(db: Database, listing: Listing, *, limit: int, offset: int = 0) -> Sequence[str]:
    """Up to *limit* entities: by the orders, those that lack a field last; by ref where there is no order."""
    statement = list_statement(_shape(listing, paged=True))
    parameters = {**_conditions(listing), **_orders(listing), "limit": limit, "offset": offset}
    rows = await db.read(lambda tx: tx.fetch(statement, parameters))
    return [row["entity"] for row in rows]


async def run_of_entities(db: Database, listing: Listing, *, after: Key | None = None, limit: int = BATCH) -> Batch:
    """The next part of the whole list: by uid, or by the first order, where those that lack the field are left out."""
    statement = list_statement(_shape(listing, after=after is not None))
    start = {} if after is None else {"after_value": after.value, "after_uid": after.uid}
    parameters = {**_conditions(listing), **_orders(listing), **start, "limit": limit}
    rows = await db.read(lambda tx: tx.fetch(statement, parameters))
    last = Key(rows[-1]["value"], rows[-1]["entity_id"]) if len(rows) == limit else None
    return Batch([row["entity"] for row in rows], last)


async def runs_of_entities(db: Database, listing: Listing, first: Batch) -> AsyncIterator[Batch]:
    """*first*, and every part after it."""
    batch = first
    yield batch
    while batch.after is not None:
        batch = await run_of_entities(db, listing, after=batch.after)
        yield batch


def _shape(listing: Listing, *, paged: bool = False, after: bool = False) -> Shape:
    sets = listing.filter.any_of if listing.filter else ()
    return Shape(
        conditions=tuple(tuple(condition.values is not None for condition in each) for each in sets),
        descending=tuple(order.descending for order in (listing.orders if paged else listing.orders[:1])),
        paged=paged,
        after=after,
    )


def _conditions(listing: Listing) -> Mapping[str, Any]:
    sets = listing.filter.any_of if listing.filter else ()
    parameters: dict[str, Any] = {}
    for number, condition in enumerate(condition for each in sets for condition in each):
        parameters[f"key_{number}"] = condition.key
        if condition.values is not None:
            parameters[f"values_{number}"] = msgspec.json.encode(condition.values).decode()
    return parameters


def _orders(listing: Listing) -> Mapping[str, Any]:
    return {f"order_{number}": order.field.lower() for number, order in enumerate(listing.orders)}
