"""Reading what anybody may name, from a server that means no good."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Sequence

import pytest

from cuelight.errors import CuelightError, HostDenied, HostUnavailable, TooLargeError
from cuelight.fetch import FetchSection, Outside
from tests.integration.fetch.hostile import LIMIT, Server, hostile, moved, page, way


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with hostile() as listening:
        yield listening


@pytest.fixture
async def outside(server: Server) -> AsyncIterator[Outside]:
    async with way([{"host": f"127.0.0.1:{server.port}"}]) as opened:
        yield opened


async def refused(outside: Outside, url: str) -> CuelightError:
    with pytest.raises(CuelightError) as caught:
        await outside.get(url, limit=LIMIT)
    return caught.value


async def test_what_is_allowed_is_read(server: Server, outside: Outside):
    server.answers["/a"] = page(b"text", ETag='"1"')
    answer = await outside.get(server.url("/a"), limit=LIMIT)
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"text", '"1"')


async def test_no_credentials_are_sent(server: Server, outside: Outside):
    server.answers["/a"] = page(b"", "200 OK", Set_Cookie="session=1")
    await outside.get(server.url("/a"), limit=LIMIT)
    await outside.get(server.url("/a"), limit=LIMIT)
    said = b"".join(server.asked).lower()
    assert b"authorization" not in said
    assert b"cookie" not in said


async def test_a_host_is_asked_by_its_name(server: Server):
    server.answers["/a"] = page()
    async with way([{"host": f"localhost:{server.port}"}]) as outside:
        await outside.get(server.url("/a", "localhost"), limit=LIMIT)
    assert f"host: localhost:{server.port}\r\n".encode() in server.asked[0].lower()


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_what_is_not_there_is_an_answer(server: Server, outside: Outside, status: str):
    server.answers["/a"] = page(b"", status)
    assert (await outside.get(server.url("/a"), limit=LIMIT)).status == int(status[:3])


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_host_that_wants_credentials_is_told_nothing(server: Server, outside: Outside, status: str):
    server.answers["/a"] = page(b"", status)
    error = await refused(outside, server.url("/a"))
    assert isinstance(error, HostDenied)
    assert "none are sent" in error.message


@pytest.mark.parametrize("status", ["204 No Content", "400 Bad Request", "418 Teapot", "500 Oops", "503 Later"])
async def test_any_other_answer_says_nothing(server: Server, outside: Outside, status: str):
    server.answers["/a"] = page(b"", status)
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://evil.example/",
        "//evil.example/",
        "http://user:password@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "data:text/plain,x",
        "http://[broken",
        "http://127.0.0.1:99999/",
        "http://" + "a" * 9000,
        "",
    ],
)
async def test_a_redirect_leads_nowhere_that_is_not_allowed(server: Server, outside: Outside, location: str):
    server.answers["/a"] = moved(location)
    assert isinstance(await refused(outside, server.url("/a")), HostDenied | HostUnavailable)
    assert [asked.split()[1] for asked in server.asked] == [b"/a"] * len(server.asked)


async def test_a_redirect_to_what_is_allowed_is_followed(server: Server, outside: Outside):
    server.answers |= {"/a": moved("/b/../c"), "/c": page(b"there")}
    assert (await outside.get(server.url("/a"), limit=LIMIT)).body == b"there"


async def test_a_redirect_out_of_the_paths_that_are_allowed_is_not_followed(server: Server):
    server.answers |= {"/open/a": moved("/secret"), "/secret": page(b"secret")}
    async with way([{"host": f"127.0.0.1:{server.port}", "paths": ["/open/"]}]) as outside:
        assert isinstance(await refused(outside, server.url("/open/a")), HostDenied)


async def test_redirects_in_a_circle_end(server: Server, outside: Outside):
    server.answers["/a"] = moved("/a")
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)
    assert len(server.asked) == 6


async def test_a_body_without_an_end_is_not_read_to_its_end(server: Server, outside: Outside):
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
            await writer.drain()

    server.answers["/a"] = endless
    assert isinstance(await refused(outside, server.url("/a")), TooLargeError)


async def test_headers_without_an_end_are_not_read_to_their_end(server: Server, outside: Outside):
    async def headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: " + b"x" * 4096 + b"\r\n")
            await writer.drain()

    server.answers["/a"] = headers
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


async def test_a_body_that_trickles_is_given_up(server: Server):
    async def trickling(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/a"] = trickling
    started = time.monotonic()
    async with way([{"host": f"127.0.0.1:{server.port}"}], seconds=0.3) as outside:
        assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)
    assert time.monotonic() - started < 3


async def test_redirects_have_one_time_limit_together(server: Server):
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(moved("/a"))
        await writer.drain()

    server.answers["/a"] = slow
    async with way([{"host": f"127.0.0.1:{server.port}"}], seconds=0.4) as outside:
        error = await refused(outside, server.url("/a"))
    assert "in time" in error.message
    assert len(server.asked) <= 3


async def test_a_host_is_asked_for_no_more_at_one_time_than_is_configured(server: Server, outside: Outside):
    asking: list[int] = []
    answered = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asking.append(1)
        if len(asking) == FetchSection().concurrency:
            asyncio.get_running_loop().call_later(0.2, answered.set)
        await answered.wait()
        most.append(len(asking))
        asking.pop()
        writer.write(page())
        await writer.drain()

    most: list[int] = []
    server.answers["/a"] = slow
    await asyncio.gather(*(outside.get(server.url("/a"), limit=LIMIT) for _ in range(40)))
    assert (len(most), max(most)) == (40, FetchSection().concurrency)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_what_comes_packed_is_unpacked(server: Server, outside: Outside, coding: str):
    packed = gzip.compress(b"text") if coding == "gzip" else zlib.compress(b"text")
    server.answers["/a"] = page(packed, Content_Encoding=coding)
    assert (await outside.get(server.url("/a"), limit=LIMIT)).body == b"text"


@pytest.mark.parametrize("status", ["200 OK", "500 Oops"])
async def test_a_bomb_does_not_go_off(server: Server, outside: Outside, status: str):
    bomb = gzip.compress(b"\0" * 100_000_000)
    server.answers["/a"] = page(bomb, status, Content_Encoding="gzip")
    assert isinstance(await refused(outside, server.url("/a")), TooLargeError | HostUnavailable)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_what_is_packed_in_a_way_that_was_not_asked_for_is_not_unpacked(
    server: Server, outside: Outside, coding: str
):
    server.answers["/a"] = page(b"text", Content_Encoding=coding)
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


async def test_what_cannot_be_unpacked_says_nothing(server: Server, outside: Outside):
    server.answers["/a"] = page(b"text", Content_Encoding="gzip")
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


async def test_a_packed_body_that_is_cut_off_says_nothing(server: Server, outside: Outside):
    server.answers["/a"] = page(gzip.compress(b"text" * 100)[:-9], Content_Encoding="gzip")
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


async def test_a_body_that_is_cut_off_says_nothing(server: Server, outside: Outside):
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntext"
    assert isinstance(await refused(outside, server.url("/a")), HostUnavailable)


class Names:
    """A name server whose answers a test gives, each once; the last for good."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 -- a resolver's signature
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 -- what must not be asked
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:a00:1::f5ff:fffe",
        "::10.0.0.1",
        "64:ff9b:1::a00:1",
        "fec0::1",
        "4000::1",
        "192.88.99.1",
        "168.63.129.16",
    ],
)
async def test_a_public_name_does_not_lead_into_a_private_network(server: Server, address: str):
    async with way([{"host": f"pages.example:{server.port}"}], resolver=Names([address])) as outside:
        error = await refused(outside, server.url("/a", "pages.example"))
    assert isinstance(error, HostDenied)
    assert (address in error.message, server.asked) == (True, [])


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "::10.0.0.1",
        "0.0.0.0",  # noqa: S104 -- what must not be asked
        "224.0.0.1",
    ],
)
async def test_a_private_name_does_not_lead_to_what_clouds_tell_their_machines(server: Server, address: str):
    allowed = {"host": f"pages.example:{server.port}", "private": True}
    async with way([allowed], resolver=Names([address])) as outside:
        assert isinstance(await refused(outside, server.url("/a", "pages.example")), HostDenied)


async def test_a_private_name_leads_into_a_private_network(server: Server):
    server.answers["/a"] = page()
    allowed = {"host": f"pages.example:{server.port}", "private": True}
    async with way([allowed], resolver=Names(["127.0.0.1"])) as outside:
        assert (await outside.get(server.url("/a", "pages.example"), limit=LIMIT)).body == b"text"


async def test_a_name_server_that_changes_its_mind_is_not_asked_twice(server: Server):
    server.answers["/a"] = page(b"secret")
    names = Names(["127.0.0.2"], ["127.0.0.1"])  # nobody listens on the first one
    allowed = {"host": f"pages.example:{server.port}", "private": True}
    async with way([allowed], resolver=names) as outside:
        await refused(outside, server.url("/a", "pages.example"))
    assert (names.asked, server.asked) == (1, [])


async def test_a_name_is_looked_up_anew_after_a_redirect(server: Server):
    server.answers |= {"/a": moved("/b"), "/b": page(b"secret")}
    allowed = {"host": f"pages.example:{server.port}", "private": True}
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with way([allowed], resolver=names) as outside:
        assert isinstance(await refused(outside, server.url("/a", "pages.example")), HostDenied)
    assert len(server.asked) == 1


async def test_of_several_addresses_one_that_answers_is_enough(server: Server):
    server.answers["/a"] = page()
    allowed = {"host": f"pages.example:{server.port}", "private": True}
    async with way([allowed], resolver=Names(["127.0.0.2", "169.254.169.254", "127.0.0.1"])) as outside:
        assert (await outside.get(server.url("/a", "pages.example"), limit=LIMIT)).status == 200


async def test_a_name_without_an_address_says_nothing(server: Server):
    async with way([{"host": "pages.example"}], resolver=Names([])) as outside:
        assert isinstance(await refused(outside, "http://pages.example/"), HostUnavailable)
