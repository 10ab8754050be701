"""A member of a subscription: receives, records, acknowledges; retries what failed, and buries what keeps failing.

The ledger makes the effect of handling happen once, whatever an engine delivers twice: it is written in the
transaction that records what the events mean.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog

from cuelight.clock import Clock
from cuelight.db import Database, Transaction
from cuelight.events.backend import Backend, Message
from cuelight.events.event import Event, Handler, Subscription
from cuelight.events.retries import RetryPolicy
from cuelight.events.statements import HANDLED, INSERT_DEAD_LETTER, INSERT_HANDLED
from cuelight.schedule import beating
from cuelight.telemetry import Metrics

BATCH = 200
"""Events that a handler gets at once, at most."""
HEARTBEAT = 10.0
"""Seconds between heartbeats: a third of the shortest lease."""
LONGEST_REASON = 2000
"""Characters of an error that are kept."""
POLL = 5.0
"""Seconds after which a member looks by itself."""

_log = structlog.get_logger(__name__)


class Member(msgspec.Struct, frozen=True):
    """A subscription, and the handler by which this process is a member of it."""

    subscription: Subscription
    handler: Handler


class Consumer:
    """Runs one subscription until it is cancelled."""

    def __init__(self, db: Database, backend: Backend, member: Member, policy: RetryPolicy, metrics: Metrics) -> None:
        self._db = db
        self._backend = backend
        self._subscription = member.subscription
        self._handler = member.handler
        self._policy = policy
        self._metrics = metrics

    async def run(self, clock: Clock) -> None:
        """Receive and handle, for ever. An engine or a database that is away is asked again after a moment."""
        failures = 0
        while True:
            try:
                await self.turn(POLL)
                failures = 0
            except Exception as error:  # noqa: BLE001 -- whatever it is, the subscription must go on
                failures += 1
                delay = self._policy.delay(failures)
                _log.warning(
                    "subscription_interrupted", subscription=self._subscription.id, error=str(error), retry_in=delay
                )
                await clock.sleep(delay)

    async def turn(self, seconds: float) -> int:
        """Wait up to *seconds* for events, handle them, and return how many there were."""
        messages = await self._backend.receive(self._subscription.id, BATCH, seconds)
        if not messages:
            return 0
        async with self._leased(messages):
            await self._handle(messages)
        return len(messages)

    async def _handle(self, messages: Sequence[Message]) -> None:
        try:
            await self._record(messages)
        except Exception as error:  # noqa: BLE001 -- a handler may fail in any way; none is swallowed
            if len(messages) == 1:
                await self._failed(messages[0], error)
                return
            _log.info("events_tried_alone", subscription=self._subscription.id, count=len(messages), error=str(error))
            for message in messages:
                await self._handle([message])

    async def _record(self, messages: Sequence[Message]) -> None:
        """Handle *messages* and note it, in one transaction."""
        transactional = self._backend.traits.transactional

        async def work(tx: Transaction) -> int:
            events = await self._unhandled(tx, [message.event for message in messages])
            if events:
                await tx.execute_many(INSERT_HANDLED, [self._handled(event, tx.now()) for event in events])
                await self._handler(events, tx)
            if transactional:
                await self._backend.ack(self._subscription.id, messages, tx)
            return len(events)

        handled = await self._db.transact(work)
        if not transactional:
            await self._backend.ack(self._subscription.id, messages)
        self._metrics.events_handled(self._subscription.id, "handled", handled)

    async def _unhandled(self, tx: Transaction, events: Sequence[Event]) -> list[Event]:
        ids = msgspec.json.encode([event.id for event in events]).decode()
        rows = await tx.fetch(HANDLED, {"subscription": self._subscription.id, "ids": ids})
        handled = {row["event_id"] for row in rows}
        return list({event.id: event for event in events if event.id not in handled}.values())

    def _handled(self, event: Event, now: int) -> dict[str, str | int]:
        return {"event_id": event.id, "subscription": self._subscription.id, "handled_at": now}

    async def _failed(self, message: Message, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if self._policy.exhausted(message.attempt):
            await self._bury(message, reason)
            return
        delay = self._policy.delay(message.attempt)
        await self._backend.retry(self._subscription.id, message, delay, reason)
        self._metrics.events_handled(self._subscription.id, "retried", 1)
        _log.warning(
            "event_failed",
            subscription=self._subscription.id,
            event_id=message.event.id,
            attempt=message.attempt,
            retry_in=round(delay, 3),
            error=reason,
        )

    async def _bury(self, message: Message, reason: str) -> None:
        """Make *message* a dead letter, and take it from the engine."""

        async def work(tx: Transaction) -> None:
            row = {
                "event_id": message.event.id,
                "subscription": self._subscription.id,
                "reason": reason[:LONGEST_REASON],
                "attempts": message.attempt,
                "at": tx.now(),
            }
            await tx.execute(INSERT_DEAD_LETTER, row)
            if self._backend.traits.transactional:
                await self._backend.ack(self._subscription.id, [message], tx)

        await self._db.transact(work)
        if not self._backend.traits.transactional:
            await self._backend.ack(self._subscription.id, [message])
        self._metrics.events_handled(self._subscription.id, "dead", 1)
        _log.error(
            "event_dead",
            subscription=self._subscription.id,
            event_id=message.event.id,
            attempts=message.attempt,
            error=reason,
        )

    @asynccontextmanager
    async def _leased(self, messages: Sequence[Message]) -> AsyncIterator[None]:
        """Keep the leases of *messages* alive; give them back where this member is told to leave."""
        async with beating(lambda: self._backend.extend(self._subscription.id, messages), HEARTBEAT):
            try:
                yield
            except asyncio.CancelledError:
                with suppress(Exception):
                    await asyncio.shield(self._backend.release(self._subscription.id, messages))
                raise
