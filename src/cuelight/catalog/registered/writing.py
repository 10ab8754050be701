"""Registering, moving and unregistering: the row and the entity in one transaction."""

from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.connection import apply, refresh_entity
from cuelight.catalog.documents import provider_source
from cuelight.catalog.locations import StaticLocation, location_key, location_ref
from cuelight.catalog.ownership import Letting, release
from cuelight.catalog.registered.conduct import OnConflict
from cuelight.catalog.registered.location import STORE, Registered, checked, registered_in, unknown
from cuelight.catalog.registered.reading import BY_ID, held
from cuelight.catalog.tables import LOCATIONS
from cuelight.clock import timed_id
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.errors import ConflictError
from cuelight.model import generated_name

_L = LOCATIONS.c
_INSERT = Statement(insert(LOCATIONS))
_MOVE = Statement(
    update(LOCATIONS)
    .where(_L.id == bindparam("location"))
    .values(
        {
            name: bindparam(name)
            for name in ("type", "target", "changed_at", "cause", "caused_at", "reconcile", "commit_sha", "author")
        }
    )
)
_DELETE = Statement(delete(LOCATIONS).where(_L.id == bindparam("id")))
_NAMED = Statement(select(_L.id).where(_L.entity_ref == bindparam("ref")))


async def register(db: Database, location: StaticLocation, *, on_conflict: OnConflict = "reject") -> Registered:
    """Register *location*. Where it is already: ConflictError, or with `refresh` have it looked at again."""
    checked(location)

    async def work(tx: Transaction) -> Registered:
        row = await held(tx, location)
        if row is None:
            return await _add(tx, location)
        if on_conflict != "refresh":
            raise _taken(location)
        return await _renew(tx, registered_in(row))

    return await db.transact(work)


async def move(db: Database, location_id: str, location: StaticLocation) -> Registered:
    """Have the location with this id name something else; NotFoundError, or ConflictError where another names that.

    Its entity keeps its name and its uid, and what lived by the old target goes once the new one was read.
    """
    checked(location)

    async def work(tx: Transaction) -> Registered:
        before = await _known(tx, location_id)
        other = await held(tx, location)
        if other is not None and other["id"] != location_id:
            raise _taken(location)
        moved = msgspec.structs.replace(before, type=location.type, target=location.target)
        cause = _cause(tx)
        await tx.execute(_MOVE, {"location": moved.id, **_target(moved), "changed_at": tx.now(), **cause.columns()})
        await apply(tx, STORE, [moved.deferred()], [], cause)
        return moved

    return await db.transact(work)


async def unregister(db: Database, location_id: str) -> None:
    """Forget the location with this id, and delete what lived by it alone; NotFoundError where there is none."""

    async def work(tx: Transaction) -> None:
        gone = await _known(tx, location_id)
        await tx.execute(_DELETE, {"id": gone.id})
        await release(tx, provider_source(STORE), [gone.entity_ref], _cause(tx), Letting(asked=True))

    await db.transact(work)


async def _add(tx: Transaction, location: StaticLocation) -> Registered:
    entity_ref = await _free_ref(tx, location)
    added = Registered(id=str(uuid4()), type=location.type, target=location.target, entity_ref=entity_ref)
    cause, now = _cause(tx), tx.now()
    columns = {**_target(added), "created_at": now, "changed_at": now, **cause.columns()}
    await tx.execute(_INSERT, {"id": added.id, "entity_ref": added.entity_ref, **columns})
    await apply(tx, STORE, [added.deferred()], [], cause)
    return added


async def _renew(tx: Transaction, known: Registered) -> Registered:
    """Say again what *known* is, and have it processed whatever it came to before."""
    cause = _cause(tx)
    await apply(tx, STORE, [known.deferred()], [], cause)
    await refresh_entity(tx, known.entity_ref, cause)
    return known


async def _free_ref(tx: Reading, location: StaticLocation) -> str:
    """The ref of its entity; another than the usual one where a location that has moved since is called that."""
    usual = location_ref(location)
    if await tx.fetch_one(_NAMED, {"ref": usual}) is None:
        return usual
    return f"location:default/{generated_name(location.type, f'{location.target}#{uuid4()}')}"


async def _known(tx: Reading, location_id: str) -> Registered:
    row = await tx.fetch_one(BY_ID, {"id": location_id})
    if row is None:
        raise unknown(location_id)
    return registered_in(row)


def _cause(tx: Reading) -> Cause:
    return Cause(id=f"location:{timed_id(tx.now())}", at=tx.now())


def _target(location: Registered) -> dict[str, Any]:
    return {"type": location.type, "target": location.target}


def _taken(location: StaticLocation) -> ConflictError:
    return ConflictError(f"Location {location_key(location)} already exists")
