"""A catalog of the tests' own: a real database, files in a dict, and an engine that runs beside the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import Table, select

from cuelight.catalog import Absent, Answer, CatalogEngine, Cause, Deferred, File, Found, apply, refresh
from cuelight.catalog.brake import Brake, engage
from cuelight.catalog.engine import Conduct
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.clock import ManualClock
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.model import generated_name
from cuelight.processors import Ingredients, find_processors
from tests.database import database

ROOT = "https://host/o/r/blob/main/catalog-info.yaml"
FINALS = Statement(select(FINAL_ENTITIES))


class Files:
    """A `Reader` over a dict: URL → text, or the answer to give. What it lacks is absent. A `*` at the end is a glob."""

    def __init__(self) -> None:
        self.held: dict[str, str | Answer] = {}
        self.commits: dict[str, str] = {}
        self.wanted: list[str] = []

    def key(self, url: str) -> str:
        return f"url:{url}"

    def resolve(self, url: str, base: str) -> str:
        return urljoin(base, url)

    async def read(self, _tx: Reading, url: str) -> Answer:
        held = self.held.get(url)
        if held is None and url.endswith("*"):
            names = sorted(name for name in self.held if name.startswith(url[:-1]))
            files = tuple(self._file(name, text) for name in names if isinstance(text := self.held[name], str))
            return Found(files=files) if files else Absent(reason="nothing there")
        if held is None:
            return Absent(reason="the tree lacks it")
        return held if not isinstance(held, str) else Found(files=(self._file(url, held),))

    async def ahead(self, _tx: Reading, _urls: Collection[str]) -> "Files":
        return self

    async def want(self, _tx: Transaction, url: str, _cause: Cause) -> None:
        self.wanted.append(url)

    def _file(self, url: str, text: str) -> File:
        return File(url=url, content=text.encode(), commit=self.commits.get(url))


class World:
    """What a test does to the catalog, and what it sees of it."""

    def __init__(self, db: Database, clock: ManualClock, files: Files) -> None:
        self.db = db
        self.clock = clock
        self.files = files
        self.engine: CatalogEngine
        self._causes = 0

    def cause(self, name: str | None = None, **fields: Any) -> Cause:
        self._causes += 1
        return Cause(id=name or f"cause {self._causes}", at=self.clock.now(), **fields)

    async def give(self, *added: Deferred, provider: str = "p", removed: Sequence[str] = (), **fields: Any) -> None:
        """Apply a delta and wait until everything that follows from it has happened."""
        cause = self.cause(**fields)
        await self.db.transact(lambda tx: apply(tx, provider, added, removed, cause))
        await self.engine.settled()

    async def touch(self, *urls: str, **fields: Any) -> None:
        """Say that these files changed, and wait for what follows."""
        cause = self.cause(**fields)
        await self.db.transact(lambda tx: refresh(tx, [self.files.key(url) for url in urls], cause))
        await self.engine.settled()

    async def write(self, url: str, held: str | Answer, **fields: Any) -> None:
        """Change a file, and say so."""
        self.files.held[url] = held
        await self.touch(url, **fields)

    async def rows(self, table: Table, **where: Any) -> list[dict[str, Any]]:
        """The rows of *table* with these values, in the order of its key."""
        rows = await self.db.read(lambda tx: tx.fetch(Statement(select(table).order_by(*table.primary_key))))
        found = [{column.name: row[column.name] for column in table.c} for row in rows]
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    async def finals(self) -> dict[str, dict[str, Any]]:
        """Every final entity by its ref."""
        rows = await self.db.read(lambda tx: tx.fetch(FINALS))
        return {row["entity_ref"]: json.loads(row["entity"]) for row in rows}


@asynccontextmanager
async def world(
    folder: Path,
    processors: Sequence[Processor] = (),
    conduct: Conduct | None = None,
    *,
    brake: Brake | None = None,
) -> AsyncIterator[World]:
    """A catalog in *folder* whose engine runs. Everything may be deleted from it, unless *brake* says how much."""
    clock = ManualClock()
    async with database(folder, clock) as db:
        made = World(db, clock, Files())
        own = find_processors(Ingredients(urls=lambda _url: None))
        await db.transact(lambda tx: engage(tx, brake))
        made.engine = CatalogEngine(db, clock, made.files, [*own, *processors], conduct)
        running = asyncio.create_task(made.engine.run())
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.wait([running])


def location(target: str = ROOT, *, presence: str = "required", **spec: Any) -> Deferred:
    """The Location that a provider generates for *target*."""
    return Deferred(
        entity={
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Location",
            "metadata": {"name": generated_name("url", target), "annotations": managed(target)},
            "spec": {"type": "url", "target": target, "presence": presence, **spec},
        },
        location_key=f"url:{target}",
    )


def managed(url: str) -> dict[str, str]:
    """Both managed-by annotations."""
    return {
        "backstage.io/managed-by-location": f"url:{url}",
        "backstage.io/managed-by-origin-location": f"url:{url}",
    }


def given(name: str, *, key: str | None = None, kind: str = "Component", **spec: Any) -> Deferred:
    """An entity as a provider gives it."""
    return Deferred(entity=entity(name, kind=kind, **spec), location_key=key)


def entity(name: str, *, kind: str = "Component", **spec: Any) -> dict[str, Any]:
    """A valid entity with both annotations."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "annotations": managed(f"https://host/{name}")},
        "spec": {**SPECS[kind], **spec},
    }


SPECS: dict[str, dict[str, Any]] = {
    "Component": {"type": "service", "lifecycle": "production", "owner": "team"},
    "Group": {"type": "team", "children": []},
    "User": {"memberOf": []},
    "Location": {},
}


def yaml(*documents: dict[str, Any] | str) -> str:
    """A file of these documents (JSON is YAML)."""
    return "\n---\n".join(each if isinstance(each, str) else json.dumps(each) for each in documents)


def component(name: str, **spec: Any) -> dict[str, Any]:
    """A Component as its author writes it."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name},
        "spec": {**SPECS["Component"], **spec},
    }


def locations(name: str, *targets: str, **spec: Any) -> dict[str, Any]:
    """A Location as its author writes it."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {"name": name},
        "spec": {"targets": list(targets), **spec},
    }
