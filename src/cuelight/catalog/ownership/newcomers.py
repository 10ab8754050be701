"""Refs that nobody has yet: about them nothing is to be decided, so many sources can claim theirs together."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.ownership.claims import bring
from cuelight.catalog.ownership.inheritance import settle_claims
from cuelight.catalog.ownership.offer import Offer
from cuelight.catalog.ownership.scene import Scene, look
from cuelight.db import Transaction


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What `source` says some refs are, each at most once."""

    source: str
    offers: Sequence[Offer]
    cause: Cause

    @property
    def refs(self) -> set[str]:
        """What it names."""
        return {offer.ref for offer in self.offers}


async def settle_each(tx: Transaction, namings: Sequence[Naming]) -> set[str]:
    """As `settle_claims` of each of *namings*: in one go of those that name nothing but newcomers, then of the others.

    The newcomers' refs.
    """
    if not namings:
        return set()
    named = Counter(ref for naming in namings for ref in naming.refs)
    known = _known(await look(tx, named.keys())) | {ref for ref, times in named.items() if times > 1}
    brought = [(each.source, offer) for each in namings if not each.refs & known for offer in each.offers]
    await bring(tx, brought)
    for each in namings:
        if each.refs & known:
            await settle_claims(tx, each.source, each.offers, each.cause)
    return {offer.ref for _, offer in brought}


def _known(scene: Scene) -> set[str]:
    """The refs that somebody has, refers to or claims."""
    return {*scene.held, *(ref for ref, sources in scene.sources.items() if sources), *(ref for ref, _ in scene.claims)}
