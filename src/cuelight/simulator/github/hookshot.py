"""The envelope of GitHub's webhooks: headers and signatures around a payload."""

import hashlib
import hmac
import uuid
from typing import Any

import msgspec

from cuelight.simulator.core import Owner
from cuelight.simulator.courier import Hook, Parcel
from cuelight.simulator.github.installations import APP_ID


def envelope(hook: Hook, event: str, payload: dict[str, Any], owner: Owner) -> Parcel:
    """Return *payload* ready to be sent to *hook*, signed with its secret where it has one."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    body = msgspec.json.encode(payload)
    guid = str(uuid.uuid4())
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/51ca711",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(APP_ID if hook.app else owner.id),
        "X-GitHub-Hook-Installation-Target-Type": _target(hook, owner),
        **(signatures(body, hook.secret) if hook.secret else {}),
    }
    repository = payload.get("repository", {})
    return Parcel(
        hook=hook, guid=guid, event=event, repository=repository.get("full_name", ""), headers=headers, body=body
    )


def _target(hook: Hook, owner: Owner) -> str:
    if hook.app:
        return "integration"
    return "organization" if owner.kind == "Organization" else "user"


def signatures(body: bytes, secret: str) -> dict[str, str]:
    """Return both signature headers that GitHub sends."""
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    return {
        "X-Hub-Signature": f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
    }
