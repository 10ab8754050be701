"""What the database holds about some refs, read in three queries: their rows, who refers to them, who else claims them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select

from cuelight.catalog.documents import entities_among, refs_parameter
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Reading, Statement

_STATES = Statement(
    lambda words: select(
        REFRESH_STATE.c.entity_ref, REFRESH_STATE.c.unprocessed_hash, REFRESH_STATE.c.location_key
    ).where(REFRESH_STATE.c.entity_ref.in_(words.each("refs")))
)
_SOURCES = Statement(
    lambda words: select(REFRESH_REFERENCES).where(REFRESH_REFERENCES.c.target_ref.in_(words.each("refs")))
)
_CLAIMS = Statement(
    lambda words: select(CONFLICTS.c.entity_ref, CONFLICTS.c.source, CONFLICTS.c.unprocessed_hash).where(
        CONFLICTS.c.entity_ref.in_(words.each("refs"))
    )
)


class Held(msgspec.Struct, frozen=True):
    """A ref's row, as far as claims are concerned."""

    digest: str
    location_key: str | None


class Scene(msgspec.Struct, frozen=True):
    """`held` by ref; `sources` that refer to each ref; `claims`: (ref, source) → digest of what is not shown."""

    held: Mapping[str, Held]
    sources: Mapping[str, set[str]]
    claims: Mapping[tuple[str, str], str]

    def without(self, weak: Collection[str]) -> "Scene":
        """The same, had *weak* never referred to anything."""
        if not weak:
            return self
        strong = {ref: sources.difference(weak) for ref, sources in self.sources.items()}
        return Scene(self.held, strong, self.claims)


async def look(tx: Reading, refs: Collection[str]) -> Scene:
    """The scene of *refs*."""
    parameters = {"refs": refs_parameter(refs)}
    held = {
        row["entity_ref"]: Held(row["unprocessed_hash"], row["location_key"])
        for row in await tx.fetch(_STATES, parameters)
    }
    claims = {
        (row["entity_ref"], row["source"]): row["unprocessed_hash"] for row in await tx.fetch(_CLAIMS, parameters)
    }
    return Scene(held, await sources_of(tx, refs), claims)


async def sources_of(tx: Reading, refs: Collection[str]) -> Mapping[str, set[str]]:
    """Who refers to each of *refs*."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in await tx.fetch(_SOURCES, {"refs": refs_parameter(refs)}):
        found[row["target_ref"]].add(row["source"])
    return found


async def ancestors(tx: Reading, source: str) -> set[str]:
    """The refs from which a way leads down to *source*, itself included; none above a provider."""
    return set(await lineage(tx, entities_among([source])))


async def lineage(tx: Reading, refs: Collection[str]) -> Mapping[str, set[str]]:
    """Who refers to each of *refs*, and to each entity above them, up to the roots."""
    found: dict[str, set[str]] = {}
    level = set(refs)
    while level:
        sources = await sources_of(tx, level)
        found |= {ref: sources.get(ref, set()) for ref in level}
        level = set(entities_among(set().union(*sources.values()))) - found.keys()
    return found
