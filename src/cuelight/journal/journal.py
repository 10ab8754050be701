"""Where a delivery is committed before it is answered.

Deliveries that arrive together share one transaction: the lane takes whatever waits, so throughput comes from batching,
never from weaker durability. With each delivery go its events, so that nothing is ever journaled and then forgotten.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from cuelight.clock import SECOND
from cuelight.db import Database, Transaction
from cuelight.events import EventsClient
from cuelight.journal.delivery import Accepted, Receipt
from cuelight.journal.rejections import Rejections
from cuelight.journal.statements import (
    DEAD_EVENTS_OF,
    EXISTING,
    INSERT_BODY,
    INSERT_DELIVERY,
    RETELL,
    RETIRE_KEY,
)
from cuelight.telemetry import Metrics

MAX_BATCH = 256
"""Deliveries that share a commit, at most."""
MAX_BATCH_BYTES = 4_000_000
"""Bytes that share a commit, at most (or one delivery of any size)."""
HASH_EXPIRES = 600 * SECOND
"""For how long a body's hash stands in for an id that the sender did not give."""

_log = structlog.get_logger(__name__)


class Journal:
    """The journal of one database."""

    def __init__(self, db: Database, events: EventsClient, metrics: Metrics) -> None:
        self._db = db
        self._events = events
        self._metrics = metrics
        self.rejections = Rejections(db)
        self._lane = db.lane(self._commit, max_items=MAX_BATCH, max_bytes=MAX_BATCH_BYTES)

    async def accept(self, delivery: Accepted) -> Receipt:
        """Commit *delivery*; when this returns, it survives anything short of the disk.

        A delivery whose id is known changes nothing, but gives its dead letters another round. One whose id is known
        with another body is kept as a conflict. ServiceUnavailableError where the database cannot be written.
        """
        receipt = await self._lane.submit(delivery, len(delivery.body))
        if receipt.outcome == "accepted":
            self._metrics.events_published(len(delivery.events))
        if receipt.outcome == "conflict":
            _log.error("delivery_conflict", delivery=receipt.id, integration=delivery.integration, guid=delivery.guid)
        return receipt

    async def _commit(self, tx: Transaction, batch: Sequence[Accepted]) -> list[Receipt]:
        self._metrics.journal_batch(len(batch))
        known = await self._known(tx, batch)
        receipts: list[Receipt] = []
        fresh: list[tuple[Accepted, str]] = []
        for delivery in batch:
            earlier = known.get(delivery.dedupe_key)
            if earlier is None:
                known[delivery.dedupe_key] = _Known(delivery.id, delivery.sha256, delivery.state)
                fresh.append((delivery, delivery.dedupe_key))
                receipts.append(Receipt(id=delivery.id, outcome="accepted"))
            elif earlier.sha256 == delivery.sha256:
                receipts.append(await self._again(tx, delivery, earlier))
            else:
                fresh.append((_conflicting(delivery, earlier.id), f"conflict:{delivery.id}"))
                receipts.append(Receipt(id=delivery.id, outcome="conflict"))
        await self._insert(tx, fresh)
        return receipts

    async def _known(self, tx: Transaction, batch: Sequence[Accepted]) -> dict[str, "_Known"]:
        """What is held under the keys of *batch*; hashes that expired are retired."""
        keys = msgspec.json.encode([delivery.dedupe_key for delivery in batch]).decode()
        known: dict[str, _Known] = {}
        for row in await tx.fetch(EXISTING, {"keys": keys}):
            if ":sha256:" in row["dedupe_key"] and row["received_at"] < tx.now() - HASH_EXPIRES:
                await tx.execute(RETIRE_KEY, {"delivery": row["id"], "retired": f"{row['dedupe_key']}:{row['id']}"})
            else:
                known[row["dedupe_key"]] = _Known(row["id"], row["sha256"], row["state"])
        return known

    async def _again(self, tx: Transaction, delivery: Accepted, earlier: "_Known") -> Receipt:
        """A doubled delivery: nothing changes, unless nothing could be made of it before, or an event of it is dead."""
        if earlier.state in {"failed", "unparseable"} and delivery.state == "published":
            await self._retell(tx, delivery, earlier)
            return Receipt(id=earlier.id, outcome="rearmed")
        dead = [row["event_id"] for row in await tx.fetch(DEAD_EVENTS_OF, {"delivery": earlier.id})]
        if dead:
            await self._events.replay(dead, tx)
        return Receipt(id=earlier.id, outcome="rearmed" if dead else "doubled")

    async def _retell(self, tx: Transaction, delivery: Accepted, earlier: "_Known") -> None:
        """Act upon a delivery that this version can read, under the id that it has had since it came first."""
        told = {"new_state": delivery.state, "new_reason": delivery.reason, "new_subject": delivery.subject}
        await tx.execute(RETELL, {"delivery": earlier.id, **told})
        events = [
            msgspec.structs.replace(
                event, id=event.id.replace(delivery.id, earlier.id), cause=earlier.id, body=earlier.id
            )
            for event in delivery.events
        ]
        await self._events.publish(events, tx)

    async def _insert(self, tx: Transaction, fresh: Sequence[tuple[Accepted, str]]) -> None:
        if not fresh:
            return
        await tx.execute_many(INSERT_DELIVERY, [_delivery_row(delivery, key) for delivery, key in fresh])
        await tx.execute_many(INSERT_BODY, [_body_row(delivery) for delivery, _ in fresh])
        events = [event for delivery, _ in fresh for event in delivery.events]
        if events:
            await self._events.publish(events, tx)


class _Known:
    """A delivery that the journal holds already."""

    __slots__ = ("id", "sha256", "state")

    def __init__(self, delivery_id: str, sha256: bytes, state: str) -> None:
        self.id = delivery_id
        self.sha256 = sha256
        self.state = state


def _conflicting(delivery: Accepted, earlier: str) -> Accepted:
    return msgspec.structs.replace(
        delivery,
        state="conflict",
        reason=f"its id is that of delivery {earlier}, whose body is another; it was kept and not acted upon",
        events=(),
    )


def _delivery_row(delivery: Accepted, key: str) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "dedupe_key": key,
        "integration": delivery.integration,
        "event": delivery.event,
        "guid": delivery.guid,
        "hook": delivery.hook,
        "state": delivery.state,
        "reason": delivery.reason,
        "subject": delivery.subject,
        "received_at": delivery.received_at,
        "headers": msgspec.json.encode(delivery.headers).decode(),
        "size": len(delivery.body),
        "sha256": delivery.sha256,
    }


def _body_row(delivery: Accepted) -> dict[str, Any]:
    compressed = delivery.compressed
    return {"delivery_id": delivery.id, "data": zlib.compress(delivery.body, 1) if compressed is None else compressed}
