"""Deliveries as GitHub would send them, made and signed here: nothing of the product has a hand in them."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

SECRET = "s3cret"
EVENTS = "X-GitHub-Event"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the entry point."""

    guid: str
    headers: Mapping[str, str]
    body: bytes


def delivery(body: bytes, *, event: str = "push", guid: str | None = None, **headers: str) -> Delivery:
    """*body* as a delivery that is not signed; *headers* (with underscores) come on top."""
    guid = guid or str(uuid.uuid4())
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/test",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "7",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Delivery(guid=guid, headers=sent, body=body)


def signed(one: Delivery, secret: str = SECRET) -> Delivery:
    """*one* with the signature that *secret* gives it."""
    signature = hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest()
    return msgspec.structs.replace(one, headers={**one.headers, "X-Hub-Signature-256": f"sha256={signature}"})


def push(repository: Mapping[str, Any], *, before: str, after: str, **fields: Any) -> bytes:
    """The body of a push to the main branch of *repository* (`id`, `full_name`)."""
    full_name = repository["full_name"]
    document = {
        "ref": "refs/heads/main",
        "before": before,
        "after": after,
        "created": False,
        "deleted": False,
        "forced": False,
        "repository": {
            "id": repository["id"],
            "full_name": full_name,
            "html_url": f"https://github.com/{full_name}",
            "default_branch": "main",
        },
        "commits": [],
        **fields,
    }
    return json.dumps(document).encode()
