"""The event: one message on a topic."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from cuelight.db import Transaction


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was said to have happened.

    `id` is unique and made from what it stands for, so that publishing it twice is publishing it once. `key` names what
    it is about (a repository). `data` is a JSON document, empty where nothing is known in neutral words; `body` the
    delivery whose stored body has the rest. `time` is in microseconds; `cause` is the delivery, sweep or call behind it.
    """

    id: str
    topic: str
    key: str
    data: str
    time: int
    cause: str
    body: str | None = None


Handler = Callable[[Sequence[Event], Transaction], Awaitable[None]]
"""Records what up to 200 events mean, in the transaction that also notes that they were handled; awaits nothing but it.

An error means that none of them was handled: each is then tried alone, and again later.
"""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A named consumer group. `topics` are exact, or end with `*`. It gets every event since its `start`.

    `start`: `new` (from its first declaration on), `all` (also what is still kept), or an instant (since then).
    """

    id: str
    topics: tuple[str, ...]
    start: str | int = "new"

    def wants(self, topic: str) -> bool:
        """Whether events on *topic* are for it."""
        return any(_matches(pattern, topic) for pattern in self.topics)


def _matches(pattern: str, topic: str) -> bool:
    return topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern
