"""What other processes commit: one connection listens for it, and wakes who waits in this process."""

import asyncio
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import asyncpg

from cuelight.db.postgresql.connection import quoted
from cuelight.db.postgresql.failures import AWAY
from cuelight.db.postgresql.pool import closed
from cuelight.db.postgresql.server import Server
from cuelight.db.postgresql.time import Time
from cuelight.db.wakeups import Wakeups
from cuelight.errors import ConfigurationError, ServiceUnavailableError

CHANNEL: Final = "cuelight"
HEARTBEAT: Final = 15.0
"""Seconds between looks whether the connection still stands."""
PAUSE: Final = 1.0
"""Seconds until it is made anew where it broke."""


class Listening:
    """The connection that listens, from `start` to `close`, made anew whenever it breaks."""

    def __init__(self, server: Server, time: Time, wakeups: Wakeups) -> None:
        self._server = server
        self._time = time
        self._wakeups = wakeups
        self._process = uuid.uuid4().hex
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="listening")

    def telling(self, channels: Iterable[str]) -> str:
        """SQL that tells every other process of *channels*, if and when it commits."""
        return f"NOTIFY {CHANNEL}, {quoted([self._process, *channels])}"

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            # `Server` tells the log; those who wait also look by themselves
            with suppress(*AWAY, asyncpg.InterfaceError, ConfigurationError, ServiceUnavailableError):
                await self._listen()
            await asyncio.sleep(PAUSE)

    async def _listen(self) -> None:
        connection = await self._server.connect()
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._wakeups.wake_all()  # what was told meanwhile was missed
            while not await _within(ended, HEARTBEAT):
                await connection.execute("SELECT")
                await self._time.refresh(connection)
        finally:
            await closed(connection)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        process, *channels = str(payload).split("\n")
        if process != self._process:  # our own commits wake at once
            self._wakeups.wake(channels)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
