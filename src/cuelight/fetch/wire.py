"""The connections: one request sent, one answer read to its end, within limits of time and size."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Self

import httpx2
import msgspec

from cuelight import __version__
from cuelight.errors import ConfigurationError, HostUnavailable, TooLargeError
from cuelight.fetch.addresses import shown
from cuelight.fetch.answer import Answer
from cuelight.fetch.config import FetchSection
from cuelight.fetch.purposes import purpose_now
from cuelight.fetch.unpacking import Unpacking
from cuelight.options import ByteSize

ERROR_BYTES = 65_536
"""How much of an error's body is read: what it says, not more."""

_DIRECT: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
_LOST: Final = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """How a request is sent: its kind (for counting), its headers, its JSON (None: GET), and its own limit for the answer.

    `resource` is the host's name for the rate limit that it counts against; `limit` is in bytes.
    """

    kind: str
    headers: Mapping[str, str]
    document: bytes | None = None
    resource: str = "core"
    limit: int | None = None

    @property
    def method(self) -> str:
        """GET, or POST with a document."""
        return "GET" if self.document is None else "POST"


class Unreachable(HostUnavailable):
    """No connection to the host came about, so that nothing was sent."""


class Wire:
    """Connections to every host, within *limits*; *client* holds them."""

    def __init__(self, limits: FetchSection, client: httpx2.AsyncClient, *, wary: bool = False) -> None:
        self._limits = limits
        self._client = client
        self._is_wary = wary

    @classmethod
    def to_hosts(cls, limits: FetchSection, transport: httpx2.AsyncBaseTransport | None = None) -> Self:
        """A wire to code hosts, whose connections are kept; *transport* stands in for the network."""
        kept = httpx2.Limits(max_connections=None, max_keepalive_connections=limits.concurrency)
        return cls(limits, _client(limits, kept, transport))

    @classmethod
    def outside(cls, limits: FetchSection, *, proxies: bool) -> Self:
        """A wire to whom nobody vouches for: no connection is kept, and what is packed is unpacked with care.

        With *proxies* it goes through those that the environment names, else past them.
        """
        kept = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        transport = None if proxies else httpx2.AsyncHTTPTransport(limits=kept)
        return cls(limits, _client(limits, kept, transport), wary=True)

    async def send(self, url: httpx2.URL, call: Call, *, pin: str | None = None) -> Answer:
        """Send *call* to *url* and follow no redirect; *pin* is the address of its host that is connected to.

        HostUnavailable where no answer comes, TooLargeError past the call's limit (unpacked; `responseLimit` if None).
        """
        try:
            async with asyncio.timeout(self._limits.timeout):
                return await self._exchange(url, call, pin)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{named(call, url)} failed: {reason}; it is asked again later") from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise HostUnavailable(f"{named(call, url)} was not answered in time; it is asked again later") from error
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise HostUnavailable(f"{named(call, url)} failed: {reason}; it is asked again later") from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _exchange(self, url: httpx2.URL, call: Call, pin: str | None) -> Answer:
        """Send and read. Sent once more where the host had closed a connection while it was idle: all we send only asks."""
        attempt = _Attempt()
        request = self._request(url, call, pin)
        request.extensions["trace"] = attempt.trace
        try:
            response = await self._client.send(request, stream=True)
        except _LOST:
            if attempt.connected:
                raise
            response = await self._client.send(request, stream=True)
        try:
            return await self._read(response, named(call, url), call.limit)
        finally:
            await response.aclose()

    def _request(self, url: httpx2.URL, call: Call, pin: str | None) -> httpx2.Request:
        """The request; with a *pin* it goes to that address, and its host is still asked, and has to prove itself, by name."""
        headers = {**call.headers, **({} if call.document is None else {"content-type": "application/json"})}
        if self._is_wary:
            headers["accept-encoding"] = "gzip"
        if pin is None:
            return self._client.build_request(call.method, url, headers=headers, content=call.document)
        named_host = {**headers, "host": url.netloc.decode("ascii")}
        pinned = url.copy_with(host=pin)
        request = self._client.build_request(call.method, pinned, headers=named_host, content=call.document)
        request.extensions["sni_hostname"] = url.host
        return request

    async def _read(self, response: httpx2.Response, request: str, own_limit: int | None) -> Answer:
        limit = self._limits.response_limit if own_limit is None else own_limit
        failed = response.status_code >= 400
        bound = ERROR_BYTES if failed else limit
        body = bytearray()
        async for chunk in self._pieces(response, request, bound):
            body += chunk
            if len(body) > bound:
                break
        if len(body) > bound and not failed:
            mend = "" if own_limit is not None else "; raise backend.fetch.responseLimit where that is too little"
            raise TooLargeError(f"{request} was answered with more than {ByteSize(limit)}, which was not read{mend}")
        headers = dict(response.headers.items())
        return Answer(request=request, status=response.status_code, headers=headers, body=bytes(body[:bound]))

    def _pieces(self, response: httpx2.Response, request: str, bound: int) -> AsyncIterator[bytes]:
        """The body as it comes, unpacked."""
        return _unpacked(response, request, bound) if self._is_wary else response.aiter_bytes()


async def _unpacked(response: httpx2.Response, request: str, bound: int) -> AsyncIterator[bytes]:
    unpacking = Unpacking(response.headers.get("content-encoding", ""), bound, request)
    async for piece in response.aiter_raw():
        yield unpacking.feed(piece)
    unpacking.finish()


class _Attempt:
    """Watches one request: did it get a connection of its own?"""

    def __init__(self) -> None:
        self.connected = False

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Hear what the connection pool does."""
        self.connected |= event == "connection.connect_tcp.started"


def named(call: Call, url: httpx2.URL) -> str:
    """What is asked, of whom and what for, as messages have it: `GET https://… (tree, for events)`."""
    return f"{call.method} {shown(url)} ({call.kind}, for {purpose_now()})"


def _client(
    limits: FetchSection, kept: httpx2.Limits, transport: httpx2.AsyncBaseTransport | None
) -> httpx2.AsyncClient:
    try:
        return httpx2.AsyncClient(
            transport=transport,
            mounts=_DIRECT,  # a proxy from the environment is for the world, not for this machine
            timeout=httpx2.Timeout(limits.timeout, connect=limits.connect_timeout, pool=None),
            limits=kept,
            headers={"user-agent": f"cuelight/{__version__}"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
    except (httpx2.InvalidURL, ValueError):  # whose words may hold a part of the proxy's password
        raise ConfigurationError(
            "a proxy that the environment names has no address of the form http://user:password@host:port; "
            "correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, and percent-encode what is special in the password"
        ) from None
