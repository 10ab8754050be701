"""A database, a host in memory, and the parts between them: the world that these tests are played in."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

import cuelight.journal.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.catalog import CatalogEngine
from cuelight.catalog.tables import FINAL_ENTITIES, PROBLEMS
from cuelight.clock import ManualClock
from cuelight.db import Database, Row, Statement
from cuelight.events import Event
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Scanner, compare, picture_of_catalog, picture_of_hosts
from cuelight.repositories import Reconciler, Recorder, Registry, RepositoryReader
from cuelight.repositories.tables import REPOSITORIES, SIGNALS, SOURCES
from cuelight.scm import Action, Author, Change, Push, Repository, RepositoryChange, change_to_json
from cuelight.telemetry import Metrics
from tests.integration.repositories.host import MemoryHost, MemoryIntegration, MemoryProvider

ENTITIES = Statement(select(FINAL_ENTITIES))
ROWS = Statement(select(REPOSITORIES))
SIGNS = Statement(select(SIGNALS).order_by(SIGNALS.c.created_at, SIGNALS.c.id))
FILES = Statement(select(SOURCES))
PROBLEMS_ROWS = Statement(select(PROBLEMS))


def component(name: str, owner: str = "team") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"
    )


def location(*targets: str) -> str:
    listed = "".join(f"    - {target}\n" for target in targets)
    return f"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: files\nspec:\n  targets:\n{listed}"


class World:
    """A database, a host in memory, and the parts between them, driven step by step."""

    def __init__(
        self, db: Database, clock: ManualClock, *providers: MemoryProvider, host: MemoryHost | None = None
    ) -> None:
        self.db = db
        self.clock = clock
        self.host = host or MemoryHost()
        self.registry = Registry([MemoryIntegration(self.host, providers)])
        self.reconciler = Reconciler(db, self.registry, clock, Metrics())
        self.recorder = Recorder(self.registry.providers)
        processors = find_processors(Ingredients(urls=self.registry.urls_of))
        self.engine = CatalogEngine(db, clock, RepositoryReader(self.registry), processors)
        self._events = 0

    async def push(
        self, repository_id: str, after: str, *, branch: str = "main", repository: Repository | None = None
    ) -> None:
        """Record a push event that lists nothing, as the event system would; with *repository*, one whose payload says that."""
        await self.happen(
            Push(
                repository=repository or self.host.known[repository_id],
                ref=f"refs/heads/{branch}",
                branch=branch,
                before=None,
                after=after,
                paths=None,
                complete=False,
            )
        )

    async def push_of(self, repository_id: str, files: Mapping[str, str], *, paths: Sequence[str] | None = None) -> str:
        """Commit *files* (all of them) to main and record the push, whose payload lists *paths* (by default what changed)."""
        before = self.host.heads_at[repository_id, "main"]
        after = self.host.commit(repository_id, files)
        await self.happen(self.ordinary(repository_id, before, after, paths=paths))
        return after

    def ordinary(self, repository_id: str, before: str, after: str, *, paths: Sequence[str] | None = None) -> Push:
        """A push of one commit whose payload lists *paths* (by default what changed), and all of them."""
        old, new = (self.host.files_at[repository_id][sha] for sha in (before, after))
        changed = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
        return Push(
            repository=self.host.known[repository_id],
            ref="refs/heads/main",
            branch="main",
            before=before,
            after=after,
            paths=tuple(changed if paths is None else paths),
            complete=True,
            commits=1,
            author=Author(login="pusher"),
        )

    async def event(self, repository_id: str, action: Action, *, repository: Repository | None = None) -> None:
        """Record an event about the repository itself."""
        await self.happen(RepositoryChange(repository=repository or self.host.known[repository_id], action=action))

    async def happen(self, change: Change) -> None:
        """Record *change*."""
        self._events += 1
        event = Event(
            id=f"e{self._events}",
            topic="memory.push",
            key=change.repository.id,
            data=change_to_json(change).decode(),
            time=self.clock.now(),
            cause=f"d{self._events}",
        )
        await self.db.transact(lambda tx: self.recorder.handle([event], tx))

    async def work(self) -> int:
        """Reconcile everything that is due, and what that makes due; how many reconciles it took."""
        count = 0
        while claims := await self.reconciler.claim(10):
            for claim in claims:
                await self.reconciler.handle(claim)
            count += len(claims)
            await self.settle()
        return count

    async def settle(self) -> None:
        """Let the catalog come to rest."""
        running = asyncio.create_task(self.engine.run())
        try:
            async with asyncio.timeout(20):
                await self.engine.settled()
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def scan(self) -> None:
        await Scanner(self.db, self.registry).scan()

    async def rows(self, statement: Statement) -> Sequence[Row]:
        return await self.db.read(lambda tx: tx.fetch(statement))

    async def refs(self) -> list[str]:
        """The entities that are visible, without the generated Locations."""
        refs = [row["entity_ref"] for row in await self.rows(ENTITIES)]
        return sorted(ref for ref in refs if not ref.startswith("location:default/generated-"))

    async def owner(self, ref: str) -> str:
        entities = {row["entity_ref"]: msgspec.json.decode(row["entity"]) for row in await self.rows(ENTITIES)}
        return str(entities[ref]["spec"]["owner"])

    async def annotation(self, ref: str, name: str) -> str:
        entities = {row["entity_ref"]: msgspec.json.decode(row["entity"]) for row in await self.rows(ENTITIES)}
        return str(entities[ref]["metadata"]["annotations"][name])

    async def outcomes(self) -> dict[str, str | None]:
        return {row["id"]: row["outcome"] for row in await self.rows(SIGNS)}

    async def drift(self) -> list[object]:
        return list(compare(await picture_of_hosts(self.registry), await picture_of_catalog(self.db)))
