import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2
import pytest

from cuelight.clock import SECOND, ManualClock
from cuelight.errors import ConfigurationError, HostDenied, HostError, HostUnavailable, TooLargeError
from cuelight.fetch import Fetch, FetchSection, Origin
from cuelight.options import ByteSize

BASE = "https://host.example/api"
NOW = 1_767_225_600


class Host:
    """A host whose answers a test gives, by path, and what it was asked."""

    def __init__(self, *answers: httpx2.Response, response_limit: int = 1000) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.clock = ManualClock(NOW * SECOND)
        self.seen: list[tuple[str, str, int | None]] = []
        self.fetch = Fetch(
            FetchSection(response_limit=ByteSize(response_limit)),
            self.clock,
            observe=lambda host, kind, status, _: self.seen.append((host, kind, status)),
            transport=httpx2.MockTransport(self._answer),
        )
        self.origin = self.fetch.for_host(BASE, {"authorization": "Bearer hunter2"})

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return self.answers.pop(0)


def answered(status: int, body: bytes = b"", **headers: str) -> httpx2.Response:
    return httpx2.Response(
        status, content=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


async def refused(host: Host) -> HostError:
    with pytest.raises(HostError) as caught:
        await host.origin.get("/x", kind="thing")
    return caught.value


async def test_an_answer_is_read_to_its_end():
    host = Host(answered(200, b"body", etag="1"))

    answer = await host.origin.get("/x?a=%20b", kind="thing")

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"body", "1")
    assert answer.request == "GET https://host.example/api/x?a=%20b"


async def test_a_request_carries_the_hosts_headers_and_its_own():
    host = Host(answered(200))

    await host.origin.get("/x", kind="thing", headers={"accept": "text/plain"})

    assert host.asked[0].headers["authorization"] == "Bearer hunter2"
    assert host.asked[0].headers["accept"] == "text/plain"


@pytest.mark.parametrize("status", [200, 304, 404, 409, 410, 422])
async def test_what_the_caller_can_judge_is_returned(status):
    assert (await Host(answered(status)).origin.get("/x", kind="thing")).status == status


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
async def test_what_says_that_nothing_is_known_is_unavailable(status):
    error = await refused(Host(answered(status)))

    assert isinstance(error, HostUnavailable)
    assert f"GET {BASE}/x was answered {status}" in error.message


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_what_an_operator_must_mend_is_denied(status):
    error = await refused(Host(answered(status, b'{"message": "Bad\\u0000 credentials"}')))

    assert isinstance(error, HostDenied)
    assert "(Bad credentials)" in error.message


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"message": 7}', b"[" * 60_000])
async def test_an_error_whose_body_says_nothing_is_an_error_all_the_same(body):
    assert isinstance(await refused(Host(answered(401, body))), HostDenied)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (answered(429, retry_after="7"), 7),
        (answered(503, retry_after="7"), 7),
        (answered(403, retry_after="7"), 7),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 90)), 90),
        (answered(429, ratelimit_remaining="0", ratelimit_reset=str(NOW + 90)), 90),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW - 90)), 1),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 10**9)), 3600),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), None),
        (answered(403, b'{"message": "You have exceeded a secondary rate limit."}'), 60),
        (answered(403, b'{"message": "API rate limit exceeded"}'), None),
        (answered(429, retry_after=format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True)), 30),
        (answered(429, retry_after="0"), 1),
        (answered(429, retry_after="9" * 30), None),
        (answered(429, retry_after="tomorrow"), None),
        (answered(429), None),
    ],
)
async def test_the_pause_that_a_host_asks_for_is_passed_on(answer, seconds):
    error = await refused(Host(answer))

    assert isinstance(error, HostUnavailable)
    assert error.retry_after == seconds


async def test_a_host_that_asked_for_a_pause_is_left_alone_until_it_ends():
    host = Host(answered(429, retry_after="60"), answered(200))
    await refused(host)
    host.clock.advance(20)

    error = await refused(host)

    assert isinstance(error, HostUnavailable)
    assert (error.retry_after, len(host.asked)) == (40, 1)


async def test_after_the_pause_a_host_is_asked_again():
    host = Host(answered(429, retry_after="60"), answered(200))
    await refused(host)
    host.clock.advance(60)

    assert (await host.origin.get("/x", kind="thing")).status == 200


async def test_a_host_that_is_down_is_not_taken_to_have_asked_for_a_pause():
    host = Host(answered(503, retry_after="60"), answered(200))
    await refused(host)

    assert (await host.origin.get("/x", kind="thing")).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_within_the_host_is_followed(status):
    host = Host(answered(status, location="/elsewhere"), answered(200))

    await host.origin.get("/x", kind="thing")

    assert [str(request.url) for request in host.asked] == [f"{BASE}/x", "https://host.example/elsewhere"]
    assert host.asked[1].headers["authorization"] == "Bearer hunter2"


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/api/x",
        "http://host.example/api/x",
        "https://host.example:444/api/x",
        "//evil.example/x",
        "https://host.example@evil.example/x",
        "https://a:b@host.example/x",
        "file:///etc/passwd",
        "https://[",
    ],
)
async def test_a_redirect_out_of_the_host_is_not_followed(location):
    host = Host(answered(302, location=location))

    assert isinstance(await refused(host), HostUnavailable)
    assert len(host.asked) == 1


async def test_redirects_in_a_circle_end():
    host = Host(*(answered(302, location="/x") for _ in range(9)))

    assert "redirected more than 3 times" in (await refused(host)).message
    assert len(host.asked) == 4


async def test_a_whole_address_of_the_host_may_be_asked_for():
    host = Host(answered(200))

    await host.origin.get("https://HOST.example:443/api/page2", kind="thing")

    assert host.asked[0].url.raw_path == b"/api/page2"


async def test_an_address_of_another_host_may_not():
    host = Host(answered(200))

    with pytest.raises(HostUnavailable, match=r"evil\.example"):
        await host.origin.get("https://evil.example/page2", kind="thing")
    assert host.asked == []


async def test_an_answer_past_the_limit_is_too_large():
    host = Host(answered(200, b"x" * 101), response_limit=100)

    with pytest.raises(TooLargeError, match=f"{BASE}/x"):
        await host.origin.get("/x", kind="thing")


async def test_an_answer_at_the_limit_is_read():
    host = Host(answered(200, b"x" * 100), response_limit=100)

    assert len((await host.origin.get("/x", kind="thing")).body) == 100


async def test_a_request_may_have_a_limit_of_its_own():
    with pytest.raises(TooLargeError):
        await Host(answered(200, b"x" * 11)).origin.get("/x", kind="thing", limit=10)


async def test_of_an_error_only_the_beginning_is_read():
    answer = await Host(answered(404, b"x" * 10**6)).origin.get("/x", kind="thing", limit=10)

    assert len(answer.body) == 65_536


async def test_requests_are_counted_and_observed():
    host = Host(answered(200), answered(404), answered(500))

    for path in ("/a", "/b"):
        await host.origin.get(path, kind="thing")
    await refused(host)

    assert host.fetch.counts == {("host.example", "thing"): 3}
    assert host.seen == [("host.example", "thing", status) for status in (200, 404, 500)]


async def test_no_cookie_is_kept():
    host = Host(answered(200, set_cookie="session=1"), answered(200))

    await host.origin.get("/x", kind="thing")
    await host.origin.get("/x", kind="thing")

    assert "cookie" not in host.asked[1].headers


async def test_no_more_requests_are_under_way_than_allowed():
    under_way, most = 0, 0

    async def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx2.Response(200)

    origin = origin_of(answer, concurrency=3)

    await asyncio.gather(*(origin.get("/x", kind="thing") for _ in range(10)))

    assert most == 3


def origin_of(answer: Callable[[httpx2.Request], object], concurrency: int = 16) -> Origin:
    transport = httpx2.MockTransport(answer)  # type: ignore[arg-type] # coroutines too
    return Fetch(FetchSection(concurrency=concurrency), ManualClock(), transport=transport).for_host(BASE)


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout(""), httpx2.ReadTimeout(""), httpx2.ProxyError("")]
)
async def test_a_request_that_gets_no_answer_is_unavailable_and_sent_once(error):
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        raise error

    with pytest.raises(HostUnavailable, match=f"GET {BASE}/x"):
        await origin_of(answer).get("/x", kind="thing")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "base",
    [
        "host.example",
        "ftp://host.example",
        "https://",
        "https://user:hunter2@host.example",
        "https://host.example/?a=1",
        "https://host.example/#a",
        "https://[",
        "",
    ],
)
def test_a_base_address_that_is_none_is_a_configuration_error_without_its_password(base):
    with pytest.raises(ConfigurationError) as caught:
        Fetch(FetchSection(), ManualClock(), transport=httpx2.MockTransport(lambda _: answered(200))).for_host(base)
    assert "hunter2" not in caught.value.message
