"""One webhook request, as bytes, before anybody has believed a word of it."""

from collections.abc import Mapping

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook request: what was sent, and to whom.

    `headers` have lower-case names; values are decoded as Latin-1, which loses no byte. `body` is what was
    signed: raw bytes. `received_at` is in microseconds since the epoch.
    """

    integration: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a delivery from every other.

    Two requests with the same `key` are the same delivery. A sender that gives no id has `key` None: the journal
    then goes by the hash of the body, for ten minutes. `event` is the sender's name of it (`push`).
    """

    key: str | None
    event: str
    guid: str | None = None
    hook: str | None = None
