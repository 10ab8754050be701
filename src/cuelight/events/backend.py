"""What an event engine must be able to do: little enough for every engine to keep.

Retries, dead letters and the ledger are written once, in `consumer`. What an engine cannot do is a trait.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from cuelight.db import Transaction
from cuelight.events.event import Event, Subscription


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine can and cannot promise."""

    transactional: bool
    """`publish` and `ack` are part of a transaction of our database."""
    durable: bool
    """What was published survives the death of this process."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the hands of one member of a subscription, until its lease ends.

    `attempt` is 1 plus the number of failures that were reported of it; a lease that merely ended is none.
    """

    event: Event
    attempt: int
    receipt: str
    """What the engine knows this hand-over by."""


class Backend(Protocol):
    """An event engine. Every message that was published goes to every matching subscription at least once."""

    traits: Traits

    async def open(self, subscriptions: Sequence[Subscription]) -> None:
        """Connect, and see that each of *subscriptions* exists: from now on nothing published is missed by it.

        They are all that were ever declared, also by other processes, and also those that nobody handles just now.
        """
        ...

    async def publish(self, events: Sequence[Event], transaction: Transaction | None = None) -> None:
        """Hand *events* over; when this returns (or *transaction* commits) they are kept as far as the traits say."""
        ...

    async def redeliver(
        self, subscription: str, events: Sequence[Event], transaction: Transaction | None = None
    ) -> None:
        """Hand *events* over once more, at least to *subscription*; who handled them already will know them."""
        ...

    async def receive(self, subscription: str, limit: int, seconds: float) -> Sequence[Message]:
        """Up to *limit* messages, leased to the caller; none where nothing came within about *seconds*."""
        ...

    async def ack(self, subscription: str, messages: Sequence[Message], transaction: Transaction | None = None) -> None:
        """Never hand these out again. Called within the handling *transaction* by engines that are transactional."""
        ...

    async def retry(self, subscription: str, message: Message, delay: float, reason: str) -> None:
        """Nack: hand it out again after *delay* seconds, as the next attempt."""
        ...

    async def extend(self, subscription: str, messages: Sequence[Message]) -> None:
        """Heartbeat: keep the leases of *messages* for another period."""
        ...

    async def release(self, subscription: str, messages: Sequence[Message]) -> None:
        """Hand them out again at once, to anyone, not counting it as a failure: this member is leaving."""
        ...

    async def close(self) -> None:
        """Let go of connections. What is leased and unsettled is handed out again."""
        ...
