"""From which pages we may be called, and by which names: what a browser is kept from doing on its user's behalf.

A page of a stranger, open in somebody's browser, can send requests to this machine. Two things stop it where no token
does: a request that changes something has to come from our own pages or from one that `backend.cors` names, and
where nobody is asked for a token at all, we answer to the names of this machine alone, so that no name of a stranger's
can be made to mean it (DNS rebinding).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from cuelight.errors import NotAllowedError

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})
"""What a browser's `Sec-Fetch-Site` says of our own pages, and of an address that somebody typed."""
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::\d*)?")


class Origins:
    """*base_url* is our own address as others know it; *allowed* matches the origins of `backend.cors`.

    *names* None: we answer to any name; else to those, to that of *base_url* and to those of this machine.
    """

    def __init__(self, base_url: str, *, allowed: re.Pattern[str] | None, names: Iterable[str] | None) -> None:
        base = urlsplit(base_url)
        self._own = f"{base.scheme}://{base.netloc}".lower()
        self._allowed = allowed
        self._names = None if names is None else {base.hostname or "", *(name.strip("[]").lower() for name in names)}

    def require_our_name(self, scope: Mapping[str, Any]) -> None:
        """NotAllowedError where the request of *scope* calls us by a name that is not ours."""
        host = _header(scope, b"host")
        if self._names is None or not host:
            return
        match = _HOST.fullmatch(host)
        name = match["name"].strip("[]").rstrip(".").lower() if match else ""
        if name not in self._names and not _is_this_machine(name):
            raise NotAllowedError(
                f"this server asks nobody for a token, so it answers to names of this machine only, not to {host[:100]!r}; "
                "set backend.baseUrl to the address that you use, or configure backend.auth.externalAccess"
            )

    def require_our_page(self, scope: Mapping[str, Any]) -> None:
        """NotAllowedError where the request of *scope* would change something, and a page that is not ours sends it."""
        if scope["method"] in _SAFE or self._is_from_us(scope):
            return
        origin = _header(scope, b"origin")
        if origin and self._allowed is not None and self._allowed.fullmatch(origin):
            return
        raise NotAllowedError(
            f"a page of {origin[:100] or 'another site'} may not change anything here; "
            "send a token, or name its origin in backend.cors.origin"
        )

    def _is_from_us(self, scope: Mapping[str, Any]) -> bool:
        """What is said by a browser that knows, else by the origin; programs say neither."""
        site = _header(scope, b"sec-fetch-site")
        if site:
            return site in _OURS
        origin = _header(scope, b"origin").lower()
        return not origin or origin == self._own or _place(origin) == _header(scope, b"host").lower()


def _place(origin: str) -> str | None:
    """Host and port of *origin*; None where it is none (`null` is what a page without one says)."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _is_this_machine(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    found: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return found.decode("latin-1").strip()
