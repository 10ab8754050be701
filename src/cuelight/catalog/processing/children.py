"""Writing what an entity names: new and changed children are claimed, those that it names no longer are released."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import bindparam, select

from cuelight.catalog.documents import entities_among, refs_parameter, source_of
from cuelight.catalog.ownership import Letting, Naming, release, settle_claims, settle_each
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.reader import Reader
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Reading, Statement, Transaction

_EARLIER = Statement(
    select(REFRESH_REFERENCES.c.target_ref, REFRESH_STATE.c.location_key)
    .join(REFRESH_STATE, REFRESH_STATE.c.entity_ref == REFRESH_REFERENCES.c.target_ref)
    .where(REFRESH_REFERENCES.c.source == bindparam("source"))
    .union_all(
        select(CONFLICTS.c.entity_ref, CONFLICTS.c.location_key).where(CONFLICTS.c.source == bindparam("source"))
    )
)
_PARENTS = Statement(
    lambda words: (
        select(REFRESH_REFERENCES.c.source)
        .where(REFRESH_REFERENCES.c.source.in_(words.each("sources")))
        .union(select(CONFLICTS.c.source).where(CONFLICTS.c.source.in_(words.each("sources"))))
    )
)


class Nursery:
    """Writes children. *keep_orphans*: what nobody names any more stays, annotated, instead of being deleted."""

    def __init__(self, reader: Reader, *, keep_orphans: bool) -> None:
        self._reader = reader
        self._letting = Letting(keep_orphans=keep_orphans)

    async def parents(self, tx: Reading, refs: Collection[str]) -> set[str]:
        """Those of *refs* that named children until now."""
        rows = await tx.fetch(_PARENTS, {"sources": refs_parameter(map(source_of, refs))})
        return set(entities_among(row["source"] for row in rows))

    async def bear(self, tx: Transaction, first: Iterable[tuple[Subject, Outcome]]) -> set[str]:
        """Bring what those name that named nothing until now; the refs that nobody had."""
        namings = [
            Naming(source=source_of(subject.ref), offers=outcome.children, cause=subject.cause)
            for subject, outcome in first
            if outcome.children
        ]
        return await settle_each(tx, namings)

    async def write(self, tx: Transaction, subject: Subject, outcome: Outcome) -> None:
        """Make the children of *subject* what *outcome* says; those whose file was not read stay as they are."""
        source = source_of(subject.ref)
        earlier = await self._earlier(tx, source)
        named = {child.ref for child in outcome.children}
        gone = [
            ref
            for ref, key in earlier.items()
            if ref not in named and not outcome.retention.keeps(key, self._reader.key)
        ]
        await settle_claims(tx, source, outcome.children, subject.cause)
        await release(tx, source, gone, subject.cause, self._letting)

    async def _earlier(self, tx: Reading, source: str) -> Mapping[str, str | None]:
        return {row["target_ref"]: row["location_key"] for row in await tx.fetch(_EARLIER, {"source": source})}
