"""HTTP by hand, for requests that no client would send: too large, cut off, slow."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

BLOCK = 64 * 1024
PATIENCE = 30.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `status` 0 where nothing did."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's document."""
        return json.loads(self.body)


def head(path: str, headers: Mapping[str, str]) -> bytes:
    """The first lines of a POST to *path*."""
    lines = [f"POST {path} HTTP/1.1", "Host: cuelight", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """*data* as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


async def sent(port: int, parts: Iterable[bytes]) -> Answer:
    """Send *parts* on a connection of our own, and read the answer to its end; whoever is answered early is not cut off."""
    return await asyncio.to_thread(_sent, port, parts)


async def cut_off(port: int, data: bytes) -> None:
    """Send *data* and go away without waiting for anything."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _sent(port: int, parts: Iterable[bytes]) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        with contextlib.suppress(ConnectionError):  # answered before it had everything: what it said is still there
            for part in parts:
                connection.sendall(part)
        return _answer(_read(connection))


def _read(connection: socket.socket) -> bytes:
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(BLOCK):
            received += data
    return bytes(received)


def _answer(received: bytes) -> Answer:
    if not received:
        return Answer(status=0, headers={}, body=b"")
    top, _, body = received.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(status=int(first.split()[1]), headers=headers, body=body)
