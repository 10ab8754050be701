"""Requests to code hosts. One `Fetch` holds the connections; each host gets an `Origin` of it and cannot leave it."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from typing import Final

import httpx2
import msgspec

from cuelight.clock import Clock
from cuelight.errors import HostUnavailable
from cuelight.fetch.addresses import address_within, base_address
from cuelight.fetch.allowed import Allowed
from cuelight.fetch.answer import Answer, is_limited, is_spent, rate_limit, refusal, wait
from cuelight.fetch.budget import Budget
from cuelight.fetch.config import FetchSection
from cuelight.fetch.outside import Outside, Resolve, resolve
from cuelight.fetch.purposes import Purpose, purpose_now
from cuelight.fetch.shelf import Shelf
from cuelight.fetch.slots import Slots
from cuelight.fetch.wire import Call, Wire, named

Observer = Callable[[str, str, Purpose, int | None, float], None]
"""Is told of every request: host, kind, purpose, status (None: no answer came), seconds."""

REDIRECTS = 3
"""How often one request may be sent elsewhere, within its host."""

_PAGED: Final = frozenset({"page", "per_page", "cursor", "after"})
"""Parts of a query by which hosts hand out listings page by page."""
_OWN: Final = frozenset({"content-length", "content-encoding", "content-type", "transfer-encoding"})
"""Headers of a 304 that are about its own, empty body."""


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
        self.clock = clock
        self.shelf = Shelf()
        self._limits = limits
        self._wire = Wire.to_hosts(limits, transport)
        self._outsides: list[Outside] = []
        self._observe = observe
        self._counts: Counter[tuple[str, str, Purpose]] = Counter()
        self._slots: defaultdict[str, Slots] = defaultdict(lambda: Slots(limits.concurrency))
        self._numbers = itertools.count()

    @property
    def counts(self) -> Mapping[tuple[str, str, Purpose], int]:
        """How many requests were sent, by host, kind and purpose."""
        return self._counts

    def for_host(self, base_url: str, headers: Mapping[str, str] | None = None) -> "Origin":
        """A way to the host at *base_url* and to nowhere else; *headers* (its credentials) go with every request.

        Each has rate limits and pauses of its own: take one for each set of credentials. ConfigurationError where
        *base_url* is no http(s) address.
        """
        return Origin(self, base_address(base_url), headers or {}, number=next(self._numbers))

    def outside(self, allowed: Allowed, *, resolver: Resolve = resolve) -> Outside:
        """A way to the hosts that *allowed* names, and to nowhere else, without credentials."""
        way = Outside(self._limits, self.clock, allowed, resolver=resolver, tell=self._told)
        self._outsides.append(way)
        return way

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()
        for outside in self._outsides:
            await outside.aclose()

    async def once(self, host: str, url: httpx2.URL, call: Call) -> Answer:
        """Send *call* to *url* of *host*, and count it; as `Wire.send`. For an `Origin`, which knows what it may ask."""
        started, status = self.clock.monotonic(), None
        try:
            answer = await self._wire.send(url, call)
            status = answer.status
        finally:
            self._told(host, call, status, self.clock.monotonic() - started)
        return answer

    def _told(self, host: str, call: Call, status: int | None, seconds: float) -> None:
        """Count a request, and tell of it."""
        purpose = purpose_now()
        self._counts[host, call.kind, purpose] += 1
        if self._observe:
            self._observe(host, call.kind, purpose, status, seconds)

    def slots(self, host: str) -> Slots:
        """The turns of *host*, which all its origins share."""
        return self._slots[host]


class Origin:
    """One host, as one set of credentials reaches it. No link and no redirect leads out of it."""

    def __init__(self, fetch: Fetch, base: httpx2.URL, headers: Mapping[str, str], *, number: int) -> None:
        self.name = base.netloc.decode("ascii")
        self._fetch = fetch
        self._base = base
        self._headers = dict(headers)
        self._number = number
        self._resume_at = 0.0
        self._budgets: defaultdict[str, Budget] = defaultdict(Budget)

    async def get(
        self, target: str, *, kind: str, headers: Mapping[str, str] | None = None, limit: int | None = None
    ) -> Answer:
        """What the host answers for *target*: a path below its base address, percent-encoded, or a whole URL of this host.

        Redirects within the host are followed. An answer with an entity tag is kept and served again while the host
        says that nothing changed; a page of a listing is not. HostUnavailable and HostDenied where the answer says that nothing is known;
        TooLargeError past *limit* bytes. Every other status, 404 among them, is returned.
        """
        call = Call(kind=kind, headers={**self._headers, **(headers or {})}, limit=limit)
        url = self._address(target)
        for _ in range(REDIRECTS + 1):
            answer = await self._conditionally(url, call)
            location = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                return answer
            url = address_within(self._base, location, answer.request, url)
        raise HostUnavailable(
            f"{named(call, url)} is where more than {REDIRECTS} redirects lead; it is asked again later"
        )

    async def post(
        self,
        target: str,
        document: bytes,
        *,
        kind: str,
        headers: Mapping[str, str] | None = None,
        resource: str = "core",
    ) -> Answer:
        """What the host answers to the JSON *document*, which only asks; as `get`, but no redirect is followed.

        *resource* is the host's name for the rate limit that this counts against.
        """
        call = Call(kind=kind, headers={**self._headers, **(headers or {})}, document=document, resource=resource)
        return await self._ask(self._address(target), call)

    def limited(self, answer: Answer, said: str) -> HostUnavailable:
        """The error for an *answer* that asks for a pause in words of its own (*said*); the pause is kept."""
        error = HostUnavailable(
            f"{answer.request} was answered: {said[:200]}; it is asked again later",
            retry_after=wait(answer, self._fetch.clock.now()),
        )
        self._pause(answer, error)
        return error

    async def _conditionally(self, url: httpx2.URL, call: Call) -> Answer:
        """Ask for *url*; where its answer is kept, only whether it changed.

        Pages of listings are always asked for whole: a tag may cover the body alone, and hide that a page follows by now.
        """
        if _PAGED & set(url.params):
            return await self._ask(url, call)
        key: Hashable = (self._number, str(url), call.headers.get("accept"))
        kept = self._fetch.shelf.find(key)
        if kept is None or "if-none-match" in call.headers:
            answer = await self._ask(url, call)
        else:
            tagged = {**call.headers, "if-none-match": kept.headers["etag"]}
            answer = await self._ask(url, msgspec.structs.replace(call, headers=tagged))
            if answer.status == 304:
                answer = _refreshed(kept, answer) if _is_of(kept, answer) else await self._ask(url, call)
        self._fetch.shelf.keep(key, answer)
        return answer

    async def _ask(self, url: httpx2.URL, call: Call) -> Answer:
        budget = self._budgets[call.resource]
        async with self._fetch.slots(self.name).taken(purpose_now()):
            self._require_no_pause(url, call)
            self._require_budget(url, call, budget)
            answer = await self._fetch.once(self.name, url, call)
        budget.note(answer, self._fetch.clock.now())
        error = refusal(answer, self._fetch.clock.now())
        if error is None:
            return answer
        if isinstance(error, HostUnavailable) and is_limited(answer):
            self._pause(answer, error)
        raise error

    def _pause(self, answer: Answer, error: HostUnavailable) -> None:
        """Ask this host nothing for as long as it asks for. An hour's limit that is spent is the budget's to know."""
        is_budgeted = is_spent(answer) and rate_limit(answer, self._fetch.clock.now()) is not None
        if error.retry_after and ("retry-after" in answer.headers or not is_budgeted):
            self._resume_at = max(self._resume_at, self._fetch.clock.monotonic() + error.retry_after)

    def _require_no_pause(self, url: httpx2.URL, call: Call) -> None:
        """A host that asked for a pause gets it: whoever asks on is locked out for longer."""
        left = self._resume_at - self._fetch.clock.monotonic()
        if left > 0:
            message = f"{named(call, url)} was not sent: {self.name} asked for a pause, of which {left:.0f} s are left"
            raise HostUnavailable(message, retry_after=left)

    def _require_budget(self, url: httpx2.URL, call: Call, budget: Budget) -> None:
        purpose = purpose_now()
        left = budget.wait(purpose, self._fetch.clock.now())
        if left > 0:
            message = (
                f"{named(call, url)} was not sent: of the rate limit of {self.name} ({call.resource}) {budget}, "
                f"too few for purpose {purpose}; it resets in {left:.0f} s"
            )
            raise HostUnavailable(message, retry_after=left)

    def _address(self, target: str) -> httpx2.URL:
        return address_within(self._base, f"{self._base}{target}" if target.startswith("/") else target, "a request")


def _is_of(kept: Answer, answer: Answer) -> bool:
    """Whether the 304 *answer* is about *kept*: it names the same tag, or none."""
    tags = [one.headers.get("etag", "").removeprefix("W/") for one in (kept, answer)]
    return tags[1] in {"", tags[0]}


def _refreshed(kept: Answer, answer: Answer) -> Answer:
    """*kept*, of which the 304 *answer* says that it did not change: its body, and what the headers say now."""
    # https://www.rfc-editor.org/rfc/rfc9111.html#section-4.3.4
    news = {name: value for name, value in answer.headers.items() if name not in _OWN}
    return msgspec.structs.replace(kept, headers={**kept.headers, **news})
