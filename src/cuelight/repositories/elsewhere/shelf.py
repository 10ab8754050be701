"""What the catalog sees of pages: what each held when it was last read."""

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending, Unreadable
from cuelight.clock import isoformat
from cuelight.db import Reading, Row, Transaction
from cuelight.fetch import Allowed, not_allowed
from cuelight.repositories.elsewhere.statements import INSERT, MAKE_DUE, PAGE

PAGES_DUE: Final = "pages"
"""The channel on which a commit wakes whoever reads pages."""


PAGE_KEY: Final = "url:"
"""What refresh keys of pages begin with."""


def page_key(url: str) -> str:
    """The refresh key of what is at *url*."""
    return f"{PAGE_KEY}{url}"


class PageShelf:
    """The stored pages; *allowed* says which there may be."""

    def __init__(self, allowed: Allowed | None = None) -> None:
        self._allowed = allowed or Allowed()

    async def read(self, tx: Reading, url: str) -> Answer:
        """What *url* holds, as far as that is known."""
        if not self._allowed.covers(url):
            return Unreadable(reason=not_allowed(url))
        row = await tx.fetch_one(PAGE, {"page": url})
        return Pending(reason=f"{url} was not read yet") if row is None else answer_of(row)

    async def want(self, tx: Transaction, url: str, cause: Cause) -> None:
        """See that *url* is read, and kept up to date for as long as an entity has its key."""
        if not self._allowed.covers(url):
            return
        now = tx.now()
        row = {
            "url": url,
            "state": "unread",
            "cause": cause.id,
            "caused_at": cause.at,
            "since": now,
            "due_at": now,
            "lease_until": 0,
            "attempts": 0,
        }
        if await tx.execute(INSERT, row):
            tx.notify(PAGES_DUE)


async def make_due(tx: Transaction, urls: Sequence[str], cause: Cause) -> bool:
    """Have those of *urls* that are pages read again now, because of *cause*; whether there are any."""
    if not urls:
        return False
    row = {
        "pages": msgspec.json.encode(list(urls)).decode(),
        "now": tx.now(),
        "by_cause": cause.id,
        "by_caused_at": cause.at,
    }
    if not await tx.execute(MAKE_DUE, row):
        return False
    tx.notify(PAGES_DUE)
    return True


async def state_of_page(tx: Reading, url: str) -> str | None:
    """How fresh what *url* holds is, as a sentence; None where it is no page."""
    row = await tx.fetch_one(PAGE, {"page": url})
    if row is None:
        return None
    if row["reason"] is not None:
        return f"what was read of it last stays: {row['reason']}"
    if row["read_at"] is None:
        return f"{url} was not read yet"
    return f"nobody pushes there: it was read at {isoformat(row['read_at'])}, and is by interval"


def answer_of(row: Row) -> Answer:
    """What *row* says."""
    url = row["url"]
    if row["state"] == "present":
        return Found(files=(File(url=url, content=zlib.decompress(row["content"])),))
    if row["state"] == "absent":
        return Absent(reason=f"there is nothing at {url}")
    if row["reason"] is not None:
        return Unreadable(reason=row["reason"])
    return Pending(reason=f"{url} was not read yet")
