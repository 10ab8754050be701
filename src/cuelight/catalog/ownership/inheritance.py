"""Whose word a ref becomes once the one who had it is gone."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import bindparam, delete, exists, select

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import entities_among, holds_among, refs_parameter, source_of
from cuelight.catalog.ownership.claims import claim
from cuelight.catalog.ownership.departure import called_off, named_again
from cuelight.catalog.ownership.offer import Offer, offer_in
from cuelight.catalog.ownership.reach import targets_below
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.waking import wake
from cuelight.catalog.ownership.weakness import weak_among
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

_CLAIMED = Statement(
    lambda words: select(CONFLICTS.c.entity_ref).distinct().where(CONFLICTS.c.source.in_(words.each("sources")))
)
_CUT = Statement(
    lambda words: delete(REFRESH_REFERENCES).where(REFRESH_REFERENCES.c.target_ref.in_(words.each("refs")))
)


async def settle_claims(tx: Transaction, source: str, offers: Sequence[Offer], cause: Cause) -> None:
    """Let *source* say what these refs are (see `claim`), and do what follows from that."""
    claimed = await claim(tx, source, offers)
    await hand_over(tx, claimed.given_up, cause)
    await revive(tx, claimed.revived, cause)


async def revive(tx: Transaction, refs: Collection[str], cause: Cause) -> None:
    """Have *refs*, which live again, and all below them processed, and have what they claim of what lives weakly."""
    if not refs:
        return
    below = await targets_below(tx, refs)
    await wake(tx, below.keys(), cause)
    claimed = await tx.fetch(_CLAIMED, {"sources": refs_parameter(map(source_of, below))})
    weak = await weak_among(tx, {source_of(row["entity_ref"]) for row in claimed})
    heirs = {row["entity_ref"] for row in claimed if source_of(row["entity_ref"]) in weak}
    await succeed(tx, heirs, cause)
    await revive(tx, heirs, cause)


async def succeed(tx: Transaction, heirs: Collection[str], cause: Cause) -> None:
    """Give each of *heirs*, to which nothing living refers, to its oldest claimant; whoever referred says so again."""
    if not heirs:
        return
    sources = set().union(*(await sources_of(tx, heirs)).values())
    await tx.execute(_CUT, {"refs": refs_parameter(heirs)})
    await called_off(tx, holds_among(sources), named_again("another claimant"))
    await promote(tx, heirs, cause)
    await wake(tx, entities_among(sources), cause)


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
    """Make the first claimant of each ref its holder; which refs those are. What is held back comes last."""
    installed: set[str] = set()
    weak = await weak_among(tx, {row["source"] for row in claimants})
    for row in _first_of_each(sorted(claimants, key=lambda row: row["source"] in weak)):
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
