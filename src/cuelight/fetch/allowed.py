"""`backend.reading.allow` at work: which addresses outside of the configured hosts may be read. Pure.

The same parser that reads an address here is the one that is asked for it later (`httpx2.URL`), so nothing can be two
things to us.
"""

import ipaddress
import posixpath
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

import httpx2
import msgspec

from cuelight.fetch.addresses import shown, without_credentials
from cuelight.fetch.config import AllowedHost

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST: Final = 8192
"""Characters of an address."""
_USUAL: Final = {"http": 80, "https": 443}
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_PUBLIC: Final = ipaddress.ip_network("2000::/3")
"""What is handed out of version 6; the rest is for one network, one machine, or nobody."""
_RELAYS: Final = ipaddress.ip_network("192.88.99.0/24")
_PRIVATE: Final = ipaddress.ip_network("fc00::/7")
_METADATA: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "169.254.0.0/16",
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle
            "fd00:c1::a9fe:a9fe",  # Oracle
            "fd00:ec2::/32",  # AWS
            "fd20:ce::254",  # Google
            "fd00:42::42",  # Scaleway
        ),
    )
)
"""Where clouds hand out what their machines are trusted with."""


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """That an address may be read, by which `entry`. `private`: also where its host has an address of a private network."""

    entry: str
    host: str
    private: bool

    def allows(self, address: Address) -> bool:
        """Whether the machine at *address* may be asked for this host."""
        if str(address) == self.host:
            return True  # it was allowed by this very address
        plain = _plain(address)
        if any(plain in network for network in _METADATA) or plain.is_link_local or plain.is_unspecified:
            return False
        return _is_public(plain) or (self.private and _is_private(plain))


class Allowed:
    """The hosts that may be read although no integration serves them."""

    def __init__(self, hosts: Sequence[AllowedHost] = ()) -> None:
        self._hosts = tuple(hosts)

    def permit(self, url: httpx2.URL) -> Permit | None:
        """What allows *url* to be read; None where nothing does."""
        host = url.host.lower()
        for allowed in self._hosts:
            if _is_meant(allowed, host, url):
                is_private = allowed.private or host == "localhost"
                return Permit(entry=allowed.host, host=host.strip("[]"), private=is_private)
        return None

    def covers(self, text: str) -> bool:
        """Whether the address *text* may be read."""
        url = address(text)
        return url is not None and self.permit(url) is not None


def not_allowed(text: str) -> str:
    """Why the address *text* is not read, in Backstage's words; what may be a credential in it is left out."""
    url = address(text)
    named = shown(url) if url else without_credentials(text) if "@" in text else text
    return (
        f"NotAllowedError: Reading from '{named}' is not allowed. You may need to configure an integration "
        "for the target host, or add it to the configured list of allowed hosts at 'backend.reading.allow'"
    )


def address(text: str) -> httpx2.URL | None:
    """*text* as an address that can be asked for: http or https, a host, and no user; None where it is none."""
    if len(text) > LONGEST:
        return None
    try:
        url = httpx2.URL(text)
        port = url.port
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        return None
    whole = url.scheme in _USUAL and url.host and not url.userinfo and (port is None or 0 < port < 65536)
    return url.copy_with(fragment=None) if whole else None


def _is_meant(allowed: AllowedHost, host: str, url: httpx2.URL) -> bool:
    low, high = allowed.ports or (0, 0)
    port = url.port or _USUAL[url.scheme]
    is_port = low <= port <= high if allowed.ports else url.port is None
    is_host = host.endswith(allowed.name[1:]) if allowed.name.startswith("*.") else host == allowed.name
    return is_host and is_port and _is_path(allowed.paths, url)


def _is_path(paths: Sequence[str], url: httpx2.URL) -> bool:
    """Whether the path of *url* begins with one of *paths*, by whatever means its host takes it apart."""
    if not paths:
        return True
    readings = [posixpath.normpath(url.path), posixpath.normpath(unquote(url.path).replace("\\", "/"))]
    ends = "/" if url.path.endswith("/") else ""
    return all(any(f"{reading}{ends}".startswith(path) for path in paths) for reading in readings)


def _is_public(address: Address) -> bool:
    """Whether *address* is one of the world's."""
    if isinstance(address, ipaddress.IPv6Address):
        return address in _PUBLIC and address.is_global
    return address.is_global and not address.is_multicast and address not in _RELAYS


def _is_private(address: Address) -> bool:
    """Whether *address* is one of a private network, or of this machine."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_loopback or address in _PRIVATE
    return address in _SHARED or (address.is_private and not address.is_reserved)


def _plain(given: Address) -> Address:
    """The address of version 4 that *given* stands for, where it stands for one."""
    if isinstance(given, ipaddress.IPv4Address):
        return given
    if given in _NAT64:
        return ipaddress.IPv4Address(int(given) & 0xFFFFFFFF)
    return given.ipv4_mapped or given.sixtofour or (given.teredo or (None, None))[1] or given
