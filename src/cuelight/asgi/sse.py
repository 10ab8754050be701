"""Server-sent events: an answer that goes on, as https://html.spec.whatwg.org/multipage/server-sent-events.html has it.

Nothing is kept for a reader who is slow: the next event is only asked for once the last one was taken. One who takes
nothing for a minute loses the connection, and its place is free; with the last event's id it resumes where it was.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

MEDIA_TYPE: Final = "text/event-stream"
STALLED: Final = 60.0
"""Seconds that a reader may take for one piece."""


class EventStream(StreamingResponse):
    """Sends *events*, each as `event_text` makes it, for as long as there are some and somebody reads them."""

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        super().__init__(events, headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send the head, and then the events; *events* is closed in the end, whoever ends it."""

        async def within_time(message: Message) -> None:
            async with asyncio.timeout(STALLED):
                await send(message)

        async with aclosing(self._events):
            try:
                await super().stream_response(within_time)
            except TimeoutError:
                return  # the server closes a connection whose answer is left unfinished


def event_text(data: bytes, *, event: str, number: int) -> bytes:
    """An event with *data* (JSON, so without line breaks), whose id is *number*."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, event.encode(), data)


def heartbeat(number: int) -> bytes:
    """Show that somebody is there, and that everything up to *number* was looked at; readers see no event in it."""
    return b": still here\nid: %d\n\n" % number
