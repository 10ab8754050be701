"""Server-sent events: how they are written, and what becomes of those who do not read them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from cuelight.asgi import sse
from cuelight.asgi.sse import EventStream, event_text, heartbeat

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": [], "asgi": {"spec_version": "2.4"}}


class Feed:
    """Numbers without an end; `asked` is how many were asked for, `closed` whether nobody will ask for more."""

    def __init__(self) -> None:
        self.asked = 0
        self.closed = False

    async def events(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.asked += 1
                yield heartbeat(self.asked)
                await asyncio.sleep(0)
        finally:
            self.closed = True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "STALLED", 0.05)


async def never() -> Any:
    await asyncio.Event().wait()


def taking(pieces: int, then: Callable[[], Any]) -> Callable[[Any], Any]:
    """A reader who takes so many pieces, and then does what *then* does."""
    taken = 0

    async def send(message: Any) -> None:
        nonlocal taken
        if message["type"] == "http.response.body":
            taken += 1
            if taken > pieces:
                await then()

    return send


def test_an_event_has_its_number_its_name_and_its_data():
    assert event_text(b'{"a":1}', event="change", number=7) == b'id: 7\nevent: change\ndata: {"a":1}\n\n'


def test_a_heartbeat_moves_the_place_on_and_is_no_event():
    assert heartbeat(7) == b": still here\nid: 7\n\n"


@pytest.mark.usefixtures("impatient")
async def test_who_takes_nothing_loses_the_connection():
    feed = Feed()
    async with asyncio.timeout(10):
        await EventStream(feed.events())(SCOPE, never, taking(3, never))
    assert feed.closed


@pytest.mark.usefixtures("impatient")
async def test_nothing_is_made_ahead_for_who_is_slow():
    feed = Feed()
    async with asyncio.timeout(10):
        await EventStream(feed.events())(SCOPE, never, taking(3, never))
    assert feed.asked == 4


async def test_who_is_gone_ends_the_feed():
    async def gone() -> Any:
        raise OSError("the connection is closed")

    feed = Feed()
    with pytest.raises(ClientDisconnect):
        await EventStream(feed.events())(SCOPE, never, taking(3, gone))
    assert feed.closed
