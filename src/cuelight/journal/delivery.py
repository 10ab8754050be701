"""What the journal takes in, and what it says to that."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from cuelight.events import Event

State = Literal["received", "published", "unparseable", "failed", "conflict"]
"""As stored: committed; its events published; signed but not readable; its translation failed; its id was used before."""

Outcome = Literal["accepted", "doubled", "rearmed", "conflict"]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A verified delivery, ready to be committed with the events that it stands for.

    `key` tells it from every other; where the sender gives no id it is None, and the hash of the body serves for ten minutes.
    `headers` carry no secrets. `compressed` is the body under zlib, where somebody compressed it already.
    """

    id: str
    key: str | None
    integration: str
    event: str
    guid: str | None
    hook: str | None
    state: State
    reason: str | None
    subject: str | None
    headers: Mapping[str, str]
    body: bytes
    sha256: bytes
    received_at: int
    events: Sequence[Event] = ()
    compressed: bytes | None = None

    @property
    def dedupe_key(self) -> str:
        """What is unique among deliveries."""
        return (
            f"{self.integration}:{self.key}"
            if self.key is not None
            else f"{self.integration}:sha256:{self.sha256.hex()}"
        )


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's answer: the id under which the delivery is committed, and whether it was new."""

    id: str
    outcome: Outcome
