"""Programs of ours as processes of their own: started, waited for, told to stop, killed. Each is ended by who started it."""

import asyncio
import json
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.corpus import ROOT

STARTING = 60.0
"""Seconds that a program may take until it says that it listens."""
STOPPING = 20.0
"""Seconds that it may take to end once it was told to."""


class Program:
    """A running process that has said, in one JSON line, where it listens (`address`)."""

    def __init__(self, process: Process, ready: dict[str, Any], log: Path) -> None:
        self.process = process
        self.address: str = ready["address"]
        self.pid = process.pid
        self.log = log

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.address.rpartition(":")[2])

    async def stop(self) -> int:
        """Tell it to stop, and wait; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), STOPPING)

    async def kill(self) -> None:
        """End it as a loss of power would: nothing of it runs on."""
        self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        """Stop it if it still runs; kill it where it does not stop."""
        if self.process.returncode is not None:
            return
        try:
            await self.stop()
        except TimeoutError:
            await self.kill()
            raise


async def start(module: str, arguments: Sequence[str], log: Path) -> Program:
    """Run `python -m module` until it listens; its errors are appended to *log*. AssertionError where it ends before."""
    process = await begin(module, arguments, log)
    try:
        ready = await announced(process, log)
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
    return Program(process, ready, log)


async def begin(module: str, arguments: Sequence[str], log: Path) -> Process:
    """Run `python -m module`, and do not wait for it to listen."""
    command = [sys.executable, "-m", module, *arguments]
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=errors, cwd=ROOT)


async def announced(process: Process, log: Path) -> dict[str, Any]:
    """What *process* says once it listens: its own line, from its own pipe, so it is nobody else whom we talk to."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), STARTING)
    if not line:
        status, said = await process.wait(), await asyncio.to_thread(log.read_text)
        raise AssertionError(f"it ended with status {status}: {said[-2000:]}")
    ready: dict[str, Any] = json.loads(line)
    assert ready.get("pid", process.pid) == process.pid
    return ready


@asynccontextmanager
async def running(module: str, arguments: Sequence[str], log: Path) -> AsyncIterator[Program]:
    """Run `python -m module` for as long as the context lasts."""
    program = await start(module, arguments, log)
    try:
        yield program
    finally:
        await program.end()


def lasting_port() -> int:
    """A free port for a program that ends and starts again on it.

    It is outside of the range from which the kernel takes ports for connections: while nobody listens, somebody who keeps
    connecting to a port of that range is at last given it as his own, is connected to himself, and holds it.
    """
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    outside = [port for port in range(10_000, 65_000) if not first <= port <= last]
    for port in random.sample(outside, min(200, len(outside))):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) != 0 and _binds(port):
                return port
    raise AssertionError("no free port was found")


def _binds(port: int) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def seed() -> int:
    """The seed of this run's chance: `CUELIGHT_TEST_SEED`, or a new one; printed, so that a failure can be had again."""
    chosen = int(os.environ.get("CUELIGHT_TEST_SEED") or random.randrange(2**32))
    print(f"CUELIGHT_TEST_SEED={chosen}")  # noqa: T201 -- pytest shows it where the test fails
    return chosen
