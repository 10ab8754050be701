"""The columns that are kept: read when somebody needs them, followed when somebody asks again, let go of when room is short.

A column is never changed, only replaced, so whoever looks at one need not hurry: on SQLite that is a thread that reads.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from cuelight.catalog.queries.changes import NEWEST
from cuelight.catalog.queries.columns.numbers import Numbers
from cuelight.catalog.queries.columns.reading import Kept, Position, follow, position_of, read_column
from cuelight.catalog.queries.columns.view import EVERYBODY, Need, View
from cuelight.db import Database, Reading
from cuelight.model import Equals, Has, StartsWith

ROOM: Final = 32 * 1024**2
"""Bytes of columns that are kept."""
LOOKS: Final = 2
"""What turned out to be too old at the first look, or newer than the snapshot, is there at the second."""
MOST_COLUMNS: Final = 256
"""Columns that are kept; most of what is asked for without sense is small."""
MOST_KEYS: Final = 32
"""Keys of one question; with more it is SQL's."""
MOST_VAST: Final = 1_000
"""Keys that are known to have more values than a column keeps: nobody reads them anew to find that out."""
NEAR: Final = 1_000
"""Changes by which a column may be behind that is only to say whether something is rare."""
SPARE: Final = 10_000
"""Entities that may be gone and still have a number, beside as many as are there; then all of it begins anew."""


class Columns:
    """The columns of one database, in *room* bytes; up to *spare* entities that are gone may still have a number."""

    def __init__(self, room: int = ROOM, spare: int = SPARE) -> None:
        self._room = room
        self._spare = spare
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._vast: set[str] = set()
        self._numbers = Numbers()
        self._guard = threading.Lock()
        self._turn = asyncio.Lock()

    async def present(self, db: Database, need: Need) -> View | None:
        """The columns of *need* as they are now, read where that is worth it; else None."""
        for _ in range(LOOKS):
            if not await self.prepare(db, need):
                return None
            view = self._view(need.keys, position_of(await db.get(NEWEST)))
            view = view or await db.read(lambda tx: self.as_of(tx, need))
            if view is not None:
                return view
        return None

    async def prepare(self, db: Database, need: Need) -> bool:
        """See that there are the columns of *need*; whether that is worth it."""
        if not self._can_tell(need):
            return False
        if self._lacking(need.keys):
            async with self._turn:  # whoever else wants them waits, and finds them
                for key in self._lacking(need.keys):
                    await self._read(db, key)
        return self._can_tell(need)

    async def as_of(self, tx: Reading, need: Need) -> View | None:
        """The columns of *need* as of the snapshot *tx*.

        None where one of them is missing, is newer than the snapshot, or is so old that it has to be read anew.
        """
        if not self._can_tell(need):
            return None
        newest = position_of(await tx.fetch_one(NEWEST))
        numbers, kept = self._looked_up(need.keys)
        if kept is None or any(each.position.sequence > newest.sequence for each in kept.values()):
            return None
        behind = {key: each for key, each in kept.items() if each.position != newest}
        if not behind:
            return _view_of(kept)
        followed = await follow(tx, behind, newest, numbers)
        if followed is None:
            self._forget(behind)
            return None
        self._keep(followed, numbers)
        return _view_of({**kept, **followed})

    async def about(self, tx: Reading) -> Callable[[Has | Equals | StartsWith], int | None]:
        """What tells about how many entities meet a condition, as far as columns that are nearly as new as *tx* know."""
        newest = position_of(await tx.fetch_one(NEWEST)).sequence if self._kept else 0

        def count(leaf: Has | Equals | StartsWith) -> int | None:
            kept = self._kept.get(leaf.key)
            if kept is None or not 0 <= newest - kept.position.sequence <= NEAR:
                return None
            met = View({leaf.key: kept.column}).meeting((leaf,))
            return None if met is None else len(met)

        return count

    def _can_tell(self, need: Need) -> bool:
        return len(need.keys) <= MOST_KEYS and self._vast.isdisjoint(need.spelled)

    async def _read(self, db: Database, key: str) -> None:
        numbers = self._numbers
        self._keep({key: await db.read(lambda tx: read_column(tx, key, numbers))}, numbers)

    def _view(self, keys: Iterable[str], newest: Position) -> View | None:
        """The columns of *keys*, if all of them are as of *newest*."""
        _, kept = self._looked_up(keys)
        if kept is None or any(each.position != newest for each in kept.values()):
            return None
        return _view_of(kept)

    def _lacking(self, keys: Iterable[str]) -> Sequence[str]:
        with self._guard:
            return [key for key in keys if key not in self._kept]

    def _looked_up(self, keys: Iterable[str]) -> tuple[Numbers, Mapping[str, Kept] | None]:
        """The columns of *keys*, which were used just now, or None where one is missing; and the numbers in them."""
        with self._guard:
            if not all(key in self._kept for key in keys):
                return self._numbers, None
            for key in keys:
                self._kept.move_to_end(key)
            return self._numbers, {key: self._kept[key] for key in keys}

    def _keep(self, columns: Mapping[str, Kept], numbers: Numbers) -> None:
        """Keep *columns*, unless they are known as of later, or have other *numbers* than are given by now."""
        with self._guard:
            if numbers is not self._numbers:
                return
            for key, new in columns.items():
                known = self._kept.get(key)
                if known is None or known.position.sequence < new.position.sequence:
                    self._kept[key] = new
                if new.column.words is None and len(self._vast) < MOST_VAST:
                    self._vast.add(key)
            self._make_room()

    def _make_room(self) -> None:
        everybody = self._kept.get(EVERYBODY)
        if everybody is not None and len(self._numbers) > 2 * len(everybody.column.present) + self._spare:
            self._kept.clear()
            self._vast.clear()
            self._numbers = Numbers()
        taken = sum(each.column.size for each in self._kept.values())
        while taken > self._room or len(self._kept) > MOST_COLUMNS:
            taken -= self._kept.popitem(last=False)[1].column.size

    def _forget(self, keys: Iterable[str]) -> None:
        with self._guard:
            for key in keys:
                self._kept.pop(key, None)


def _view_of(kept: Mapping[str, Kept]) -> View:
    return View({key: each.column for key, each in kept.items()})
