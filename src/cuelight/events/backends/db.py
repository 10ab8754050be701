"""The engine inside our own database: publishing and acknowledging are part of the caller's transactions.

Every matching subscription gets a row in `event_queue` when an event is published. A claim moves the row's `due_at` past a
lease; acknowledging deletes the row; a lease that ends makes the row due by itself.
"""

import uuid
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import ClauseElement, bindparam, delete, func, select, update

from cuelight.clock import SECOND, Clock
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.db.statements import Words
from cuelight.events.backend import Message, Traits
from cuelight.events.event import Event, Subscription
from cuelight.events.statements import EVENTS_BY_ID, event_of
from cuelight.events.tables import EVENT_QUEUE

LEASE = 30 * SECOND
"""How long a claimed event is its claimer's, without a heartbeat."""
LONGEST_REASON = 2000
"""Characters of an error that are kept."""

_QUEUE = EVENT_QUEUE.c
_MINE = (
    _QUEUE.subscription == bindparam("subscription"),
    _QUEUE.event_id == bindparam("event"),
    _QUEUE.claim_id == bindparam("claim"),
)

ENQUEUE = Statement(lambda words: words.insert(EVENT_QUEUE).on_conflict_do_nothing())
NEXT_DUE = Statement(
    select(func.min(_QUEUE.due_at).label("due_at")).where(_QUEUE.subscription == bindparam("subscription"))
)
ACK = Statement(
    delete(EVENT_QUEUE).where(_QUEUE.subscription == bindparam("subscription"), _QUEUE.event_id == bindparam("event"))
)
RETRY = Statement(
    update(EVENT_QUEUE)
    .where(*_MINE)
    .values(due_at=bindparam("due"), claim_id=None, attempts=_QUEUE.attempts + 1, last_error=bindparam("reason"))
)
EXTEND = Statement(update(EVENT_QUEUE).where(*_MINE).values(due_at=bindparam("due")))
RELEASE = Statement(update(EVENT_QUEUE).where(*_MINE).values(due_at=bindparam("due"), claim_id=None))
ABANDON_CLAIMS = Statement(
    update(EVENT_QUEUE).where(_QUEUE.claim_id.is_not(None)).values(due_at=bindparam("due"), claim_id=None)
)


def _claim(words: Words) -> ClauseElement:
    due = words.skip_locked(
        select(_QUEUE.event_id)
        .where(_QUEUE.subscription == bindparam("subscription"), _QUEUE.due_at <= bindparam("now"))
        .order_by(_QUEUE.due_at)
        .limit(bindparam("limit"))
    )
    return (
        update(EVENT_QUEUE)
        .where(_QUEUE.subscription == bindparam("subscription"), _QUEUE.event_id.in_(words.once(due)))
        .values(due_at=bindparam("lease"), claim_id=bindparam("claim"))
        .returning(_QUEUE.event_id, _QUEUE.attempts)
    )


CLAIM = Statement(_claim)


class DatabaseBackend:
    """Events in the tables beside the journal."""

    traits = Traits(transactional=True, durable=True)

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._subscriptions: tuple[Subscription, ...] = ()
        self._wanted: dict[str, tuple[str, ...]] = {}

    async def open(self, subscriptions: Sequence[Subscription]) -> None:
        """Take *subscriptions* on."""
        self._subscriptions = tuple(subscriptions)
        self._wanted.clear()
        if self._db.exclusive:  # nobody else can hold what was claimed before this process began
            await self._db.transact(lambda tx: tx.execute(ABANDON_CLAIMS, {"due": tx.now()}))

    async def publish(self, events: Sequence[Event], transaction: Transaction | None = None) -> None:
        """Queue *events* for every subscription that wants them."""
        if transaction is None:
            await self._db.transact(lambda tx: self.publish(events, tx))
            return
        now = transaction.now()
        rows = [_queued(subscription, event.id, now) for event in events for subscription in self._wanting(event.topic)]
        if rows:
            await transaction.execute_many(ENQUEUE, rows)
            for subscription in {row["subscription"] for row in rows}:
                transaction.notify(_channel(str(subscription)))

    async def redeliver(
        self, subscription: str, events: Sequence[Event], transaction: Transaction | None = None
    ) -> None:
        """Queue *events* for *subscription* alone."""
        if transaction is None:
            await self._db.transact(lambda tx: self.redeliver(subscription, events, tx))
            return
        await transaction.execute_many(
            ENQUEUE, [_queued(subscription, event.id, transaction.now()) for event in events]
        )
        transaction.notify(_channel(subscription))

    async def receive(self, subscription: str, limit: int, seconds: float) -> Sequence[Message]:
        """Claim up to *limit* due events; wait for a commit that brings some, for at most *seconds*."""
        listener = self._db.listen(_channel(subscription))
        ahead = await self._until_due(subscription)
        if ahead > 0 and not await listener.wait(min(ahead, seconds)) and ahead > seconds:
            return ()
        return await self._db.transact(lambda tx: self._take(tx, subscription, limit), together=True)

    async def ack(self, subscription: str, messages: Sequence[Message], transaction: Transaction | None = None) -> None:
        """Forget these rows."""
        if transaction is None:
            await self._db.transact(lambda tx: self.ack(subscription, messages, tx))
            return
        rows = [{"subscription": subscription, "event": message.event.id} for message in messages]
        await transaction.execute_many(ACK, rows)

    async def retry(self, subscription: str, message: Message, delay: float, reason: str) -> None:
        """Let the row be due after *delay* seconds."""
        due = self._db.now() + round(delay * SECOND)
        mine = {**_mine(subscription, message), "due": due, "reason": reason[:LONGEST_REASON]}
        await self._db.transact(lambda tx: tx.execute(RETRY, mine), together=True)

    async def extend(self, subscription: str, messages: Sequence[Message]) -> None:
        """Move the leases."""
        await self._move(EXTEND, subscription, messages, self._db.now() + LEASE)

    async def release(self, subscription: str, messages: Sequence[Message]) -> None:
        """Make the rows due now, as if they had not been claimed."""
        await self._move(RELEASE, subscription, messages, self._db.now())

    async def close(self) -> None:
        """Nothing to let go of: the database is its opener's."""

    async def _move(self, statement: Statement, subscription: str, messages: Sequence[Message], due: int) -> None:
        rows = [{**_mine(subscription, message), "due": due} for message in messages]
        await self._db.transact(lambda tx: tx.execute_many(statement, rows), together=True)

    async def _until_due(self, subscription: str) -> float:
        """Seconds until an event is due; infinite where none is queued."""
        row = await self._db.get(NEXT_DUE, {"subscription": subscription})
        if row is None or row["due_at"] is None:
            return float("inf")
        return max(0.0, (int(row["due_at"]) - self._db.now()) / SECOND)

    async def _take(self, tx: Transaction, subscription: str, limit: int) -> Sequence[Message]:
        claim = uuid.uuid4().hex
        claimed = await tx.fetch(
            CLAIM,
            {"subscription": subscription, "now": tx.now(), "limit": limit, "lease": tx.now() + LEASE, "claim": claim},
        )
        attempts = {row["event_id"]: row["attempts"] for row in claimed}
        return [
            Message(event=event, attempt=attempts[event.id] + 1, receipt=claim) for event in await _events(tx, attempts)
        ]

    def _wanting(self, topic: str) -> tuple[str, ...]:
        """The subscriptions that want *topic*, remembered for as long as there are few topics."""
        wanting = self._wanted.get(topic)
        if wanting is None:
            wanting = tuple(subscription.id for subscription in self._subscriptions if subscription.wants(topic))
            if len(self._wanted) < 1000:
                self._wanted[topic] = wanting
        return wanting


async def _events(tx: Reading, ids: Iterable[str]) -> list[Event]:
    rows = await tx.fetch(EVENTS_BY_ID, {"ids": msgspec.json.encode(list(ids)).decode()})
    return sorted((event_of(row) for row in rows), key=lambda event: event.time)


def _queued(subscription: str, event: str, now: int) -> dict[str, str | int | None]:
    return {
        "subscription": subscription,
        "event_id": event,
        "due_at": now,
        "claim_id": None,
        "attempts": 0,
        "last_error": None,
    }


def _mine(subscription: str, message: Message) -> dict[str, str]:
    return {"subscription": subscription, "event": message.event.id, "claim": message.receipt}


def _channel(subscription: str) -> str:
    return f"events:{subscription}"


BACKEND = DatabaseBackend
