"""What a set of refs leads to, what of that nothing else keeps alive, and what of it somebody waits for."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import select

from cuelight.catalog.documents import entities_among, refs_parameter, source_of
from cuelight.catalog.ownership.scene import sources_of
from cuelight.catalog.ownership.weakness import weak_among
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES
from cuelight.db import Reading, Statement

_TARGETS = Statement(
    lambda words: select(REFRESH_REFERENCES).where(REFRESH_REFERENCES.c.source.in_(words.each("sources")))
)
_CLAIMS = Statement(
    lambda words: select(CONFLICTS.c.source, CONFLICTS.c.entity_ref).where(
        CONFLICTS.c.entity_ref.in_(words.each("refs"))
    )
)

Edges = Collection[tuple[str, str]]
"""Pairs of a source and the ref that it refers to, or claims."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """`doomed`: nothing keeps these any more. `heirs`: only claimants want these; theirs is the word now.

    `targets`: what each ref refers to.
    """

    doomed: frozenset[str]
    heirs: frozenset[str]
    targets: Mapping[str, Sequence[str]]

    def is_hollow(self, ref: str) -> bool:
        """Whether *ref*, which is doomed, leads to something, and all of that lives on."""
        below = self.targets.get(ref, ())
        return bool(below) and self.doomed.isdisjoint(below)

    def shares(self, roots: Iterable[str]) -> dict[str, list[str]]:
        """For each of *roots* that is doomed, what goes with it, itself first; what two lead to is the first one's."""
        taken: set[str] = set()
        found: dict[str, list[str]] = {}
        own = [root for root in sorted(roots) if root in self.doomed]
        taken.update(own)
        for root in own:
            share = found[root] = [root]
            for ref in share:  # it grows meanwhile
                below = [each for each in self.targets.get(ref, ()) if each in self.doomed and each not in taken]
                taken.update(below)
                share += below
        return found


async def reach_of(tx: Reading, refs: Collection[str], *, without: Collection[str] = ()) -> Reach:
    """What becomes of *refs*, and of all that they lead to, with the references that there are, *without* some sources.

    A claimant that lives keeps a ref alive as well: it is the heir. What lives only by what is held back inherits
    nothing.
    """
    targets = await targets_below(tx, refs)
    below = targets.keys()
    held = {(source, ref) for ref, found in (await sources_of(tx, below)).items() for source in found}
    references = {edge for edge in held if edge[0] not in without}
    claims = await _claims(tx, below)
    weak = await weak_among(tx, {source for source, _ in references | claims} - set(map(source_of, below)))
    lasting = {edge for edge in references if edge[0] not in weak}
    claims = {edge for edge in claims if edge[0] not in weak}
    living = _rooted(below, lasting)
    inherited = _rooted(below, lasting | claims) if claims else living
    lasting_claims = {edge for edge in claims if _counts(edge[0], below, inherited)}
    heirs = {ref for _, ref in lasting_claims} - living
    alive = _rooted(below, references | lasting_claims)
    return Reach(doomed=frozenset(below - alive), heirs=frozenset(heirs), targets=targets)


async def targets_below(tx: Reading, refs: Collection[str]) -> Mapping[str, Sequence[str]]:
    """*refs* and all that they lead to, each with what it refers to."""
    found: dict[str, list[str]] = {ref: [] for ref in refs}
    level: Collection[str] = found.keys()
    while level:
        rows = await tx.fetch(_TARGETS, {"sources": refs_parameter(map(source_of, level))})
        for row in rows:
            found[entities_among([row["source"]])[0]].append(row["target_ref"])
        level = {row["target_ref"] for row in rows} - found.keys()
        found |= {ref: [] for ref in level}
    return found


async def _claims(tx: Reading, refs: Collection[str]) -> set[tuple[str, str]]:
    rows = await tx.fetch(_CLAIMS, {"refs": refs_parameter(refs)})
    return {(row["source"], row["entity_ref"]) for row in rows}


def _counts(source: str, below: Collection[str], inherited: Collection[str]) -> bool:
    """Whether *source* will still be there."""
    return all(ref in inherited for ref in entities_among([source]) if ref in below)


def _rooted(below: Collection[str], edges: Edges) -> set[str]:
    """Those of *below* to which a way leads from outside of them: from a provider, or from any other entity."""
    inner = set(map(source_of, below))
    targets: dict[str, list[str]] = {}
    for source, ref in edges:
        targets.setdefault(source, []).append(ref)
    waiting = [ref for source, refs in targets.items() if source not in inner for ref in refs]
    rooted: set[str] = set()
    while waiting:
        ref = waiting.pop()
        if ref not in rooted:
            rooted.add(ref)
            waiting += targets.get(source_of(ref), ())
    return rooted
