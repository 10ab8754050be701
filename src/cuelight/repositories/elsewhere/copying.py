"""Giving a database that is to be compared the pages of another: nobody there reads them anew."""

from typing import Any, Final

from sqlalchemy import bindparam, select

from cuelight.db import Database, Row, Statement, Transaction
from cuelight.repositories.elsewhere.tables import PAGES

CHUNK: Final = 20
"""Pages that are read, and written, together."""
_SOME = Statement(select(PAGES).where(PAGES.c.url > bindparam("after")).order_by(PAGES.c.url).limit(bindparam("most")))
_PUT = Statement(lambda words: words.insert(PAGES).on_conflict_do_nothing())


async def copy_pages(db: Database, other: Database) -> None:
    """Give *other* every page of *db*, due never."""
    after = ""
    while rows := await _after(db, after):
        await _put(other, [_resting(row) for row in rows])
        after = rows[-1]["url"]


async def _after(db: Database, url: str) -> list[Row]:
    return list(await db.read(lambda tx: tx.fetch(_SOME, {"after": url, "most": CHUNK})))


async def _put(db: Database, rows: list[dict[str, Any]]) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute_many(_PUT, rows)

    await db.transact(work)


def _resting(row: Row) -> dict[str, Any]:
    return {**{column.name: row[column.name] for column in PAGES.c}, "due_at": None, "lease_until": 0, "claim_id": None}
