"""Having drift looked at again: signals on the repositories behind it, and its entities put together anew."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import bindparam, func, select, update

from cuelight.catalog import Cause, at_rest, refresh_entity
from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.repair.verification.differences import Facts
from cuelight.repair.verification.report import Item, Repaired
from cuelight.repair.verification.rows import still_right
from cuelight.repair.verification.sight import Sight
from cuelight.repair.verification.view import file_of
from cuelight.repositories import Registry, Signal, note, track
from cuelight.repositories.signals import DUE
from cuelight.repositories.tables import SIGNALS, SOURCES

PATIENCE: Final = 300.0
"""Seconds that all of it may take."""
_CHUNK: Final = 50

_OPEN = Statement(
    select(func.count().label("n"))
    .select_from(SIGNALS)
    .where(SIGNALS.c.cause == bindparam("cause"), SIGNALS.c.outcome.is_(None))
)
_DOUBT = Statement(
    # A final entity is written where its hash differs: what was altered under its hash would never be.
    lambda words: (
        update(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref.in_(words.each("refs"))).values(hash="doubted")
    )
)
_HELD = Statement(
    select(SOURCES).where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.blob.is_not(None))
)
_FORGET = Statement(
    # A file is read where its blob is another: content that was altered under its blob would never be.
    update(SOURCES)
    .where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("file"))
    .values(blob=None)
)


class Mending:
    """Mends because of the verification *cause*."""

    def __init__(self, db: Database, registry: Registry, cause: str) -> None:
        self._db = db
        self._registry = registry
        self._cause = cause

    async def mend(self, facts: Facts, drift: Sequence[Item]) -> Repaired:
        """Have everything behind *drift* looked at again, and wait until it was."""
        sights = self._behind(facts, drift)
        refs = [item.subject for item in drift if item.part == "entity"]
        for start in range(0, len(sights), _CHUNK):
            await self._signal(sights[start : start + _CHUNK])
        await self._db.transact(lambda tx: self._renew(tx, refs))
        return Repaired(
            drift=len(drift), repositories=len(sights), entities=len(refs), unfinished=await self._unfinished()
        )

    def _behind(self, facts: Facts, drift: Sequence[Item]) -> list[Sight]:
        """The sights of the repositories that *drift* is about."""
        names = {item.repository for item in drift if item.repository}
        places = self._places(facts, [item for item in drift if item.repository is None])
        return [
            sight
            for sight in facts.sights
            if sight.name in names or (sight.target.host, sight.target.full_name.lower()) in places
        ]

    def _places(self, facts: Facts, drift: Sequence[Item]) -> set[tuple[str, str]]:
        files = {item.subject for item in drift if item.part == "ref"}
        for item in drift:
            for view in (facts.served, facts.rebuilt.view):
                entity = view.entities.get(item.subject)
                files |= {file_of(entity)} if entity is not None else set()
        found = (self._registry.place(file.removeprefix("url:")) for file in files)
        return {(place.host, place.full_name.lower()) for place in found if place}

    async def _signal(self, sights: Sequence[Sight]) -> None:
        async def work(tx: Transaction) -> None:
            for sight in sights:
                row_id = await self._row(tx, sight)
                if row_id is not None:
                    await _doubt_content(tx, row_id)
                    signal = Signal(id=self._cause, kind="verify", cause=self._cause, caused_at=tx.now())
                    await note(tx, row_id, signal)

        await self._db.transact(work)

    async def _row(self, tx: Transaction, sight: Sight) -> str | None:
        """The row of *sight*; one that nobody tracks is tracked from now on."""
        if sight.target.holding is not None:
            return sight.target.holding.tracked.id
        if sight.repository is None:
            return None
        return await track(tx, sight.target.provider, sight.repository, sight.branch)

    async def _renew(self, tx: Transaction, refs: Collection[str]) -> None:
        """Have *refs* processed, and put together and written whatever their hashes say."""
        cause = Cause(id=self._cause, at=tx.now())
        await tx.execute(_DOUBT, {"refs": refs_parameter(refs)})
        await enqueue(tx, refs, cause)
        for ref in refs:
            await refresh_entity(tx, ref, cause)

    async def _unfinished(self) -> int:
        """How many repositories were not settled in time; the catalog is given the rest of it to follow."""
        listener = self._db.listen(DUE)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not await self._db.read(self._done):
                    await listener.wait(1.0)
        return await self._db.read(self._open)

    async def _open(self, tx: Reading) -> int:
        row = await tx.fetch_one(_OPEN, {"cause": self._cause})
        return int(row["n"]) if row else 0

    async def _done(self, tx: Reading) -> bool:
        """Whether nothing follows any more. One snapshot: a look gives the catalog work, and that may ask for a look."""
        return not await self._open(tx) and await at_rest(tx)


async def _doubt_content(tx: Transaction, row_id: str) -> None:
    """Forget the blobs of what is stored with other bytes than theirs, so that these files are read again."""
    for row in await tx.fetch(_HELD, {"repository": row_id}):
        if not still_right({column.name: row[column.name] for column in SOURCES.c}, row["blob"]):
            await tx.execute(_FORGET, {"repository": row_id, "file": row["path"]})
