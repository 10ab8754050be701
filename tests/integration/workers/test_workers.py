"""Several processes that work on one PostgreSQL: they share what is due, and lose nothing when one of them is killed."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cuelight.catalog import Cause, Deferred, apply
from cuelight.catalog.engine import at_rest
from cuelight.catalog.processing.claiming import LEASE
from cuelight.catalog.tables import CHANGES, FINAL_ENTITIES, RELATIONS, SEARCH
from cuelight.clock import SECOND, SystemClock
from cuelight.db import Database, Row, Statement
from cuelight.db.postgresql import open_postgresql
from cuelight.model import ref_of
from tests import postgresql
from tests.end_to_end.polling import until
from tests.end_to_end.processes import Program, running
from tests.unit.catalog.world import given

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)]

WORKER = "tests.integration.workers.worker"
TEAMS = 10
COMPONENTS = 490
PORTION = 70
FINALS = Statement(select(FINAL_ENTITIES.c.entity_ref, FINAL_ENTITIES.c.entity))
RELATED = Statement(select(RELATIONS.c.source_ref, RELATIONS.c.type, RELATIONS.c.target_ref))
FOUND = Statement(select(SEARCH.c.entity_id, SEARCH.c.key, SEARCH.c.value).where(SEARCH.c.key != "metadata.etag"))
LOGGED = Statement(select(CHANGES.c.sequence).order_by(CHANGES.c.sequence))


class Shop:
    """A database, and processes that work on it."""

    def __init__(self, folder: Path, url: str, db: Database) -> None:
        self.log = folder / "processed.txt"
        self.url = url
        self.db = db

    @asynccontextmanager
    async def workers(self, count: int, *options: str) -> AsyncIterator[list[Program]]:
        """Have *count* processes work."""
        async with AsyncExitStack() as stack:
            arguments = [self.url, str(self.log), *options]
            errors = self.log.with_suffix(".errors")
            yield [await stack.enter_async_context(running(WORKER, arguments, errors)) for _ in range(count)]

    async def give(self, entities: Iterable[Deferred]) -> None:
        """Apply *entities* in portions, while the workers are at it."""
        waiting = list(entities)
        cause = Cause(id="test", at=self.db.now())
        for start in range(0, len(waiting), PORTION):
            portion = waiting[start : start + PORTION]
            await self.db.transact(partial(apply, provider="p", added=portion, removed=[], cause=cause))

    async def settled(self) -> None:
        """Return once nothing is left to do."""

        async def idle() -> bool:
            return await self.db.read(at_rest)

        await until(idle)

    def processed(self) -> Counter[str]:
        """How often each ref was processed."""
        return Counter(self.log.read_text().split()) if self.log.exists() else Counter()

    async def served(self) -> dict[str, Any]:
        """The final entities, without their etags, which depend on the way."""
        entities = {row["entity_ref"]: json.loads(row["entity"]) for row in await self.rows(FINALS)}
        for entity in entities.values():
            del entity["metadata"]["etag"]
        return entities

    async def around(self) -> list[list[str]]:
        """Relations and search rows, but not those of etags."""
        tables = [await self.rows(RELATED), await self.rows(FOUND)]
        return [sorted(map(str, table)) for table in tables]

    async def rows(self, statement: Statement) -> Sequence[Row]:
        return await self.db.read(lambda tx: tx.fetch(statement))


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[Shop]:
    url = await postgresql.url_for(folder)
    assert url is not None
    db = await open_postgresql(url, SystemClock())
    try:
        yield Shop(folder, url, db)
    finally:
        await db.close()


def teams() -> list[Deferred]:
    return [given(f"team-{number}", kind="Group") for number in range(TEAMS)]


def components(shift: int = 0, *, step: int = 1) -> list[Deferred]:
    """Every *step*th component, owned by another team than with another *shift*."""
    numbers = range(0, COMPONENTS, step)
    return [given(f"c{number}", owner=f"team-{(number + shift) % TEAMS}") for number in numbers]


def refs(*given: Deferred) -> list[str]:
    return [ref_of(each.entity) for each in given]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder for another database."""
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


async def test_workers_together_do_each_thing_once_and_come_to_what_one_alone_comes_to(tmp_path: Path, other: Path):
    async with shop(tmp_path) as many, many.workers(3):
        await many.give([*teams(), *components()])
        await many.settled()
        first = many.processed()
        await many.give(components(shift=3, step=2))
        await many.settled()
        changed = many.processed() - first
        served, around = await many.served(), await many.around()
        numbers = [row["sequence"] for row in await many.rows(LOGGED)]
    assert first == Counter(refs(*teams(), *components()))
    assert changed == Counter(refs(*components(step=2)))
    assert numbers == list(range(1, len(numbers) + 1))
    async with shop(other) as one, one.workers(1):
        await one.give([*teams(), *components()])
        await one.give(components(shift=3, step=2))
        await one.settled()
        assert served == await one.served()
        assert around == await one.around()


async def test_what_a_killed_worker_had_claimed_is_taken_over_after_its_lease(tmp_path: Path):
    async with shop(tmp_path) as made:
        async with made.workers(1, "--hang") as [doomed]:
            await made.give([*teams(), *components(step=10)])

            async def begun() -> bool:
                return bool(made.processed())

            await until(begun)
            await doomed.kill()
        assert await made.served() == {}
        async with made.workers(2, "--ahead", str(LEASE / SECOND + 1)):
            await made.settled()

            async def served() -> bool:
                return len(await made.served()) == TEAMS + COMPONENTS / 10

            await until(served)
