"""What many requests need and one of them fetches: tokens, and the list of installations."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cuelight.errors import HostError
from cuelight.fetch import spending

T = TypeVar("T")


class Shared(Generic[T]):
    """A value that *fetch* gives anew when it is no more good. Who waits meanwhile gets the same, or the same error."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._value: T | None = None
        self._failure: HostError | None = None
        self._failures = 0
        self._turn = asyncio.Lock()

    async def get(self, is_good: Callable[[T], bool]) -> T:
        """The value, fetched again unless *is_good*. HostError where that fails."""
        failures = self._failures
        async with self._turn:
            if self._value is not None and is_good(self._value):
                return self._value
            if self._failure is not None and self._failures > failures:
                raise self._failure
            self._value = await self._fetched()
            return self._value

    async def _fetched(self) -> T:
        try:
            with spending("events"):  # whoever asks first, an event may wait for it
                return await self._fetch()
        except HostError as error:
            self._failure, self._failures = error, self._failures + 1
            raise
