"""The deletion brake: how much of what a provider brought may go within a while before a person has to approve.

Its numbers are a row, written at start, so that every transaction that deletes, in whichever process, brakes alike.
"""

import math

import msgspec
from sqlalchemy import select

from cuelight.catalog.tables import DELETION_BRAKE
from cuelight.clock import SECOND
from cuelight.db import Reading, Statement, Transaction, upsert

_WHOLE = 1_000_000

_WRITE = Statement(
    lambda words: upsert(words, DELETION_BRAKE, keys=["id"], columns=["engaged", "share", "entities", "span"])
)
_READ = Statement(select(DELETION_BRAKE).where(DELETION_BRAKE.c.id == 0))


class Brake(msgspec.Struct, frozen=True, kw_only=True):
    """Stops what would make more than `share` (of 1) and more than `entities` go within `window` microseconds."""

    share: float = 0.2
    entities: int = 10
    window: int = 3600 * SECOND

    def stops(self, gone: int, *, of: int) -> bool:
        """Whether *gone* entities of a provider that has, or had, *of* are too many."""
        return gone > self.entities and gone > of * self.share

    def enough(self, gone: int) -> int:
        """Of how many entities *gone* may go: whoever has counted so many need not count on."""
        return math.ceil(gone / self.share)

    def __str__(self) -> str:
        return f"more than {self.share * 100:.4g} % and more than {self.entities} entities within {_span(self.window)}"


async def engage(tx: Transaction, brake: Brake | None) -> None:
    """Have every deletion from now on counted by *brake*, in every process on this database; None lets all through."""
    numbers = brake or Brake()
    row = {
        "id": 0,
        "engaged": int(brake is not None),
        "share": round(numbers.share * _WHOLE),
        "entities": numbers.entities,
        "span": numbers.window,
    }
    await tx.execute(_WRITE, row)


async def brake_in_force(tx: Reading) -> Brake | None:
    """The brake as it was engaged last; the default where it never was, None where it lets all through."""
    row = await tx.fetch_one(_READ)
    if row is None:
        return Brake()
    if not row["engaged"]:
        return None
    return Brake(share=row["share"] / _WHOLE, entities=row["entities"], window=row["span"])


def _span(microseconds: int) -> str:
    """As people say it: `1 h`, `90 s`."""
    seconds = microseconds / SECOND
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:g} s"
