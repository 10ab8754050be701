"""How much a host may be asked, by whom, and when again."""

import asyncio

import httpx2
import pytest

from cuelight.clock import ManualClock
from cuelight.errors import HostUnavailable
from cuelight.fetch import Fetch, FetchSection, Purpose, spending
from tests.unit.fetch.host import BASE, NOW, Host, answered, http_date, limits, origin_of, refused


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
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), 60),
        (answered(403, b'{"message": "You have exceeded a secondary rate limit."}'), 60),
        (answered(403, b'{"message": "API rate limit exceeded"}'), 60),
        (answered(403, b'{"message": "You have triggered an abuse detection mechanism."}'), 60),
        (answered(429, retry_after=http_date(NOW + 30)), 30),
        (answered(429, retry_after="0"), 1),
        (answered(429, retry_after="1000000000"), 3600),
        (answered(429, retry_after="9" * 5000), 3600),
        (answered(429, retry_after="-7"), 60),
        (answered(429, retry_after="tomorrow"), 60),
        (answered(429, retry_after="Mon, 01 Jan 99999 00:00:00 GMT"), 60),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="9" * 5000), 3600),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="0"), 1),
        (answered(429), 60),
    ],
)
async def test_the_pause_that_a_host_asks_for_is_passed_on(answer, seconds):
    error = await refused(Host(answer))

    assert isinstance(error, HostUnavailable)
    assert error.retry_after == seconds


@pytest.mark.parametrize("skew", [-7200, -600, 600, 7200])
@pytest.mark.parametrize("header", ["reset", "date"])
async def test_a_time_that_a_host_names_is_meant_by_its_own_clock(skew, header):
    ends = NOW + skew + 90
    named = (
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(ends)}
        if header == "reset"
        else {"retry_after": http_date(ends)}
    )

    error = await refused(Host(answered(429, b"", date=http_date(NOW + skew), **named)))

    assert isinstance(error, HostUnavailable)
    assert error.retry_after == 90


@pytest.mark.parametrize("skew", [-7200, 7200])
async def test_an_hour_that_is_spent_is_over_when_it_is_by_the_hosts_clock(skew):
    ends = {"date": http_date(NOW + skew), "x_ratelimit_remaining": "0", "x_ratelimit_reset": str(NOW + skew + 90)}
    host = Host(answered(200, b"", **ends), answered(200))
    await host.origin.get("/x", kind="thing")
    host.clock.advance(89)
    await refused(host)
    host.clock.advance(1)

    assert (await host.origin.get("/x", kind="thing")).status == 200


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (answered(429), 60),
        (answered(403, b'{"message": "API rate limit exceeded"}'), 60),
        (answered(429, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), 60),
        (answered(429, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW - 90)), 1),
        (answered(429, retry_after="1000000000"), 3600),
    ],
)
@pytest.mark.parametrize("purpose", ["events", "confirmation", "sweep", "scan"])
async def test_whoever_asks_a_limited_host_again_is_told_how_long_and_nothing_is_sent(
    answer, seconds, purpose: Purpose
):
    host = Host(answer)
    await refused(host)

    with spending(purpose):
        error = await refused(host)

    assert isinstance(error, HostUnavailable)
    assert (error.retry_after, len(host.asked)) == (seconds, 1)


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


async def test_a_limit_in_the_words_of_an_answer_that_names_no_time_is_a_pause_of_a_minute():
    host = Host(answered(200, b'{"errors": []}'))
    answer = await host.origin.post("/graphql", b"{}", kind="thing")

    host.origin.limited(answer, "API rate limit exceeded")

    error = await refused(host)
    assert isinstance(error, HostUnavailable)
    assert error.retry_after == 60


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
