"""What lives only because its deletion is held back. It is weak: it wins against nobody, and stays as it was.

A deletion that is held back is the source `held:<id>` of a reference, so all below that lives on as well. A ref whose
every root is of that kind goes to the first living source that claims it, without a conflict; until then processing
leaves it alone, so that a Location whose file is gone still has its children once its deletion is called off.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import or_, select

from cuelight.catalog.documents import entities_among, holds_among, source_of
from cuelight.catalog.ownership.scene import lineage
from cuelight.catalog.tables import DELETIONS
from cuelight.db import Reading, Statement

ALIVE = ("held", "moving", "restored")
"""States of a deletion whose entity lives on."""

ANY_HELD = Statement(select(DELETIONS.c.id).where(or_(*(DELETIONS.c.state == state for state in ALIVE))).limit(1))


async def weak_among(tx: Reading, sources: Collection[str]) -> set[str]:
    """Those of *sources* that are held back, or entities that live only by what is."""
    if not sources or await tx.fetch_one(ANY_HELD) is None:
        return set()
    entities = entities_among(sources)
    above = await lineage(tx, entities)
    held = set(_reached(above, {ref for ref, found in above.items() if holds_among(found)}))
    living = set(_reached(above, {ref for ref, found in above.items() if _is_root(found)}))
    weak = {source_of(ref) for ref in entities if ref in held - living}
    return weak | {source for source in sources if holds_among([source])}


def _is_root(sources: Collection[str]) -> bool:
    return len(entities_among(sources)) + len(holds_among(sources)) < len(sources)


def _reached(above: Mapping[str, Collection[str]], start: Iterable[str]) -> Iterable[str]:
    """*start*, and everything to which a way leads down from there."""
    below: dict[str, list[str]] = {}
    for ref, sources in above.items():
        for parent in entities_among(sources):
            below.setdefault(parent, []).append(ref)
    waiting = list(start)
    seen: set[str] = set()
    while waiting:
        ref = waiting.pop()
        if ref not in seen:
            seen.add(ref)
            waiting += below.get(ref, ())
    return seen
