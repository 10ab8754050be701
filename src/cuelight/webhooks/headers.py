"""Which headers of a delivery are kept: what tells what it was, never what opens a door."""

from collections.abc import Iterable, Mapping

_KEPT = frozenset({"content-type", "user-agent", "idempotency-key", "webhook-id", "webhook-timestamp"})
_SECRET = ("token", "secret", "signature", "auth", "cookie", "key", "password", "credential")
_LONGEST = 500
_MOST = 40


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """An ASGI request's headers by lower-case name; of one sent twice, the first."""
    result: dict[str, str] = {}
    for name, value in headers:
        result.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return result


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are stored: a few standard ones and the host's own (`x-…`) that hold no secret, cut to size."""
    chosen = (name for name in headers if name in _KEPT or (name.startswith("x-") and not _is_secret(name)))
    return {name: headers[name][:_LONGEST] for _, name in zip(range(_MOST), chosen, strict=False)}


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET)
