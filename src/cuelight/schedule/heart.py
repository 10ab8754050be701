"""A heartbeat: keeps a lease alive for as long as its work goes on, and goes on itself when one beat fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def beating(beat: Callable[[], Awaitable[None]], seconds: float) -> AsyncIterator[None]:
    """Call *beat* every *seconds* until the context ends. A beat that fails is logged; the next one may do."""
    heart = asyncio.create_task(_beats(beat, seconds))
    try:
        yield
    finally:
        heart.cancel()


async def _beats(beat: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await beat()
        except Exception as error:  # noqa: BLE001 -- whatever it was, the lease may still be kept by the next beat
            _log.warning("heartbeat_failed", error=str(error))
