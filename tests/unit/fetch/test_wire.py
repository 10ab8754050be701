"""Against a server of our own on this machine that behaves as badly as servers do."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from cuelight.clock import SystemClock
from cuelight.errors import HostUnavailable, TooLargeError
from cuelight.fetch import Fetch, FetchSection, Origin
from cuelight.options import ByteSize, Duration

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def host(behaviour: Behaviour, limits: FetchSection) -> AsyncIterator[Origin]:
    """A server that treats each connection with *behaviour*."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    fetch = Fetch(limits, SystemClock())
    port = server.sockets[0].getsockname()[1]
    try:
        yield fetch.for_host(f"http://127.0.0.1:{port}")
    finally:
        await fetch.aclose()
        server.close()
        await server.wait_closed()


async def test_a_connection_that_was_closed_while_idle_is_not_the_callers_concern():
    connections = 0

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        if connections == 1:
            await reader.readuntil(b"\r\n\r\n")  # the second request comes, and the connection goes

    async with host(answer_once, FetchSection()) as origin:
        await origin.get("/", kind="thing")
        answer = await origin.get("/", kind="thing")

    assert (answer.body, connections) == (b"ok", 2)


async def test_a_new_connection_that_is_closed_is_not_tried_again():
    connections = 0

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")

    async with host(hang_up, FetchSection()) as origin:
        with pytest.raises(HostUnavailable, match="failed"):
            await origin.get("/", kind="thing")

    assert connections == 1


async def test_a_server_that_drips_is_given_up_when_the_whole_time_is_over():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with host(drip, FetchSection(timeout=Duration(0.2))) as origin:
        with pytest.raises(HostUnavailable, match="in time"):
            await origin.get("/", kind="thing")


async def test_a_server_that_never_ends_is_read_to_the_limit():
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with host(flood, FetchSection(response_limit=ByteSize(10**6))) as origin:
        with pytest.raises(TooLargeError):
            await origin.get("/", kind="thing")


def packed(body: bytes) -> Behaviour:
    """A server whose answer says that it is compressed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    return answer


async def test_an_answer_is_unpacked():
    async with host(packed(gzip.compress(b"body")), FetchSection()) as origin:
        assert (await origin.get("/", kind="thing")).body == b"body"


async def test_an_answer_counts_as_it_is_unpacked():
    bomb = gzip.compress(b"0" * 10**7)

    async with host(packed(bomb), FetchSection(response_limit=ByteSize(10**6))) as origin:
        with pytest.raises(TooLargeError):
            await origin.get("/", kind="thing")


async def test_an_answer_that_cannot_be_unpacked_is_unavailable():
    async with host(packed(b"no gzip"), FetchSection()) as origin:
        with pytest.raises(HostUnavailable, match="failed"):
            await origin.get("/", kind="thing")


async def test_an_answer_that_is_cut_off_is_unavailable():
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with host(cut, FetchSection()) as origin:
        with pytest.raises(HostUnavailable, match="failed"):
            await origin.get("/", kind="thing")


@pytest.mark.parametrize("noise", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000, b"\x00" * 100])
async def test_what_is_no_http_is_unavailable(noise):
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(noise)
        await writer.drain()

    async with host(babble, FetchSection()) as origin:
        with pytest.raises(HostUnavailable, match="failed"):
            await origin.get("/", kind="thing")


async def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    async with host(answer, FetchSection()) as origin:
        assert (await origin.get("/", kind="thing")).status == 200


async def test_nobody_listening_is_unavailable():
    async def nothing(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None: ...

    async with host(nothing, FetchSection()) as origin:
        pass

    closed = Fetch(FetchSection(), SystemClock()).for_host(f"http://{origin.name}")
    with pytest.raises(HostUnavailable, match="failed"):
        await closed.get("/", kind="thing")
