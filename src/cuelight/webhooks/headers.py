"""Which headers of a delivery are kept: what tells what it was, never what opens a door."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

_KEPT = frozenset({"content-type", "user-agent", "idempotency-key", "webhook-id", "webhook-timestamp"})
_SECRET = ("token", "secret", "signature", "auth", "cookie", "key", "password", "credential")
_LONGEST = 500
_LONGEST_NAME = 100
_MOST = 40


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """An ASGI request's headers by lower-case name; of one sent twice, the first."""
    result: dict[str, str] = {}
    for name, value in headers:
        result.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return result


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are stored: a few standard ones and the host's own (`x-…`) that hold no secret, cut to size."""
    chosen = [name for name in headers if len(name) <= _LONGEST_NAME and _is_kept(name)]
    return {name: headers[name][:_LONGEST] for name in chosen[:_MOST]}


@lru_cache(maxsize=512)
def _is_kept(name: str) -> bool:
    return name in _KEPT or (name.startswith("x-") and not any(word in name for word in _SECRET))
