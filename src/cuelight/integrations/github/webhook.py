"""GitHub deliveries: is this one genuine, which one is it, and what JSON does it carry?

Pure: headers and bytes in, a verdict out. No sockets here, so each rule is tested with two literals.
"""

import binascii
import hmac
import re
from collections.abc import Sequence
from typing import Final

from cuelight.errors import InvalidSignature
from cuelight.integrations.github.changes import EVENTS, translate
from cuelight.scm import Delivery, Identity, Translated

_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
"""What an id in a header may look like; anything else is as good as none."""
_CHARSETS: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
_FORM_FIELD: Final = b"payload="
_UNSIGNABLE: Final = (
    "no secret for GitHub deliveries is configured; set events.modules.github.webhookSecret, "
    "and the same in the GitHub webhook's settings"
)


class GitHubWebhook:
    """The pure half of GitHub's deliveries; *secrets* are those that may have signed one, several allow rotation."""

    name = "github"
    topics = tuple(f"github.{event}" for event in EVENTS)

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    @property
    def refusal(self) -> str | None:
        """Why no delivery can be genuine: there is no secret that could have signed it."""
        return None if self._secrets else _UNSIGNABLE

    def verify(self, delivery: Delivery) -> None:
        """Raise `InvalidSignature` unless a configured secret signed *delivery*."""
        verify(delivery, secrets=self._secrets)

    def identify(self, delivery: Delivery) -> Identity:
        """Tell *delivery* from every other: by its hook, its GUID and its event."""
        return identify(delivery)

    def body(self, delivery: Delivery) -> bytes | None:
        """The JSON that *delivery* carries; None where its media type is not taken."""
        return document(delivery)

    def translate(self, delivery: Delivery, document: bytes) -> Sequence[Translated]:
        """What *document* says happened: one event, or one a repository where an app's access changed.

        ValueError where it is not JSON of an object.
        """
        return translate(_event(delivery), document)


def verify(delivery: Delivery, *, secrets: Sequence[str]) -> None:
    """Raise `InvalidSignature` unless one of *secrets* signed the bytes of *delivery*'s body.

    GitHub's older SHA-1 signature is not looked at: whoever sends it sends this one too.
    """
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    if not secrets:
        raise InvalidSignature(_UNSIGNABLE)
    given = delivery.headers.get("x-hub-signature-256")
    if given is None:
        raise InvalidSignature("the delivery is unsigned; set the same secret in the GitHub webhook's settings")
    # on bytes: compare_digest refuses str that is not ASCII, and a header may hold anything
    sent = given.encode("latin-1", "replace")
    matches = [hmac.compare_digest(sent, _signature(delivery.body, secret)) for secret in secrets]
    if not any(matches):
        raise InvalidSignature(
            "no configured secret signed this delivery; compare events.modules.github.webhookSecret "
            "with the GitHub webhook's settings"
        )


def identify(delivery: Delivery) -> Identity:
    """Tell *delivery* from every other.

    GitHub gives all hooks that one event concerns the same GUID, and a redelivery keeps it: so hook, GUID and event
    together are the key. Where the GUID is missing there is no key.
    """
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    event = _event(delivery)
    guid = _header(delivery, "x-github-delivery")
    hook = _header(delivery, "x-github-hook-id")
    key = f"{hook or '-'}/{guid}/{event}" if guid else None
    return Identity(key=key, event=event, guid=guid, hook=hook)


def document(delivery: Delivery) -> bytes | None:
    """The JSON that *delivery* carries, as it is or as the field `payload` of a form; None for any other media type.

    A form without that field carries nothing: no bytes, which are no JSON.
    """
    media_type, _, parameters = delivery.headers.get("content-type", "").partition(";")
    match media_type.strip().lower():
        case "application/json" if _charset(parameters) in _CHARSETS:
            return delivery.body
        case "application/x-www-form-urlencoded":
            fields = delivery.body.split(b"&")
            sent = next((field for field in fields if field.startswith(_FORM_FIELD)), b"")
            return _unquoted(sent.removeprefix(_FORM_FIELD))
        case _:
            return None


def _signature(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.digest(secret.encode(), body, "sha256").hex().encode()


def _unquoted(value: bytes) -> bytes:
    """A form's *value* without its percent-encoding: quoted-printable with another sign, so binascii reads it.

    urllib takes seconds for the largest body, during which nothing else would be answered.
    """
    return binascii.a2b_qp(value.replace(b"+", b" ").replace(b"=", b"%3D").replace(b"%", b"="))


def _event(delivery: Delivery) -> str:
    return _header(delivery, "x-github-event") or "unknown"


def _header(delivery: Delivery, name: str) -> str | None:
    value = delivery.headers.get(name, "").strip()
    return value if _ID.fullmatch(value) else None


def _charset(parameters: str) -> str:
    """The charset among a content type's *parameters*, in lower case; empty where there is none."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""
