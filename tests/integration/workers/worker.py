"""A catalog engine in a process of its own: `python -m tests.integration.workers.worker URL LOG [--ahead S] [--hang]`.

Appends the ref of each entity that it processes to LOG, a line each, and says on stdout that it runs. Its database's time
is S seconds ahead. With `--hang` it never finishes what it has begun to process.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import asyncpg

from cuelight.catalog import CatalogEngine
from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.run import Run
from cuelight.clock import SECOND, SystemClock
from cuelight.db.postgresql import PostgreSQLDatabase, Server, ServerTime
from cuelight.model import ref_of
from cuelight.processors import Ingredients, find_processors
from tests.unit.catalog.world import Files


class Ahead:
    """The server's time, and some seconds more."""

    def __init__(self, time: ServerTime, seconds: float) -> None:
        self._time = time
        self._ahead = round(seconds * SECOND)

    def now(self) -> int:
        return self._time.now() + self._ahead

    async def refresh(self, connection: asyncpg.Connection) -> None:
        await self._time.refresh(connection)


class Telling:
    """A processor that changes nothing, and tells of what it sees."""

    name = "Telling"

    def __init__(self, log: Path, *, hang: bool) -> None:
        self._log = log
        self._hang = hang

    async def prepare(self, entity: Entity, _run: Run) -> Entity:
        with self._log.open("a") as file:
            file.write(f"{ref_of(entity)}\n")
        if self._hang:
            await asyncio.Event().wait()
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing follows."""


async def run(url: str, log: Path, *, ahead: float, hang: bool) -> None:
    """Work until killed."""
    clock = SystemClock()
    db = PostgreSQLDatabase(Server(url), Ahead(ServerTime(clock), ahead))
    await db.open()
    own = find_processors(Ingredients(urls=lambda _url: None))
    engine = CatalogEngine(db, clock, Files(), [*own, Telling(log, hang=hang)])
    sys.stdout.write(json.dumps({"address": "nowhere"}) + "\n")
    sys.stdout.flush()
    await engine.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("log", type=Path)
    parser.add_argument("--ahead", type=float, default=0.0)
    parser.add_argument("--hang", action="store_true")
    given = parser.parse_args()
    asyncio.run(run(given.url, given.log, ahead=given.ahead, hang=given.hang))
