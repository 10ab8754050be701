"""What a set of refs leads to, and which of that nothing else keeps alive."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from cuelight.catalog.documents import refs_parameter, source_of
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.tables import REFRESH_REFERENCES
from cuelight.db import Reading, Statement

_TARGETS = Statement(
    lambda words: select(REFRESH_REFERENCES.c.target_ref).where(REFRESH_REFERENCES.c.source.in_(words.each("sources")))
)


async def unrooted(tx: Reading, refs: Collection[str]) -> set[str]:
    """Those of *refs*, and of all that they lead to, that nothing outside of these refers to, directly or not."""
    below = await _closure(tx, refs)
    sources = await sources_of(tx, below)
    return below - _rooted(below, sources)


async def _closure(tx: Reading, refs: Collection[str]) -> set[str]:
    below = set(refs)
    edge = below
    while edge:
        targets = await tx.fetch(_TARGETS, {"sources": refs_parameter(map(source_of, edge))})
        edge = {row["target_ref"] for row in targets} - below
        below |= edge
    return below


def _rooted(below: set[str], sources: Mapping[str, set[str]]) -> set[str]:
    """Those of *below* to which a way leads from outside of them: from a provider, or from any other entity."""
    inner = {source_of(ref): ref for ref in below}
    targets: dict[str, list[str]] = {}
    for ref, referring in sources.items():
        for source in referring:
            targets.setdefault(source, []).append(ref)
    waiting = [ref for source, refs in targets.items() if source not in inner for ref in refs]
    rooted: set[str] = set()
    while waiting:
        ref = waiting.pop()
        if ref not in rooted:
            rooted.add(ref)
            waiting += targets.get(source_of(ref), ())
    return rooted
