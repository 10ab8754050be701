"""How many entities a question has in all: from columns where these can tell, else by SQL."""

import msgspec

from cuelight.catalog.queries.columns import Columns, Need, View, need_of
from cuelight.catalog.queries.question import Question
from cuelight.catalog.queries.strategy import EVERYWHERE
from cuelight.catalog.queries.terms import terms_of
from cuelight.db import Database, Reading
from cuelight.model import Predicate, StartsWith


class Total(msgspec.Struct, frozen=True):
    """What is to be counted, and by which columns: whoever meets all `terms`."""

    columns: Columns
    terms: tuple[Predicate, ...]

    @property
    def need(self) -> Need:
        """The columns that it takes."""
        return need_of(self.terms)

    async def now(self, db: Database) -> int | None:
        """How many there are now; None where columns cannot tell."""
        return self._of(await self.columns.present(db, self.need))

    async def prepare(self, db: Database) -> None:
        """See that there are columns, before one looks at them from within a snapshot."""
        await self.columns.prepare(db, self.need)

    async def as_of(self, tx: Reading) -> int | None:
        """How many there are as of the snapshot *tx*; None where columns cannot tell."""
        return self._of(await self.columns.as_of(tx, self.need))

    def _of(self, view: View | None) -> int | None:
        met = None if view is None else view.meeting(self.terms)
        return None if met is None else len(met)


def total_of(question: Question, columns: Columns | None) -> Total | None:
    """What *columns* would count for *question*; None where it asks for a text, which they do not hold."""
    if columns is None or question.term:
        return None
    key = question.sort_key
    lacking = () if key is None or key in EVERYWHERE else (StartsWith(key, ""),)
    return Total(columns, (*terms_of(question.predicate), *lacking))
