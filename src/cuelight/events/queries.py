"""Reading the event system's rows."""

from collections.abc import Mapping

from cuelight.db import Database
from cuelight.events.statements import COUNT_DEAD_LETTERS


async def count_dead_letters(db: Database) -> Mapping[str, int]:
    """How many dead letters each subscription has; those without any are left out."""
    rows = await db.read(lambda tx: tx.fetch(COUNT_DEAD_LETTERS))
    return {row["subscription"]: row["dead"] for row in rows}
