"""`cuelight` as people use it: its server as a child that says where it answers, its verbs as children that end."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from tests.corpus import ROOT
from tests.end_to_end.polling import until
from tests.end_to_end.processes import STARTING, Program
from tests.end_to_end.world import DATABASE, LOG, Cuelight

COMMAND: Final = (sys.executable, "-c", "import sys; from cuelight.cli import main; sys.exit(main())")
ANSWERS: Final = "Cuelight answers on "
"""What the server says, before its address, once it listens."""
PATIENCE: Final = 120.0
"""Seconds after which a verb has failed: far more than it takes."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a verb: its exit status, what it told people (standard error), and its data (None: it gave none)."""

    status: int
    told: str
    data: Any


@asynccontextmanager
async def served(folder: Path, config: Path) -> AsyncIterator[Cuelight]:
    """`cuelight serve` with *config*, whose database is in *folder*."""
    since, log = time.time_ns() // 1000, folder / LOG
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "serve", "--config", str(config), stderr=errors, cwd=ROOT
        )

    async def address() -> str | None:
        assert process.returncode is None, log.read_text()[-2000:]
        said = [line for line in log.read_text().splitlines() if line.startswith(ANSWERS)]
        return said[0].removeprefix(ANSWERS) if said else None

    try:
        program = Program(process, {"address": await until(address, seconds=STARTING)}, log)
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
    try:
        async with httpx2.AsyncClient(base_url=program.address, trust_env=False, timeout=30) as client:
            yield Cuelight(program, client, folder / DATABASE, since=since)
    finally:
        await program.end()


async def cuelight(program: Cuelight, *words: str) -> Ran:
    """Say *words* to the server that *program* is, and ask for the data as JSON."""
    command = [*COMMAND, *words, "--output", "json", "--server", program.program.address]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=ROOT)
    try:
        data, told = await asyncio.wait_for(process.communicate(), PATIENCE)
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return Ran(status=process.returncode, told=told.decode(), data=json.loads(data) if data else None)
