"""The provider connection: how entities enter the catalog, and how what they were made from is said to have changed.

Everything here runs inside the caller's transaction, so that a provider's own rows and the catalog's agree.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import PROCESSING
from cuelight.catalog.documents import Entity, entities_among, provider_source, refs_parameter
from cuelight.catalog.ownership import (
    Applied,
    Letting,
    Naming,
    Offer,
    expel,
    offer_of,
    release,
    settle_claims,
    settle_each,
    wake,
)
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.waking import due
from cuelight.catalog.tables import CONFLICTS, REFRESH_KEYS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Reading, Statement, Transaction
from cuelight.model import check_envelope, ref_of

_REFRESH = Statement(
    lambda words: (
        update(REFRESH_STATE)
        .where(
            REFRESH_STATE.c.entity_id.in_(
                select(REFRESH_KEYS.c.entity_id).where(REFRESH_KEYS.c.key.in_(words.each("keys")))
            )
        )
        .values(**due())
    )
)
_IN_USE = Statement(
    lambda words: select(REFRESH_KEYS.c.key).distinct().where(REFRESH_KEYS.c.key.in_(words.each("keys")))
)
_OWNED = Statement(
    select(REFRESH_REFERENCES.c.target_ref.label("ref"))
    .where(REFRESH_REFERENCES.c.source == bindparam("source"))
    .union(select(CONFLICTS.c.entity_ref).where(CONFLICTS.c.source == bindparam("source")))
)
_REF = Statement(select(REFRESH_STATE.c.entity_ref).where(REFRESH_STATE.c.entity_id == bindparam("uid")))


class Deferred(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as a provider gives it: unprocessed, with both managed-by annotations.

    `location_key` decides who may overwrite whom (None: anybody may).
    """

    entity: Entity
    location_key: str | None = None


async def apply(  # noqa: PLR0913 -- a delta has two sides, and *announced* is keyword-only
    tx: Transaction,
    provider: str,
    added: Sequence[Deferred],
    removed: Sequence[str],
    cause: Cause,
    *,
    announced: int = 0,
) -> Applied:
    """Apply a delta: *added* entities of *provider* (new or changed), and refs that it has no longer.

    A ref in both lists is added. What is equal and refers already is not touched. A ref that another claimant holds
    becomes a row in `conflicts`. Of *removed* only what *provider* added itself counts; what lived by it alone goes
    with it: at once, or, where something with the same cause is still to be processed, after that. What the deletion
    brake (`cuelight.catalog.brake`) does not let pass stays. *announced* is how many refs of *provider* are known to go
    in one discovery, these included: where that is too much, the first one is held back as the last. `InvalidEntity`
    for a malformed envelope, before anything is written.
    """
    offers = _offers(added, cause)
    source = provider_source(provider)
    await settle_claims(tx, source, list(offers.values()), cause)
    gone = [ref for ref in removed if ref not in offers]
    return await release(tx, source, gone, cause, Letting(announced=announced))


async def add(tx: Transaction, provider: str, added: Sequence[tuple[Deferred, Cause]]) -> None:
    """As `apply` of each of these entities of *provider* by itself, because of its own cause; in one go where it can be."""
    for each, _ in added:
        check_envelope(each.entity)
    source = provider_source(provider)
    offers = [offer_of(each.entity, each.location_key, cause) for each, cause in added]
    await settle_each(tx, [Naming(source=source, offers=[offer], cause=offer.cause) for offer in offers])


async def replace(tx: Transaction, provider: str, entities: Sequence[Deferred], cause: Cause) -> Applied:
    """Apply a full mutation: *entities* are all that *provider* has; the rest is removed, as `apply` removes."""
    return await apply(tx, provider, entities, sorted(await owned(tx, provider)), cause)


async def owned(tx: Reading, provider: str) -> set[str]:
    """The refs that *provider* keeps or claims."""
    rows = await tx.fetch(_OWNED, {"source": provider_source(provider)})
    return {row["ref"] for row in rows}


async def refresh(tx: Transaction, keys: Sequence[str], cause: Cause) -> int:
    """Have every entity with one of these refresh keys processed now, because of *cause*; how many those are."""
    if not keys:
        return 0
    woken = await tx.execute(_REFRESH, {"keys": refs_parameter(keys), "now": tx.now(), **cause.columns()})
    if woken:
        tx.notify(PROCESSING)
    return woken


async def refresh_entity(tx: Transaction, ref: str, cause: Cause) -> bool:
    """Have the entity *ref* and the Locations above it processed now; False where nobody refers to it, or it is unknown."""
    above = (await sources_of(tx, [ref])).get(ref, set())
    if not above:
        return False
    await wake(tx, {ref, *await _locations_above(tx, entities_among(above))}, cause)
    return True


async def delete_entity(tx: Transaction, uid: str, cause: Cause) -> bool:
    """Delete the entity with *uid*; it comes back if what named it still does. False where there is none."""
    row = await tx.fetch_one(_REF, {"uid": uid})
    if row is None:
        return False
    await expel(tx, row["entity_ref"], cause)
    return True


async def keys_in_use(tx: Reading, keys: Sequence[str]) -> set[str]:
    """Those of *keys* that an entity has."""
    return {row["key"] for row in await tx.fetch(_IN_USE, {"keys": refs_parameter(keys)})}


async def _locations_above(tx: Reading, refs: Sequence[str]) -> set[str]:
    """Those of *refs*, and of their ancestors, that are Locations."""
    found: set[str] = set()
    level = {ref for ref in refs if ref.startswith("location:")}
    while level:
        found |= level
        sources = set().union(*(await sources_of(tx, level)).values())
        level = {ref for ref in entities_among(sources) if ref.startswith("location:")} - found
    return found


def _offers(added: Sequence[Deferred], cause: Cause) -> dict[str, Offer]:
    """By ref; of two for one ref the later counts."""
    for each in added:
        check_envelope(each.entity)
    return {ref_of(each.entity): offer_of(each.entity, each.location_key, cause) for each in added}
