"""A full mutation of any size: all that a provider has, given one by one, without holding others up.

It is applied in portions, each a short transaction that counts at once; what is no longer given goes at the end, in one
transaction, so that the deletion brake sees all of it. A mutation that is cut short has deleted nothing.
"""

from collections.abc import Iterable
from itertools import islice

from cuelight.catalog.cause import Cause
from cuelight.catalog.connection import Deferred, apply, owned
from cuelight.catalog.ownership import Applied
from cuelight.db import Database
from cuelight.model import ref_of

PORTION = 200
"""Entities in a transaction, so that it takes at most some 20 ms."""


async def replace_all(db: Database, provider: str, entities: Iterable[Deferred], cause: Cause) -> Applied:
    """Apply a full mutation: *entities* are all that *provider* has; the rest is removed, as `apply` removes.

    Of two for one ref the later counts. What *entities* raises ends the mutation, and so does `InvalidEntity` for a
    malformed envelope: what was given before that stays, and nothing is removed.
    """
    before = await db.read(lambda tx: owned(tx, provider))
    waiting = iter(entities)
    while portion := list(islice(waiting, PORTION)):
        await _add(db, provider, portion, cause)
        before.difference_update(ref_of(each.entity) for each in portion)
    return await db.transact(lambda tx: apply(tx, provider, [], sorted(before), cause))


async def _add(db: Database, provider: str, portion: list[Deferred], cause: Cause) -> None:
    await db.transact(lambda tx: apply(tx, provider, portion, [], cause))
