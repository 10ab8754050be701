"""Connections of senders who mean no good: real sockets, before anything is a request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from cuelight.asgi.connection import HEAD_BYTES, Connection

Sent = Callable[[asyncio.StreamWriter], Awaitable[None]]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
HURRIED = 0.3
"""Seconds that a head may take here."""


class Hurried(Connection):
    seconds = HURRIED


async def swallow(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body and tell its size; at `/early` answer before any of it."""
    size = 0
    while scope["path"] != "/early":
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    body = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(protocol: type[Connection]) -> AsyncIterator[int]:
    config = uvicorn.Config(swallow, http=protocol, ws="none", lifespan="off", log_config=None, port=0)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(Connection) as bound:
        yield bound


@pytest.fixture
async def hurried() -> AsyncIterator[int]:
    async with served(Hurried) as bound:
        yield bound


async def said(port: int, *pieces: bytes, forever: bytes = b"") -> tuple[bytes, int]:
    """What is answered to *pieces*, and then to *forever* again and again until nobody listens; and how much was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answering = asyncio.create_task(reader.read())
    sent = 0
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while forever and not answering.done():
            writer.write(forever)
            await writer.drain()
            sent += len(forever)
        return await answering, sent
    except ConnectionError:
        return (answering.result() if answering.done() and not answering.exception() else b""), sent
    finally:
        answering.cancel()
        writer.close()


@pytest.mark.parametrize("forever", [b"X-More: " + b"x" * 1000 + b"\r\n", b"x" * 1000, b"X: " + b" " * 1000])
async def test_headers_without_an_end_are_not_read_to_their_end(port: int, forever: bytes):
    async with asyncio.timeout(20):
        answer, sent = await said(port, GET, forever=forever)
    assert answer.startswith(b"HTTP/1.1 4") or not answer
    assert sent < 100 * HEAD_BYTES


async def test_an_address_without_an_end_is_not_read_to_its_end(port: int):
    async with asyncio.timeout(20):
        _, sent = await said(port, b"GET /", forever=b"x" * 1000)
    assert sent < 100 * HEAD_BYTES


@pytest.mark.parametrize("start", [b"0\r\n", b"0;", b"1\r\nx\r\n0\r\nX: "])
async def test_what_follows_a_body_is_not_read_to_its_end(port: int, start: bytes):
    async with asyncio.timeout(20):
        _, sent = await said(port, POST + start, forever=b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 20)
    assert sent < 100 * HEAD_BYTES


async def test_a_large_head_is_taken(port: int):
    answer, _ = await said(port, GET + b"X-More: " + b"x" * 16_000 + b"\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_body_may_be_large_and_come_in_small_pieces(port: int):
    piece = b"400\r\n" + b"x" * 1024 + b"\r\n"
    answer, _ = await said(
        port, POST.replace(b"Host: x", b"Host: x\r\nConnection: close"), *[piece] * 300, b"0\r\n\r\n"
    )
    assert answer.endswith(b"\r\n\r\n307200")


async def test_several_requests_may_come_over_one_connection(port: int):
    answer, _ = await said(port, GET + b"\r\n", GET + b"\r\n", GET + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("pieces", [[], [GET]])
async def test_who_does_not_come_to_the_end_of_a_head_is_hung_up_on(hurried: int, pieces: list[bytes]):
    async with asyncio.timeout(4):
        await said(hurried, *pieces)


@pytest.mark.parametrize(
    ("whole", "part"),
    [(GET + b"\r\n", b"GET / HT"), (b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", b"x")],
)
async def test_who_begins_again_after_an_answer_and_does_not_end_is_hung_up_on(hurried: int, whole: bytes, part: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", hurried)
    async with asyncio.timeout(4):
        writer.write(whole)
        await reader.readuntil(b"\r\n\r\n0")
        writer.write(part)
        assert await reader.read() == b""
    writer.close()


async def test_an_upgrade_leads_nowhere(port: int):
    upgrade = (
        b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    answer, _ = await said(port, GET + upgrade)
    assert b"101" not in answer.partition(b"\r\n")[0]
