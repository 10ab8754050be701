"""Addresses of code hosts: which may be asked, and how one is shown. What may be a credential is never shown. Pure."""

import re
from typing import Final

import httpx2

from cuelight.errors import ConfigurationError, HostUnavailable

_AT: Final = re.compile(r"@|%40|[\uff20\ufe6b]", re.IGNORECASE)
"""What ends a user and a password, in whatever spelling they were given."""
_BEGINNING: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*://)?[^:/?#\\]*")
"""A scheme and a host, and nothing behind them."""
_HOST: Final = re.compile(r"[a-z0-9._\-]+|[0-9a-f:.]+")
_SECRETIVE: Final = re.compile(
    r"([?&][^=&]*(?:token|secret|passw|key|sig|auth|code|credential)[^=&]*=)[^&]*", re.IGNORECASE
)
"""A part of a query by whose name its value is for nobody's eyes."""


def base_address(base_url: str) -> httpx2.URL:
    """The address of a host's API; ConfigurationError, which shows no password, where *base_url* is none."""
    said = without_credentials(base_url)
    try:
        base = httpx2.URL(base_url.rstrip("/"))
    except (httpx2.InvalidURL, ValueError):
        raise ConfigurationError(f"{said!r} is no address; correct it under integrations") from None
    is_named = base.scheme in {"http", "https"} and _HOST.fullmatch(base.raw_host.decode("ascii"))
    # of https://user:1/2@host the host would be "user"
    if not is_named or _AT.search(base_url) or base.query or base.fragment:
        raise ConfigurationError(f"{said!r} is no base address; under integrations it has the form https://host/path")
    return base


def address_within(base: httpx2.URL, target: str, asked: str, seen_from: httpx2.URL | None = None) -> httpx2.URL:
    """*target*, which *asked* leads to, as a URL of the host at *base*; HostUnavailable where it is none."""
    try:
        url = seen_from.join(target) if seen_from else httpx2.URL(target)
    except (httpx2.InvalidURL, ValueError):
        raise HostUnavailable(
            f"{asked} leads to what is no address, and is not followed; check what stands between us and {base.host}"
        ) from None
    if (url.scheme, url.netloc) != (base.scheme, base.netloc) or url.userinfo:
        raise HostUnavailable(
            f"{asked} leads to {_origin(url, target)}, away from {base.scheme}://{base.netloc.decode('ascii')}, "
            "and is not followed; check the host's address under integrations"
        )
    return url


def shown(url: httpx2.URL) -> str:
    """*url* for messages: whole, but for what may be a credential."""
    plain = url.copy_with(username=None, password=None, fragment=None) if url.userinfo or url.fragment else url
    return _SECRETIVE.sub(r"\1…", str(plain))


def without_credentials(text: str) -> str:
    """What of *text*, which somebody gave for an address or a host, may be shown: its host, as far as it has one."""
    parts = _AT.split(text)
    return _BEGINNING.match(parts[-1])[0][:80]  # type: ignore[index] # it matches the empty text too


def _origin(url: httpx2.URL, target: str) -> str:
    host = url.raw_host.decode("ascii", "replace")
    is_plain = _HOST.fullmatch(host) and not (_AT.search(target) and not url.userinfo)
    return f"{url.scheme}://{host}" if is_plain else "another address"
