"""Reading registered locations: all, one by its id, and the one that an entity comes from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from cuelight.catalog.documents import decode
from cuelight.catalog.locations import StaticLocation
from cuelight.catalog.registered.location import Registered, registered_in, unknown
from cuelight.catalog.tables import FINAL_ENTITIES, LOCATIONS, REFRESH_STATE
from cuelight.db import Database, Reading, Row, Statement
from cuelight.errors import NotFoundError
from cuelight.model import parse_location_ref

ORIGIN = "backstage.io/managed-by-origin-location"

_L = LOCATIONS.c
ALL = Statement(select(LOCATIONS).order_by(_L.created_at, _L.id))
BY_ID = Statement(select(LOCATIONS).where(_L.id == bindparam("id")))
BY_TARGET = Statement(select(LOCATIONS).where(_L.type == bindparam("type"), _L.target == bindparam("target")))
FINAL = Statement(select(FINAL_ENTITIES.c.entity).where(FINAL_ENTITIES.c.entity_ref == bindparam("ref")))

KNOWN = Statement(select(REFRESH_STATE.c.entity_id).where(REFRESH_STATE.c.entity_ref == bindparam("ref")))


async def all_locations(db: Database) -> Sequence[Registered]:
    """Every registered location, the oldest first."""
    return [registered_in(row) for row in await db.read(lambda tx: tx.fetch(ALL))]


async def find_location(db: Database, location_id: str) -> Registered:
    """The location with this id; NotFoundError where there is none, whatever the id looks like."""
    row = await db.get(BY_ID, {"id": location_id})
    if row is None:
        raise unknown(location_id)
    return registered_in(row)


async def is_registered(db: Database, location: StaticLocation) -> bool:
    """Whether exactly *location* is registered."""
    return await db.get(BY_TARGET, {"type": location.type, "target": location.target}) is not None


async def location_above(db: Database, ref: str) -> Registered:
    """The registered location that the entity *ref* originates from; NotFoundError says what is missing.

    What the configuration or a discovery names is not registered.
    """
    return await db.read(lambda tx: _above(tx, ref))


async def _above(tx: Reading, ref: str) -> Registered:
    origin = parse_location_ref(await _origin(tx, ref))
    row = await held(tx, StaticLocation(type=origin.type, target=origin.target))
    if row is None:
        raise NotFoundError(f"Found no location with type {origin.type} and target {origin.target}")
    return registered_in(row)


async def _origin(tx: Reading, ref: str) -> str:
    final = await tx.fetch_one(FINAL, {"ref": ref})
    if final is None and await tx.fetch_one(KNOWN, {"ref": ref}) is None:
        raise NotFoundError(f"found no entity for ref {ref}")
    annotations: dict[str, Any] = decode(final["entity"])["metadata"].get("annotations") or {} if final else {}
    if ORIGIN not in annotations:
        raise NotFoundError(f"found no origin annotation for ref {ref}")
    return str(annotations[ORIGIN])


async def held(tx: Reading, location: StaticLocation) -> Row | None:
    """The row of exactly *location*."""
    return await tx.fetch_one(BY_TARGET, {"type": location.type, "target": location.target})
