"""Who is woken by a commit. Waking is a courtesy: whoever listens also looks by itself from time to time."""

import asyncio
from collections.abc import Iterable
from weakref import WeakSet


class Listener:
    """One waiter on one or several channels. Wakes that come while it works are not lost: the next wait returns at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Let the waiter go, now or at its next wait."""
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Return True when woken, False after *seconds*."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Wakeups:
    """Channels of one process. `wake` is called on the event loop's thread."""

    def __init__(self) -> None:
        self._channels: dict[str, WeakSet[Listener]] = {}

    def listen(self, *channels: str) -> Listener:
        """A new listener on *channels*; it stops when nobody holds it any more."""
        listener = Listener()
        for channel in channels:
            self._channels.setdefault(channel, WeakSet()).add(listener)
        return listener

    def wake(self, channels: Iterable[str]) -> None:
        """Wake every listener on *channels*."""
        for channel in channels:
            for listener in self._channels.get(channel, ()):
                listener.wake()

    def wake_all(self) -> None:
        """Wake every listener: some of their wakes may have been missed."""
        self.wake(list(self._channels))
