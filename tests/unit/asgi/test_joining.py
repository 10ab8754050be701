"""An answer leaves in one piece where its body follows its head at once."""

import asyncio

from cuelight.asgi.connection import Joining

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Pieces:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append(b"closed")


def joining() -> tuple[Joining, Pieces]:
    pieces = Pieces()
    return Joining(pieces, asyncio.get_running_loop()), pieces


async def test_a_body_that_follows_its_head_goes_along_with_it():
    transport, pieces = joining()
    transport.write(HEAD)
    transport.write(b"body")
    assert pieces.sent == [HEAD + b"body"]


async def test_a_head_whose_body_takes_its_time_goes_alone():
    transport, pieces = joining()
    transport.write(HEAD)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert pieces.sent == [HEAD]


async def test_a_head_goes_before_its_connection_is_closed():
    transport, pieces = joining()
    transport.write(HEAD)
    transport.close()
    assert pieces.sent == [HEAD, b"closed"]
