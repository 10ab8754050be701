"""Requests that were refused: counted always, their headers kept for a while, capped."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from cuelight.clock import timed_id
from cuelight.db import Database, Transaction
from cuelight.journal.statements import INSERT_REJECTION, TRIM_REJECTIONS

KEPT = 1000
"""Refused requests that are kept."""
WAITING = 100
"""Refused requests that may wait to be written; past it they are only counted, so that a flood of forgeries costs nothing."""

_log = structlog.get_logger(__name__)


class Rejections:
    """Writes refused requests beside the requests themselves: nobody waits for them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING)

    def note(self, integration: str, status: int, reason: str, headers: Mapping[str, str]) -> None:
        """Remember one refused request, unless too many wait."""
        if self._queue.full():
            return
        now = self._db.now()
        row = {
            "id": timed_id(now),
            "integration": integration,
            "status": status,
            "reason": reason,
            "headers": msgspec.json.encode(headers).decode(),
            "received_at": now,
        }
        self._queue.put_nowait(row)

    async def run(self) -> None:
        """Write what was noted, until cancelled. What cannot be written was counted: it is no reason to end."""
        while True:
            rows = [await self._queue.get()]
            while not self._queue.empty():
                rows.append(self._queue.get_nowait())
            await self._keep(rows)

    async def _keep(self, rows: list[dict[str, Any]]) -> None:
        """Write *rows*; where that cannot be done they are let go of: what was refused must never harm what is accepted."""
        try:
            await self._db.transact(lambda tx: _write(tx, rows))
        except Exception as error:  # noqa: BLE001 -- whatever it was
            _log.warning("rejections_not_kept", count=len(rows), reason=str(error))


async def _write(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    await tx.execute_many(INSERT_REJECTION, rows)
    await tx.execute(TRIM_REJECTIONS, {"kept": KEPT})
