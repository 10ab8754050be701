"""A connection from outside, held to limits before anything of it is a request.

uvicorn takes heads of any size and waits for them for ever. Here a sender has to get on: within a few seconds to the end
of a request's head, and within a few bytes to anything that moves its request forward, so that neither endless headers
nor trailers nor the padding of chunks fill the memory.
"""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 65_536
"""What a head may have, beyond what came in together with its beginning."""
HEAD_SECONDS: Final = 10.0
"""Seconds from a connection, or the first byte after an answer, to the end of the next head."""
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_HEAD: Final = b"HTTP/1.1 "


class Joining:
    """A transport that sends an answer's head together with the body that is written next, in the same turn of the loop.

    Two pieces would be two calls of the system, two packets, and for who reads them two awakenings: a third of the time
    that a small answer takes.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send *data*, or keep it for a moment where it is a head."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._send)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what was kept, and close."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever else the transport can do."""
        return getattr(self._transport, name)

    def _send(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, which gives up on whoever does not get on."""

    seconds: ClassVar[float] = HEAD_SECONDS
    _got_on = False
    _fruitless = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a first request."""
        joining: Any = Joining(transport, self.loop)
        super().connection_made(joining)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in *data*, unless too much has come in for nothing."""
        self._got_on = False
        super().data_received(data)
        self._fruitless = 0 if self._got_on else self._fruitless + len(data)
        if self.transport.is_closing():
            return
        if self._fruitless > HEAD_BYTES:
            self._give_up()
        elif self._is_between_requests():
            self._wait()

    def on_headers_complete(self) -> None:
        """Note that a request is there."""
        self._got_on = True
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that a body goes on."""
        self._got_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._got_on = True
        super().on_message_complete()

    def _is_between_requests(self) -> bool:
        return getattr(self.cycle, "response_complete", True)

    def _give_up(self) -> None:
        if self._is_between_requests():
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.seconds, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
