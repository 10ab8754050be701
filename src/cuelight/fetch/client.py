"""Requests to code hosts. One `Fetch` holds the connections; each host gets an `Origin` of it and cannot leave it."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import httpx2
import msgspec

from cuelight.clock import Clock
from cuelight.errors import ConfigurationError, HostUnavailable
from cuelight.fetch.answer import Answer, is_limited, refusal
from cuelight.fetch.config import FetchSection
from cuelight.fetch.wire import Wire

Observer = Callable[[str, str, int | None, float], None]
"""Is told of every request: host, kind, status (None: no answer came), seconds."""

REDIRECTS = 3
"""How often one request may be sent elsewhere, within its host."""

_HOST: Final = re.compile(r"[a-z0-9._\-]+|[0-9a-f:.]+")
_USER: Final = re.compile(r"//[^/@]*@")


class Fetch:
    """The one way out. *observe* is told of every request; *transport* stands in for the network."""

    def __init__(
        self,
        limits: FetchSection,
        clock: Clock,
        *,
        observe: Observer | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._wire = Wire(limits, transport)
        self._limits = limits
        self._clock = clock
        self._observe = observe
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many requests were sent, by host and kind."""
        return self._counts

    def for_host(self, base_url: str, headers: Mapping[str, str] | None = None) -> "Origin":
        """A way to the host at *base_url* and to nowhere else; *headers* (its credentials) go with every request.

        ConfigurationError where *base_url* is no http(s) address.
        """
        slots = asyncio.Semaphore(self._limits.concurrency)
        return Origin(self, _base(base_url), headers or {}, slots)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

    @property
    def clock(self) -> Clock:
        """The time that requests go by."""
        return self._clock

    async def once(self, host: str, url: httpx2.URL, call: "Call") -> Answer:
        """Send *call* to *url* of *host*, and count it; as `Wire.get`. For an `Origin`, which knows what it may ask."""
        started, status = self._clock.monotonic(), None
        try:
            answer = await self._wire.get(url, call.headers, call.limit)
            status = answer.status
        finally:
            self._counts[host, call.kind] += 1
            if self._observe:
                self._observe(host, call.kind, status, self._clock.monotonic() - started)
        return answer


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """How a request is sent: its kind (for counting), its headers, and its own limit for the answer in bytes."""

    kind: str
    headers: Mapping[str, str]
    limit: int | None = None


class Origin:
    """One host, as the credentials in *headers* reach it. No link and no redirect leads out of it."""

    def __init__(self, fetch: Fetch, base: httpx2.URL, headers: Mapping[str, str], slots: asyncio.Semaphore) -> None:
        self._fetch = fetch
        self._base = base
        self._headers = dict(headers)
        self._slots = slots
        self._resume_at = 0.0
        self.name = base.netloc.decode("ascii")

    async def get(
        self, target: str, *, kind: str, headers: Mapping[str, str] | None = None, limit: int | None = None
    ) -> Answer:
        """What the host answers for *target*: a path below its base address, percent-encoded, or a whole URL of this host.

        Redirects within the host are followed. HostUnavailable and HostDenied where the answer says that nothing is
        known; TooLargeError past *limit* bytes. Every other status, 404 among them, is returned.
        """
        call = Call(kind=kind, headers={**self._headers, **(headers or {})}, limit=limit)
        url = self._inside(f"{self._base}{target}" if target.startswith("/") else target, "a request")
        for _ in range(REDIRECTS + 1):
            answer = await self._ask(url, call)
            location = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                return answer
            url = self._inside(location, answer.request, url)
        raise HostUnavailable(f"GET {target} is redirected more than {REDIRECTS} times; it is asked again later")

    async def _ask(self, url: httpx2.URL, call: Call) -> Answer:
        async with self._slots:
            self._require_no_pause(url)
            answer = await self._fetch.once(self.name, url, call)
        error = refusal(answer, self._fetch.clock.now())
        if error is None:
            return answer
        if isinstance(error, HostUnavailable) and error.retry_after and is_limited(answer):
            self._resume_at = self._fetch.clock.monotonic() + error.retry_after
        raise error

    def _require_no_pause(self, url: httpx2.URL) -> None:
        """A host that asked for a pause gets it: whoever asks on is locked out for longer."""
        left = self._resume_at - self._fetch.clock.monotonic()
        if left > 0:
            message = f"GET {url} was not sent: {self.name} asked for a pause, of which {left:.0f} s are left"
            raise HostUnavailable(message, retry_after=left)

    def _inside(self, target: str, asked: str, base: httpx2.URL | None = None) -> httpx2.URL:
        """*target* (seen from *base*) as a URL of this host; HostUnavailable where it is none."""
        try:
            url = base.join(target) if base else httpx2.URL(target)
        except (httpx2.InvalidURL, ValueError) as error:
            raise HostUnavailable(f"{asked} leads to {target[:200]!r}, which is no address") from error
        if (url.scheme, url.netloc) != (self._base.scheme, self._base.netloc) or url.userinfo:
            raise HostUnavailable(
                f"{asked} leads to {url.scheme}://{url.host}, away from {self._base.scheme}://{self.name}, "
                "and is not followed; check the host's address under integrations"
            )
        return url


def _base(base_url: str) -> httpx2.URL:
    shown = _USER.sub("//***@", base_url)
    try:
        base = httpx2.URL(base_url.rstrip("/"))
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigurationError(f"{shown!r} is no address ({error}); correct it under integrations") from error
    is_named = base.scheme in {"http", "https"} and _HOST.fullmatch(base.raw_host.decode("ascii"))
    if not is_named or base.userinfo or base.query or base.fragment:
        raise ConfigurationError(f"{shown!r} is no base address; under integrations it has the form https://host/path")
    return base
