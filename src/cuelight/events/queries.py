"""Reading the event system's rows, and forgetting old ones."""

from collections.abc import Mapping

from cuelight.db import Database, Transaction
from cuelight.events.statements import COUNT_DEAD_LETTERS, DROP_EVENTS, DROP_LEDGER


async def count_dead_letters(db: Database) -> Mapping[str, int]:
    """How many dead letters each subscription has; those without any are left out."""
    rows = await db.read(lambda tx: tx.fetch(COUNT_DEAD_LETTERS))
    return {row["subscription"]: row["dead"] for row in rows}


async def forget_events(tx: Transaction, causes: str) -> None:
    """Forget every event of *causes* (a JSON array of ids) and that it was handled. Only for what is done with."""
    await tx.execute(DROP_LEDGER, {"causes": causes})
    await tx.execute(DROP_EVENTS, {"causes": causes})
