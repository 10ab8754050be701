"""The event system's door: publish, subscribe, replay."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from cuelight.clock import Clock
from cuelight.db import Database, Transaction
from cuelight.errors import ConfigurationError, ConflictError
from cuelight.events.backend import Backend
from cuelight.events.consumer import Consumer
from cuelight.events.event import Event, Handler, Subscription
from cuelight.events.retries import RetryPolicy
from cuelight.events.statements import (
    ALL_SUBSCRIPTIONS,
    DELETE_DEAD_LETTERS,
    EVENTS_BY_ID,
    INSERT_EVENT,
    UPSERT_SUBSCRIPTION,
    event_of,
)
from cuelight.telemetry import Metrics

_log = structlog.get_logger(__name__)


class EventsClient:
    """Events over one engine. First `subscribe`, then `open`, then `publish`; `run` handles what arrives."""

    def __init__(
        self, db: Database, backend: Backend, clock: Clock, metrics: Metrics, policy: RetryPolicy | None = None
    ) -> None:
        self._db = db
        self._backend = backend
        self._clock = clock
        self._metrics = metrics
        self._policy = policy or RetryPolicy()
        self._subscriptions: dict[str, Subscription] = {}
        self._opened = False

    def subscribe(self, name: str, topics: Sequence[str], handler: Handler, *, start: str | int = "new") -> None:
        """Let *handler* get every event on *topics* (exact, or ending with `*`), as a member of subscription *name*."""
        if self._opened:
            raise ConfigurationError(f"subscription {name} came after the event system was opened; subscribe first")
        if name in self._subscriptions:
            raise ConflictError(f"there are two subscriptions called {name}; give each its own name")
        self._subscriptions[name] = Subscription(id=name, topics=tuple(topics), handler=handler, start=start)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who subscribed."""
        return tuple(self._subscriptions.values())

    async def open(self) -> None:
        """Make a row of each subscription. From now on each gets whatever is published, whether it runs or not."""
        fresh = await self._db.transact(self._declare)
        await self._backend.open(self.subscriptions, fresh)
        self._opened = True

    async def _declare(self, tx: Transaction) -> list[str]:
        known = {row["id"] for row in await tx.fetch(ALL_SUBSCRIPTIONS)}
        rows = [
            {
                "id": subscription.id,
                "topics": msgspec.json.encode(subscription.topics).decode(),
                "start": str(subscription.start),
                "created_at": tx.now(),
                "paused_at": None,
            }
            for subscription in self.subscriptions
        ]
        await tx.execute_many(UPSERT_SUBSCRIPTION, rows)
        return [name for name in self._subscriptions if name not in known]

    async def publish(self, events: Sequence[Event], transaction: Transaction | None = None) -> None:
        """Publish *events*; with *transaction* (only where the engine is transactional) if and when that commits."""
        if transaction is None:
            await self._db.transact(lambda tx: self.publish(events, tx))
            return
        now = transaction.now()
        await transaction.execute_many(INSERT_EVENT, [_row(event, now) for event in events])
        await self._backend.publish(events, transaction)
        self._metrics.events_published(len(events))

    async def replay(self, event_ids: Sequence[str], transaction: Transaction | None = None) -> int:
        """Give dead letters of *event_ids* another round of tries; how many there were.

        A subscription that handled the event already does not handle it again.
        """
        if transaction is None:
            return await self._db.transact(lambda tx: self.replay(event_ids, tx))
        dead = await transaction.fetch(DELETE_DEAD_LETTERS, {"ids": msgspec.json.encode(list(event_ids)).decode()})
        if dead:
            ids = sorted({row["event_id"] for row in dead})
            rows = await transaction.fetch(EVENTS_BY_ID, {"ids": msgspec.json.encode(ids).decode()})
            await self._backend.publish([event_of(row) for row in rows], transaction)
        return len(dead)

    async def run(self) -> None:
        """Handle what arrives, for every subscription, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for subscription in self.subscriptions:
                tasks.create_task(self.consumer(subscription.id).run(self._clock), name=f"events:{subscription.id}")

    def consumer(self, subscription: str) -> Consumer:
        """One member of *subscription*."""
        return Consumer(self._db, self._backend, self._subscriptions[subscription], self._policy, self._metrics)

    async def close(self) -> None:
        """Let go of the engine."""
        await self._backend.close()


def _row(event: Event, now: int) -> dict[str, str | int | None]:
    return {
        "id": event.id,
        "topic": event.topic,
        "key": event.key,
        "data": event.data,
        "body": event.body,
        "time": event.time,
        "cause": event.cause,
        "published_at": now,
    }
