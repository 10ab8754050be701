"""The simulator in a process of its own, started and ended with a context: for benchmarks that measure another process."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from cuelight.errors import ServiceUnavailableError

STARTING: Final = 120.0
"""Seconds that a process may take until it listens: seeding thousands of repositories counts."""
ENDING: Final = 10.0


@asynccontextmanager
async def spawned(arguments: Sequence[str]) -> AsyncIterator[str]:
    """Run `python -m cuelight.simulator` with *arguments* and yield its address; ServiceUnavailableError where it fails to start."""
    command = [sys.executable, "-m", "cuelight.simulator", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield (await _announced(process))["address"]
    finally:
        await _end(process)


async def _announced(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101  (a pipe was asked for)
    try:
        line = await asyncio.wait_for(process.stdout.readline(), STARTING)
    except TimeoutError as error:
        raise ServiceUnavailableError(f"the simulator did not listen within {STARTING:.0f} s") from error
    if not line:
        raise ServiceUnavailableError(f"the simulator ended with status {await process.wait()}; its error is on stderr")
    return msgspec.json.decode(line, type=dict[str, Any])


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ENDING)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
