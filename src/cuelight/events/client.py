"""The event system's door: publish, subscribe, replay."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from cuelight.clock import Clock
from cuelight.db import Database, Transaction
from cuelight.errors import ConfigurationError, ConflictError
from cuelight.events.backend import Backend
from cuelight.events.consumer import Consumer, Member
from cuelight.events.event import Event, Handler, Subscription
from cuelight.events.retries import RetryPolicy
from cuelight.events.statements import (
    ALL_SUBSCRIPTIONS,
    DELETE_DEAD_LETTERS,
    EVENTS_BY_ID,
    EVENTS_SINCE,
    INSERT_EVENT,
    UPSERT_SUBSCRIPTION,
    event_of,
)
from cuelight.telemetry import Metrics


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
        self._handlers: dict[str, Handler] = {}
        self._opened = False

    def subscribe(self, name: str, topics: Sequence[str], handler: Handler, *, start: str | int = "new") -> None:
        """Let *handler* get every event on *topics* (exact, or ending with `*`), as a member of subscription *name*."""
        if self._opened:
            raise ConfigurationError(f"subscription {name} came after the event system was opened; subscribe first")
        if name in self._subscriptions:
            raise ConflictError(f"there are two subscriptions called {name}; give each its own name")
        self._subscriptions[name] = Subscription(id=name, topics=tuple(topics), start=start)
        self._handlers[name] = handler

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who subscribed."""
        return tuple(self._subscriptions.values())

    async def open(self) -> None:
        """Make a row of each subscription. From now on each gets whatever is published, whether it runs or not."""
        await self._backend.open(await self._db.transact(self._declare))
        self._opened = True

    async def _declare(self, tx: Transaction) -> list[Subscription]:
        """Write the rows, and give new ones what their start asks for; every subscription that there is."""
        known = {row["id"] for row in await tx.fetch(ALL_SUBSCRIPTIONS)}
        await tx.execute_many(UPSERT_SUBSCRIPTION, [_declared(each, tx.now()) for each in self.subscriptions])
        for subscription in self.subscriptions:
            if subscription.id not in known and subscription.start != "new":
                await self._catch_up(subscription, tx)
        rows = await tx.fetch(ALL_SUBSCRIPTIONS)
        return [
            Subscription(id=row["id"], topics=msgspec.json.decode(row["topics"], type=tuple[str, ...])) for row in rows
        ]

    async def _catch_up(self, subscription: Subscription, tx: Transaction) -> None:
        since = 0 if subscription.start == "all" else int(subscription.start)
        kept = [event_of(row) for row in await tx.fetch(EVENTS_SINCE, {"since": since})]
        await self._backend.redeliver(subscription.id, [event for event in kept if subscription.wants(event.topic)], tx)

    async def publish(self, events: Sequence[Event], transaction: Transaction | None = None) -> None:
        """Publish *events*; with *transaction* (only where the engine is transactional) if and when that commits."""
        if transaction is None:
            await self._db.transact(lambda tx: self.publish(events, tx))
            return
        now = transaction.now()
        await transaction.execute_many(INSERT_EVENT, [_row(event, now) for event in events])
        await self._backend.publish(events, transaction)

    async def replay(self, event_ids: Sequence[str], transaction: Transaction | None = None) -> int:
        """Give dead letters of *event_ids* another round of tries; how many there were.

        A subscription that handled the event already does not handle it again.
        """
        if transaction is None:
            return await self._db.transact(lambda tx: self.replay(event_ids, tx))
        dead = await transaction.fetch(DELETE_DEAD_LETTERS, {"ids": _ids(event_ids)})
        rows = await transaction.fetch(EVENTS_BY_ID, {"ids": _ids({row["event_id"] for row in dead})})
        events = {row["id"]: event_of(row) for row in rows}
        for subscription in sorted({row["subscription"] for row in dead}):
            again = [events[row["event_id"]] for row in dead if row["subscription"] == subscription]
            await self._backend.redeliver(subscription, again, transaction)
        return len(dead)

    async def run(self) -> None:
        """Handle what arrives, for every subscription, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for subscription in self.subscriptions:
                tasks.create_task(self.consumer(subscription.id).run(self._clock), name=f"events:{subscription.id}")

    def consumer(self, subscription: str) -> Consumer:
        """One member of *subscription*."""
        member = Member(self._subscriptions[subscription], self._handlers[subscription])
        return Consumer(self._db, self._backend, member, self._policy, self._metrics)

    async def close(self) -> None:
        """Let go of the engine."""
        await self._backend.close()


def _ids(ids: Iterable[str]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def _declared(subscription: Subscription, now: int) -> dict[str, str | int | None]:
    return {
        "id": subscription.id,
        "topics": msgspec.json.encode(subscription.topics).decode(),
        "start": str(subscription.start),
        "created_at": now,
    }


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
