"""The mover: decides what becomes of what was let go of, once everything that might name it again was processed."""

from collections.abc import Sequence

from cuelight.catalog.channels import DONE
from cuelight.catalog.ownership import Movement, finish, movements
from cuelight.catalog.ownership.moves import ANY_MOVING
from cuelight.db import Database, Transaction


class Mover:
    """The `Source` of the moving pump: an item is all that a provider let go of with one cause."""

    name = "moving"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(self, limit: int) -> Sequence[Movement]:
        """Those that nothing has to be waited for any more. Nobody is kept from taking them too: the second finds none."""
        if await self._db.get(ANY_MOVING) is None:
            return ()
        return (await self._db.read(movements))[:limit]

    async def handle(self, movement: Movement) -> None:
        """Decide about *movement*, in one transaction."""

        async def work(tx: Transaction) -> None:
            tx.notify(DONE)
            await finish(tx, movement)

        await self._db.transact(work)
