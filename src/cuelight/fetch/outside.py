"""Addresses that no integration serves: read without credentials, where `backend.reading.allow` names them, and nowhere else.

Each step is looked at anew: a host's addresses are asked for once, checked, and connected to as they are, so that
no second answer of a name server can lead elsewhere; and so is every place that a redirect leads to.
"""

import asyncio
import ipaddress
import socket
import urllib.request
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import httpx2

from cuelight.clock import Clock
from cuelight.errors import HostDenied, HostUnavailable
from cuelight.fetch.allowed import Address, Allowed, Permit, address, not_allowed
from cuelight.fetch.answer import Answer, refusal
from cuelight.fetch.config import FetchSection
from cuelight.fetch.wire import Call, Unreachable, Wire, named

REDIRECTS: Final = 5
"""How often one request may be sent elsewhere."""
MOST_ADDRESSES: Final = 4
"""Addresses of one host that are tried."""
_MOVED: Final = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host's name, and a port; OSError where it has none."""
Tell = Callable[[str, Call, int | None, float], None]
"""Is told of every request: host, what was asked, status (None: no answer came), seconds."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine knows for *host*, in the order in which it would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outside:
    """The way to what *allowed* names, each with as many turns at one time as a code host has.

    No connection is kept: nothing is read often enough, and two names may share one.
    """

    def __init__(
        self, limits: FetchSection, clock: Clock, allowed: Allowed, *, resolver: Resolve = resolve, tell: Tell
    ) -> None:
        self.allowed = allowed
        self._limits = limits
        self._clock = clock
        self._resolve = resolver
        self._tell = tell
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.concurrency))
        self._wire = Wire.outside(limits, proxies=False)
        self._by_proxy = Wire.outside(limits, proxies=True)

    async def get(self, text: str, *, headers: Mapping[str, str] | None = None, limit: int) -> Answer:
        """What is at the address *text*: 200, 304, 404 or 410, up to *limit* bytes.

        HostDenied where it may not be read, by us or by its host; HostUnavailable where nothing is known for now;
        TooLargeError past *limit*.
        """
        call = Call(kind="page", headers=headers or {}, limit=limit)
        url = address(text)
        if url is None:
            raise HostDenied(f"{text[:200]!r} is no address that is read; write it like https://host/path")
        if self.allowed.permit(url) is None:
            raise HostDenied(not_allowed(text))
        try:
            async with asyncio.timeout(self._limits.timeout):
                return self._judged(await self._follow(url, call))
        except TimeoutError as error:
            raise HostUnavailable(f"{named(call, url)} was not answered in time; it is asked again later") from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()
        await self._by_proxy.aclose()

    async def _follow(self, url: httpx2.URL, call: Call) -> Answer:
        """Ask for *url*, and for what it leads to, for as long as that is allowed."""
        asked = named(call, url)
        for _ in range(REDIRECTS + 1):
            answer = await self._ask(url, call, asked)
            location = answer.headers.get("location")
            if answer.status not in _MOVED or location is None:
                return answer
            url = _led(url, location, answer.request)
            asked = f"{url.scheme}://{url.netloc.decode('ascii')}, where {answer.request} leads,"
        raise HostUnavailable(f"{named(call, url)} is where more than {REDIRECTS} redirects lead; it is not followed")

    async def _ask(self, url: httpx2.URL, call: Call, asked: str) -> Answer:
        permit = self.allowed.permit(url)
        if permit is None:
            raise HostDenied(
                f"{asked} may not be read; configure its code host under integrations, "
                "or add its host to backend.reading.allow"
            )
        async with self._turns[permit.entry]:
            return await self._permitted(url, call, permit, asked)

    async def _permitted(self, url: httpx2.URL, call: Call, permit: Permit, asked: str) -> Answer:
        if _proxied(url):
            _require_if_numeric(url, permit, asked)
            return await self._once(self._by_proxy, url, call, None)
        unreachable = None
        for one in await self._addresses(url, permit, asked):
            try:
                return await self._once(self._wire, url, call, one)
            except Unreachable as error:
                unreachable = error
        raise unreachable or HostUnavailable(f"{asked} has no address; it is asked again later")

    async def _addresses(self, url: httpx2.URL, permit: Permit, asked: str) -> Sequence[str]:
        """The addresses of the host of *url*, as numbers, that may be asked; HostDenied where that is none of them."""
        try:
            found = await self._resolve(url.host, url.port or 0)
        except (OSError, UnicodeError) as error:
            raise HostUnavailable(f"{asked} has no address: {error}; it is asked again later") from error
        fit = [one for one in found if permit.allows(_numeric(one))]
        if found and not fit:
            raise HostDenied(_closed(asked, url.host, found[0]))
        return fit[:MOST_ADDRESSES]

    async def _once(self, wire: Wire, url: httpx2.URL, call: Call, pin: str | None) -> Answer:
        started, status = self._clock.monotonic(), None
        try:
            answer = await wire.send(url, call, pin=pin)
            status = answer.status
        finally:
            self._tell(url.host, call, status, self._clock.monotonic() - started)
        return answer

    def _judged(self, answer: Answer) -> Answer:
        """*answer*, where it says something; the error that it stands for, where not."""
        error = refusal(answer, self._clock.now())
        if isinstance(error, HostDenied):
            raise HostDenied(
                f"{answer.request} was answered {answer.status}: its host wants credentials, and none are sent to hosts "
                "of backend.reading.allow; let everybody read it, or configure an integration for its host"
            )
        if error is not None:
            raise error
        if answer.status not in {200, 304, 404, 410}:
            raise HostUnavailable(
                f"{answer.request} was answered {answer.status}, which says nothing; it is asked again later"
            )
        return answer


def _led(url: httpx2.URL, location: str, asked: str) -> httpx2.URL:
    """Where *location* leads, seen from *url*."""
    try:
        target = address(str(url.join(location)))
    except (httpx2.InvalidURL, ValueError):
        target = None
    if target is None or (url.scheme == "https" and target.scheme != "https"):
        raise HostDenied(f"{asked} leads to what is not read ({location[:100]!r}); name where it really is")
    return target


def _proxied(url: httpx2.URL) -> bool:
    """Whether the environment names a proxy for *url*: then it is the proxy that finds the host, and says what it may reach."""
    proxies = urllib.request.getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not urllib.request.proxy_bypass(url.host)


def _require_if_numeric(url: httpx2.URL, permit: Permit, asked: str) -> None:
    try:
        number = ipaddress.ip_address(url.host)
    except ValueError:
        return
    if not permit.allows(number):
        raise HostDenied(_closed(asked, url.host, url.host))


def _numeric(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _closed(asked: str, host: str, found: str) -> str:
    return (
        f"{asked} is not read: {host} is at {found}, which is no public address; where that is meant, "
        "add private: true to its entry in backend.reading.allow"
    )
