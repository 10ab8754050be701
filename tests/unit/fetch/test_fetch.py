import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2
import pytest

from cuelight.clock import SECOND, ManualClock
from cuelight.errors import ConfigurationError, HostDenied, HostError, HostUnavailable, TooLargeError
from cuelight.fetch import Fetch, FetchSection, Origin, Purpose, spending
from cuelight.options import ByteSize

BASE = "https://host.example/api"
NOW = 1_767_225_600


class Host:
    """A host whose answers a test gives, by path, and what it was asked."""

    def __init__(self, *answers: httpx2.Response, response_limit: int = 1000) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.clock = ManualClock(NOW * SECOND)
        self.seen: list[tuple[str, str, str, int | None]] = []
        self.fetch = Fetch(
            FetchSection(response_limit=ByteSize(response_limit)),
            self.clock,
            observe=lambda host, kind, purpose, status, _: self.seen.append((host, kind, purpose, status)),
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


def limits(remaining: int, limit: int = 1000) -> dict[str, str]:
    """What an answer says of the hour, which ends in 90 seconds."""
    return {
        "x_ratelimit_limit": str(limit),
        "x_ratelimit_remaining": str(remaining),
        "x_ratelimit_reset": str(NOW + 90),
    }


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

    assert host.fetch.counts == {("host.example", "thing", "events"): 3}
    assert host.seen == [("host.example", "thing", "events", status) for status in (200, 404, 500)]


async def test_requests_are_counted_by_their_purpose():
    host = Host(answered(200))

    with spending("sweep"):
        await host.origin.get("/x", kind="thing")

    assert host.fetch.counts == {("host.example", "thing", "sweep"): 1}


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
        "https://user:hunter2/more@host.example",
        "https://user:hunter2@host.example:abc",
        "https://user:more@hunter2@host.example",
        "https://host.example/?a=1",
        "https://host.example/#a",
        "https://[",
        "",
    ],
)
def test_a_base_address_that_is_none_is_a_configuration_error_without_its_password(base):
    with pytest.raises(ConfigurationError) as caught:
        Fetch(FetchSection(), ManualClock(), transport=httpx2.MockTransport(lambda _: answered(200))).for_host(base)
    assert "hunter2" not in f"{caught.value.message}{caught.value.__cause__}"


async def test_a_question_is_posted_as_json():
    host = Host(answered(200, b"{}"))

    answer = await host.origin.post("/graphql", b'{"query":"{a}"}', kind="thing")

    sent = host.asked[0]
    assert (sent.method, sent.content, sent.headers["content-type"]) == ("POST", b'{"query":"{a}"}', "application/json")
    assert (answer.request, sent.headers["authorization"]) == (f"POST {BASE}/graphql", "Bearer hunter2")


async def test_a_posted_question_is_redirected_nowhere():
    host = Host(answered(307, location="/elsewhere"), answered(200))

    assert (await host.origin.post("/x", b"{}", kind="thing")).status == 307


@pytest.mark.parametrize(("status", "unauthorized"), [(401, True), (403, False), (451, False)])
async def test_refused_credentials_are_told_from_what_they_may_not_read(status, unauthorized):
    error = await refused(Host(answered(status)))

    assert isinstance(error, HostDenied)
    assert error.unauthorized is unauthorized


async def test_an_answer_with_an_entity_tag_is_asked_for_by_it_and_served_again():
    host = Host(answered(200, b"body", etag='"1"', link="next"), answered(304))
    first = await host.origin.get("/x", kind="thing")

    second = await host.origin.get("/x", kind="thing")

    assert host.asked[1].headers["if-none-match"] == '"1"'
    assert second == first


async def test_an_answer_that_did_not_change_has_the_headers_that_the_host_says_now():
    host = Host(
        answered(200, b"body", etag='"1"', link="old", content_type="text/plain"),
        answered(304, link="new", content_type="text/html"),
        answered(304),
    )
    for _ in range(2):
        await host.origin.get("/x", kind="thing")

    answer = await host.origin.get("/x", kind="thing")

    assert (answer.status, answer.body) == (200, b"body")
    assert (answer.headers["link"], answer.headers["content-type"]) == ("new", "text/plain")
    assert answer.headers["content-length"] == "4"


@pytest.mark.parametrize("target", ["/x?per_page=100", "/x?per_page=100&page=2", "/x?cursor=abc"])
async def test_a_page_of_a_listing_is_always_asked_for_whole(target):
    host = Host(answered(200, b"1", etag='"1"'), answered(200, b"1", etag='"1"', link="next"))
    await host.origin.get(target, kind="thing")

    answer = await host.origin.get(target, kind="thing")

    assert "if-none-match" not in host.asked[1].headers
    assert answer.headers["link"] == "next"


async def test_an_answer_that_changed_replaces_what_was_kept():
    host = Host(answered(200, b"old", etag='"1"'), answered(200, b"new", etag='"2"'), answered(304))
    for _ in range(2):
        await host.origin.get("/x", kind="thing")

    assert (await host.origin.get("/x", kind="thing")).body == b"new"
    assert host.asked[2].headers["if-none-match"] == '"2"'


async def test_an_answer_that_is_gone_is_not_served_from_what_was_kept():
    host = Host(answered(200, b"old", etag='"1"'), answered(404), answered(200))
    for _ in range(2):
        await host.origin.get("/x", kind="thing")

    await host.origin.get("/x", kind="thing")

    assert "if-none-match" not in host.asked[2].headers


async def test_what_is_kept_is_kept_for_its_media_type_and_its_credentials():
    host = Host(answered(200, b"a", etag='"1"'), answered(200, b"b"), answered(200, b"c"))
    await host.origin.get("/x", kind="thing")

    await host.origin.get("/x", kind="thing", headers={"accept": "text/plain"})
    await host.fetch.for_host(BASE, {"authorization": "Bearer other"}).get("/x", kind="thing")

    assert not any("if-none-match" in request.headers for request in host.asked)


@pytest.mark.parametrize(
    ("purpose", "remaining", "is_sent"),
    [
        ("events", 1, True),
        ("events", 0, False),
        ("confirmation", 50, True),
        ("confirmation", 49, False),
        ("sweep", 150, True),
        ("sweep", 149, False),
        ("scan", 300, True),
        ("scan", 299, False),
    ],
)
async def test_a_purpose_leaves_of_the_hour_what_those_before_it_need(purpose: Purpose, remaining, is_sent):
    host = Host(answered(200, b"", **limits(remaining)), answered(200))
    await host.origin.get("/x", kind="thing")

    with spending(purpose):
        if is_sent:
            await host.origin.get("/x", kind="thing")
        else:
            await refused(host)

    assert len(host.asked) == (2 if is_sent else 1)


async def test_a_purpose_that_must_wait_is_told_until_when_and_why():
    host = Host(answered(200, b"", **limits(200)))
    await host.origin.get("/x", kind="thing")
    host.clock.advance(20)

    with spending("scan"):
        error = await refused(host)

    assert isinstance(error, HostUnavailable)
    assert error.retry_after == 70
    assert "200 of 1000 requests are left, too few for purpose scan; it resets in 70 s" in error.message


async def test_when_the_hour_is_over_every_purpose_may_ask_again():
    host = Host(answered(200, b"", **limits(0)), answered(200))
    await host.origin.get("/x", kind="thing")
    host.clock.advance(90)

    with spending("scan"):
        assert (await host.origin.get("/x", kind="thing")).status == 200


async def test_an_answer_that_was_overtaken_does_not_give_back_what_is_spent():
    host = Host(answered(200, b"", **limits(299)), answered(200, b"", **limits(301)))
    for _ in range(2):
        await host.origin.get("/x", kind="thing")

    with spending("scan"):
        assert isinstance(await refused(host), HostUnavailable)


async def test_a_limit_that_is_spent_stops_only_what_counts_against_it():
    host = Host(answered(403, b"", **limits(0)), answered(200))
    await refused(host)

    assert (await host.origin.post("/graphql", b"{}", kind="thing", resource="graphql")).status == 200


async def test_a_pause_is_for_everything_that_these_credentials_ask():
    host = Host(answered(403, b'{"message": "You have exceeded a secondary rate limit."}', **limits(500)))
    await refused(host)

    with pytest.raises(HostUnavailable, match="asked for a pause"):
        await host.origin.post("/graphql", b"{}", kind="thing", resource="graphql")


async def test_a_pause_in_the_words_of_an_answer_is_kept_too():
    host = Host(answered(200, b'{"errors": []}', retry_after="30"))
    answer = await host.origin.post("/graphql", b"{}", kind="thing")

    error = host.origin.limited(answer, "You have exceeded a secondary rate limit.")

    assert error.retry_after == 30
    assert "asked for a pause" in (await refused(host)).message


async def test_other_credentials_have_limits_of_their_own():
    host = Host(answered(200, b"", **limits(0)), answered(200))
    await host.origin.get("/x", kind="thing")

    assert (await host.fetch.for_host(BASE).get("/x", kind="thing")).status == 200


async def test_a_scan_never_takes_every_turn_so_that_an_event_need_not_wait():
    hold, sent = asyncio.Event(), []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.url.path)
        if request.url.path.endswith("/scan"):
            await hold.wait()
        return httpx2.Response(200)

    origin = origin_of(answer, concurrency=4)
    with spending("scan"):
        scans = [asyncio.create_task(origin.get("/scan", kind="thing")) for _ in range(9)]
    await asyncio.sleep(0)

    await origin.get("/event", kind="thing")

    assert sent.count("/api/scan") == 2
    hold.set()
    await asyncio.gather(*scans)


async def test_origins_of_one_host_share_its_turns():
    under_way, most = 0, 0

    async def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx2.Response(200)

    fetch = Fetch(FetchSection(concurrency=3), ManualClock(), transport=httpx2.MockTransport(answer))
    origins = [fetch.for_host(BASE, {"authorization": str(number)}) for number in range(10)]

    await asyncio.gather(*(origin.get("/x", kind="thing") for origin in origins))

    assert most == 3
