"""The event system: topics over interchangeable engines.

`Event`s come in through `EventsClient.publish`, within the transaction that has a reason to publish them; each
subscription gets every event, at least once, and records what it means in a transaction of its own. What fails is tried
again with growing pauses; what keeps failing is a dead letter, with its reason, until someone replays or drops it.
A subscriber only records: the truth is read later, by whoever reconciles.
"""

from cuelight.events.backend import Backend, Message, Traits
from cuelight.events.backends import backend_class, backend_names
from cuelight.events.client import EventsClient
from cuelight.events.event import Event, Handler, Subscription
from cuelight.events.retries import RetryPolicy

__all__ = [
    "Backend",
    "Event",
    "EventsClient",
    "Handler",
    "Message",
    "RetryPolicy",
    "Subscription",
    "Traits",
    "backend_class",
    "backend_names",
]
