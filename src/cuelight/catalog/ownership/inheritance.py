"""Whose word a ref becomes once the one who had it is gone."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import bindparam, delete, exists, select

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import entities_among, refs_parameter
from cuelight.catalog.ownership.claims import claim
from cuelight.catalog.ownership.offer import offer_in
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.waking import wake
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES
from cuelight.db import Row, Statement, Transaction

_CLAIMANTS = Statement(
    lambda words: (
        select(CONFLICTS)
        .where(CONFLICTS.c.entity_ref.in_(words.each("refs")))
        .order_by(CONFLICTS.c.entity_ref, CONFLICTS.c.since, CONFLICTS.c.source)
    )
)
_DISPLACED = Statement(
    lambda words: (
        select(CONFLICTS)
        .where(
            CONFLICTS.c.entity_ref.in_(words.each("refs")),
            exists().where(
                REFRESH_REFERENCES.c.source == CONFLICTS.c.source,
                REFRESH_REFERENCES.c.target_ref == CONFLICTS.c.entity_ref,
            ),
        )
        .order_by(CONFLICTS.c.entity_ref, CONFLICTS.c.since, CONFLICTS.c.source)
    )
)
_WITHDRAW = Statement(
    delete(CONFLICTS).where(CONFLICTS.c.entity_ref == bindparam("ref"), CONFLICTS.c.source == bindparam("source"))
)


async def promote(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Give each of *refs*, which are free, to its oldest claimant."""
    if refs:
        await _install(tx, await tx.fetch(_CLAIMANTS, {"refs": refs_parameter(refs)}), cause)


async def hand_over(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Let the remaining sources of *refs* say what these are: one that was displaced, else every parent entity."""
    if not refs:
        return
    installed = await _install(tx, await tx.fetch(_DISPLACED, {"refs": refs_parameter(refs)}), cause)
    await _ask_parents(tx, set(refs) - installed, cause)


async def _install(tx: Transaction, claimants: Sequence[Row], cause: Cause) -> set[str]:
    """Make the first claimant of each ref its holder; which refs those are."""
    installed: set[str] = set()
    for row in _first_of_each(claimants):
        installed.add(row["entity_ref"])
        await tx.execute(_WITHDRAW, {"ref": row["entity_ref"], "source": row["source"]})
        await claim(tx, row["source"], [offer_in(row, cause)])
    return installed


def _first_of_each(claimants: Iterable[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in claimants:
        found.setdefault(row["entity_ref"], row)
    return list(found.values())


async def _ask_parents(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    if not refs:
        return
    sources = set().union(*(await sources_of(tx, refs)).values())
    await wake(tx, entities_among(sources), cause)
