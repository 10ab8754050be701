"""Leases: of many processes on one database, one alone may do something, by the database's time."""

import uuid
from typing import Any

from sqlalchemy import bindparam, delete, or_

from cuelight.clock import SECOND
from cuelight.db import Database, Statement, Transaction, Words
from cuelight.schedule.tables import LEASES

TERM = 30.0
"""Seconds that a lease holds unless it is renewed: how long others wait where its holder was killed."""


def _take(words: Words) -> Any:
    """Insert it, or take it over where it is ours already or has run out; otherwise no row is touched."""
    insert = words.insert(LEASES)
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": insert.excluded.holder, "until": insert.excluded.until},
        where=or_(LEASES.c.holder == insert.excluded.holder, LEASES.c.until <= bindparam("now")),
    )


TAKE = Statement(_take)
LET_GO = Statement(delete(LEASES).where(LEASES.c.name == bindparam("name"), LEASES.c.holder == bindparam("holder")))
LET_GO_OF_ALL = Statement(delete(LEASES))


class Lease:
    """The right to do *name* alone, for one holder; every `Lease` is another one."""

    def __init__(self, db: Database, name: str, *, term: float = TERM) -> None:
        self.name = name
        self.term = term
        """Seconds that it holds unless it is renewed."""
        self._db = db
        self._holder = uuid.uuid4().hex

    async def take(self) -> bool:
        """Take it, or renew it, for another term; False where somebody else holds it."""

        async def work(tx: Transaction) -> bool:
            until = tx.now() + round(self.term * SECOND)
            row = {"name": self.name, "holder": self._holder, "until": until, "now": tx.now()}
            return await tx.execute(TAKE, row) > 0

        return await self._db.transact(work, together=True)

    async def let_go(self) -> None:
        """Let others have it at once; nothing happens where it is not ours."""
        row = {"name": self.name, "holder": self._holder}
        await self._db.transact(lambda tx: tx.execute(LET_GO, row), together=True)


async def let_go_of_leases(db: Database) -> None:
    """Let go of every lease. Only for a process that alone holds its database, at its start: nobody else has them."""
    await db.transact(lambda tx: tx.execute(LET_GO_OF_ALL))
