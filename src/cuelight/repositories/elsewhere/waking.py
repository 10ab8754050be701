"""What could not be read under the last configuration, and can be under this one: whoever named it is woken at start."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import and_, bindparam, select

from cuelight.catalog import Cause, refresh
from cuelight.catalog.tables import REFRESH_KEYS
from cuelight.db import Database, Statement
from cuelight.repositories.elsewhere.shelf import PAGE_KEY
from cuelight.repositories.elsewhere.tables import PAGES

CHUNK: Final = 100
"""Keys that are looked at together."""
_BEYOND: Final = PAGE_KEY[:-1] + chr(ord(PAGE_KEY[-1]) + 1)
"""What sorts behind every key of a page."""
_UNREAD = Statement(
    select(REFRESH_KEYS.c.key)
    .where(
        and_(REFRESH_KEYS.c.key > bindparam("after"), REFRESH_KEYS.c.key < _BEYOND),
        ~select(PAGES.c.url).where(PAGE_KEY + PAGES.c.url == REFRESH_KEYS.c.key).exists(),
    )
    .group_by(REFRESH_KEYS.c.key)
    .order_by(REFRESH_KEYS.c.key)
    .limit(bindparam("most"))
)


async def wake_readable(db: Database, readable: Callable[[str], bool], cause: Cause) -> int:
    """Have those entities processed that name a URL of which nothing is stored, and which is *readable* now; how many."""
    after, woken = PAGE_KEY, 0
    while keys := await _after(db, after):
        after = keys[-1]
        fit = [key for key in keys if readable(key.removeprefix(PAGE_KEY))]
        if fit:
            woken += await _wake(db, fit, cause)
    return woken


async def _after(db: Database, key: str) -> list[str]:
    rows = await db.read(lambda tx: tx.fetch(_UNREAD, {"after": key, "most": CHUNK}))
    return [row["key"] for row in rows]


async def _wake(db: Database, keys: list[str], cause: Cause) -> int:
    return await db.transact(lambda tx: refresh(tx, keys, cause))
