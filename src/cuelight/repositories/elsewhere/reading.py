"""Reading pages again and again: what is due is claimed, asked for, and written; whoever named what changed is woken."""

import random
import uuid
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from cuelight.catalog import Cause, keys_in_use, refresh
from cuelight.catalog.reader import Absent, Answer, File, Found, Unreadable
from cuelight.clock import SECOND, Clock, timed_id
from cuelight.db import Database, Row, Transaction
from cuelight.errors import CuelightError, HostUnavailable
from cuelight.fetch import Answer as Page
from cuelight.fetch import Outside, spending
from cuelight.repositories.elsewhere.shelf import PAGES_DUE, page_key
from cuelight.repositories.elsewhere.statements import (
    ABANDON,
    BUSY,
    CLAIM,
    CONFIRMED,
    FORGET,
    FOUND,
    HELD,
    UNKNOWN,
)
from cuelight.schedule import Backoff, Pump

SLOTS: Final = 8
"""Pages that are read side by side."""
LIMIT: Final = 1024**2
"""Bytes of one page."""
LEASE: Final = 120 * SECOND
"""How long a claim holds: longer than any request may take."""
GRACE: Final = 600 * SECOND
"""For how long a page is kept that no entity names (yet)."""
SPREAD: Final = 0.5
"""By how much of it an interval may be longer, as with Backstage's: 100 s stand for 100 s to 150 s."""
AGAIN: Final = Backoff(first=15.0, cap=900.0)
"""When a page is looked at again whose host said nothing."""
_GONE: Final = frozenset({404, 410})

_log = structlog.get_logger(__name__)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the hands of one reader, as it was when it was taken."""

    id: str
    url: str
    state: str
    etag: str | None
    modified: str | None
    attempts: int
    since: int


class PageReader:
    """Keeps pages up to date, each read every *interval* seconds and up to half of that later; None: only on demand.

    A `Source` for a pump. Of several processes each page is one's: whoever claims it.
    """

    name = "pages"

    def __init__(self, db: Database, outside: Outside, clock: Clock, interval: float | None) -> None:
        self._db = db
        self._outside = outside
        self._clock = clock
        self._interval = interval

    async def run(self) -> None:
        """Work until cancelled."""
        await Pump(self, self._db.listen(PAGES_DUE), self._clock, slots=SLOTS).run()

    async def recover(self) -> int:
        """Let go of what a process that died held. Only for one that has the database to itself, before it runs."""
        return await self._db.transact(lambda tx: tx.execute(ABANDON, {"now": tx.now()}))

    async def busy(self) -> bool:
        """Whether a page is due, or being read."""
        return await self._db.get(BUSY, {"now": self._db.now()}) is not None

    async def read(self, url: str) -> Answer:
        """What *url* holds at this moment, for whoever only asks; nothing of it is stored."""
        try:
            page = await self._outside.get(url, limit=LIMIT)
        except CuelightError as error:
            return Unreadable(reason=error.message)
        if page.status in _GONE:
            return Absent(reason=f"there is nothing at {url}")
        return Found(files=(File(url=url, content=page.body),))

    async def claim(self, limit: int) -> Sequence[Claim]:
        """Claim what is due."""
        now = self._db.now()
        row = {"now": now, "limit": limit, "lease": now + LEASE, "claim": uuid.uuid4().hex}
        if await self._db.get(BUSY, {"now": now}) is None:
            return ()
        claimed = await self._db.transact(lambda tx: tx.fetch(CLAIM, row), together=True)
        return [_claim(each) for each in claimed]

    async def handle(self, item: Claim) -> None:
        """Read one page that was claimed, or forget it."""
        if await self._forgotten(item):
            return
        try:
            with spending("scan"):
                page = await self._outside.get(item.url, headers=_only_if_changed(item), limit=LIMIT)
        except CuelightError as error:
            await self._unknown(item, error)
            return
        found = None if page.status == 304 else _found(page)
        await self._db.transact(lambda tx: self._write(tx, item, found))

    async def _forgotten(self, item: Claim) -> bool:
        """Whether no entity names the page any more; then its row is gone."""

        async def look(tx: Transaction) -> bool:
            key = page_key(item.url)
            if tx.now() - item.since < GRACE or key in await keys_in_use(tx, [key]):
                return False
            await tx.execute(FORGET, {"page": item.url, "claim": item.id})
            return True

        return await self._db.transact(look)

    async def _write(self, tx: Transaction, item: Claim, found: Mapping[str, Any] | None) -> None:
        """Write what was *found*; None: what is known already."""
        held = await tx.fetch_one(HELD, {"page": item.url, "claim": item.id})
        if held is None:
            return
        mine = {"page": item.url, "claim": item.id, "now": tx.now(), "due": self._due(tx.now(), held)}
        if found is None:
            await tx.execute(CONFIRMED, mine)
            return
        await tx.execute(FOUND, {**mine, **found})
        if (held["state"], held["content"]) != (found["as_state"], found["as_content"]):
            await self._tell(tx, item.url, held)

    async def _unknown(self, item: Claim, error: CuelightError) -> None:
        """Keep what is known, say why there is nothing newer, and look again later."""
        asked = error.retry_after if isinstance(error, HostUnavailable) else None
        delay = max(AGAIN.bound(item.attempts + 1) if asked is None else asked, 1.0) * random.uniform(1, 1 + SPREAD)

        async def write(tx: Transaction) -> None:
            held = await tx.fetch_one(HELD, {"page": item.url, "claim": item.id})
            if held is None:
                return
            due = tx.now() + round(delay * SECOND)
            await tx.execute(UNKNOWN, {"page": item.url, "claim": item.id, "due": due, "why": error.message})
            if held["state"] == "unread" and not item.attempts:
                await self._tell(tx, item.url, held)

        await self._db.transact(write)
        _log.warning("page_not_read", url=item.url, attempt=item.attempts + 1, reason=error.message)

    def _due(self, now: int, held: Row) -> int | None:
        """When the page is read again. Where somebody asked while it was being read, that is now."""
        if held["due_at"] is not None and held["due_at"] <= now:
            return now
        return None if self._interval is None else now + round(self._interval * random.uniform(1, 1 + SPREAD) * SECOND)

    async def _tell(self, tx: Transaction, url: str, held: Row) -> None:
        """Wake the entities that named *url*."""
        now = tx.now()
        cause = Cause(id=held["cause"] or f"page:{timed_id(now)}", at=held["caused_at"] or now)
        await refresh(tx, [page_key(url)], cause)


def _claim(row: Row) -> Claim:
    fields = {name: row[name] for name in ("url", "state", "etag", "modified", "attempts", "since")}
    return Claim(id=row["claim_id"], **fields)


def _only_if_changed(item: Claim) -> Mapping[str, str]:
    """The headers by which a host need not send again what is known."""
    if item.state != "present":
        return {}
    named = {"if-none-match": item.etag, "if-modified-since": item.modified}
    return {name: value for name, value in named.items() if value is not None}


def _found(page: Page) -> dict[str, Any]:
    """What a row says of *page*."""
    if page.status in _GONE:
        return {"as_state": "absent", "as_content": None, "as_etag": None, "as_modified": None}
    return {
        "as_state": "present",
        "as_content": zlib.compress(page.body, 1),
        "as_etag": _short(page.headers.get("etag")),
        "as_modified": _short(page.headers.get("last-modified")),
    }


def _short(text: str | None) -> str | None:
    """*text*, unless it is longer than what anybody says in earnest."""
    return text if text is not None and len(text) <= 512 else None
