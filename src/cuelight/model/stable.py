"""One text for one value: JSON that does not depend on the order of keys, and its hash."""

import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def stable_json(value: Any) -> bytes:
    """*value* as compact JSON with sorted keys."""
    return _encoder.encode(value)


def stable_hash(value: Any) -> str:
    """The SHA-1 of `stable_json`, in hexadecimal: what Backstage uses for etags and to see that nothing changed."""
    return hashlib.sha1(stable_json(value), usedforsecurity=False).hexdigest()
