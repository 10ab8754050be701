"""What is asked, and what comes back."""

import asyncio

import httpx2
import pytest

from cuelight.errors import HostDenied, HostUnavailable, TooLargeError
from cuelight.fetch import spending
from tests.unit.fetch.host import BASE, Host, answered, origin_of, refused


async def test_an_answer_is_read_to_its_end():
    host = Host(answered(200, b"body", etag="1"))

    answer = await host.origin.get("/x?a=%20b", kind="thing")

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"body", "1")
    assert answer.request == "GET https://host.example/api/x?a=%20b (thing, for events)"


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
    assert f"GET {BASE}/x (thing, for events) was answered {status}; it is asked again" in error.message.replace(
        ": a rate limit", ""
    )


@pytest.mark.parametrize("status", [401, 403, 451])
async def test_what_an_operator_must_mend_is_denied(status):
    error = await refused(Host(answered(status, b'{"message": "Bad\\u0000 credentials"}')))

    assert isinstance(error, HostDenied)
    assert "(Bad credentials)" in error.message


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"message": 7}', b"[" * 60_000])
async def test_an_error_whose_body_says_nothing_is_an_error_all_the_same(body):
    assert isinstance(await refused(Host(answered(401, body))), HostDenied)


async def test_an_error_names_host_path_kind_purpose_and_what_to_do():
    host = Host(answered(502))

    with spending("sweep"):
        error = await refused(host)

    assert error.message == f"GET {BASE}/x (thing, for sweep) was answered 502; it is asked again later"


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


async def test_a_question_is_posted_as_json():
    host = Host(answered(200, b"{}"))

    answer = await host.origin.post("/graphql", b'{"query":"{a}"}', kind="thing")

    sent = host.asked[0]
    assert (sent.method, sent.content, sent.headers["content-type"]) == ("POST", b'{"query":"{a}"}', "application/json")
    assert (answer.request, sent.headers["authorization"]) == (
        f"POST {BASE}/graphql (thing, for events)",
        "Bearer hunter2",
    )


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


async def test_an_answer_that_did_not_change_under_another_tag_is_asked_for_whole():
    host = Host(answered(200, b"old", etag='"1"'), answered(304, etag='"2"'), answered(200, b"new", etag='"2"'))
    await host.origin.get("/x", kind="thing")

    answer = await host.origin.get("/x", kind="thing")

    assert answer.body == b"new"
    assert "if-none-match" not in host.asked[2].headers


async def test_a_weak_tag_is_the_same_as_a_strong_one():
    host = Host(answered(200, b"body", etag='W/"1"'), answered(304, etag='"1"'))
    await host.origin.get("/x", kind="thing")

    assert (await host.origin.get("/x", kind="thing")).body == b"body"


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
