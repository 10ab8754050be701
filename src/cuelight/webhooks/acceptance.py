"""From a verified request to what the journal commits: its id, its events, its body compressed. Pure but for the ids."""

import zlib
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from cuelight.clock import timed_id
from cuelight.events import Event
from cuelight.journal import Accepted, State
from cuelight.scm import Delivery, Translated, Webhook, change_to_json
from cuelight.webhooks.headers import kept

LARGE = 64_000
"""Bytes from which a body is prepared in a thread."""
_WINDOW, _MEMORY = 14, 7
"""zlib's wbits and memLevel; payloads of 10 KB come out as small as with its default of 15 and 8, in half the time."""


class _Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery's translation."""

    state: State
    reason: str | None = None
    subject: str | None = None
    events: Sequence[Event] = ()


def prepare(webhook: Webhook, delivery: Delivery, document: bytes) -> Accepted:
    """Translate *delivery*, whose JSON is *document*, into what is committed. A translation that fails is a state."""
    delivery_id = timed_id(delivery.received_at)
    identity = webhook.identify(delivery)
    meaning = _meaning(webhook, delivery, document, delivery_id)
    body = delivery.body
    return Accepted(
        id=delivery_id,
        key=identity.key,
        integration=delivery.integration,
        event=identity.event,
        guid=identity.guid,
        hook=identity.hook,
        state=meaning.state,
        reason=meaning.reason,
        subject=meaning.subject,
        headers=kept(delivery.headers),
        body=body,
        sha256=sha256(body).digest(),
        received_at=delivery.received_at,
        events=meaning.events,
        compressed=_compressed(body),
    )


def _compressed(body: bytes) -> bytes:
    """*body* under zlib, with less memory than its default: what costs most of a small body is clearing that memory."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, _MEMORY)
    return compressor.compress(body) + compressor.flush()


def _meaning(webhook: Webhook, delivery: Delivery, document: bytes, delivery_id: str) -> _Meaning:
    try:
        translated = webhook.translate(delivery, document)
        return _meant(translated, _events(translated, delivery, delivery_id))
    except ValueError as error:
        return _Meaning(state="unparseable", reason=f"signed, but not a JSON object: {error}")
    except Exception as error:  # noqa: BLE001 -- a payload may break a translation in any way; the delivery is kept
        reason = f"its translation failed: {type(error).__name__}: {error}; replay it with a version that mends this"
        return _Meaning(state="failed", reason=reason)


def _meant(translated: Sequence[Translated], events: Sequence[Event]) -> _Meaning:
    """What the delivery is about; or why it says nothing to a catalog, where it does not."""
    subject = next((one.change.repository.full_name for one in translated if one.change), None)
    reason = None if subject else next((one.reason for one in translated if one.reason), None)
    return _Meaning(state="published", reason=reason, subject=subject, events=events)


def _events(translated: Sequence[Translated], delivery: Delivery, delivery_id: str) -> list[Event]:
    return [
        Event(
            id=f"{delivery_id}.{number}",
            topic=one.topic,
            key=one.key,
            data=change_to_json(one.change).decode() if one.change else "",
            time=delivery.received_at,
            cause=delivery_id,
            body=delivery_id,
        )
        for number, one in enumerate(translated)
    ]
