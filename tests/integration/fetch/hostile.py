"""A server on this machine that answers as a test wants it to, byte for byte; and a way to it as `fetch` has one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from cuelight.clock import SystemClock
from cuelight.fetch import Allowed, AllowedHost, Fetch, FetchSection, Outside
from cuelight.fetch.outside import Resolve, resolve
from cuelight.options import ByteSize, Duration

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
LIMIT = 10_000
"""Bytes that the tests read of an answer."""


class Server:
    """What it answers, by path, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[bytes] = []
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of *path*."""
        return f"http://{host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(asked)
            answer = self.answers[asked.split()[1].decode()]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def page(body: bytes = b"text", status: str = "200 OK", **headers: str) -> bytes:
    """An answer on the wire."""
    said = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def moved(location: str, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return page(b"", status, Location=location)


@asynccontextmanager
async def hostile() -> AsyncIterator[Server]:
    """A server that listens."""
    server = Server()
    listener = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


@asynccontextmanager
async def way(
    allowed: Sequence[Mapping[str, Any]], *, seconds: float = 5, resolver: Resolve = resolve
) -> AsyncIterator[Outside]:
    """A way out to *allowed* and nowhere else, within *seconds*."""
    limits = FetchSection(response_limit=ByteSize(LIMIT), timeout=Duration(seconds))
    fetch = Fetch(limits, SystemClock())
    try:
        yield fetch.outside(Allowed([AllowedHost(**each) for each in allowed]), resolver=resolver)
    finally:
        await fetch.aclose()
