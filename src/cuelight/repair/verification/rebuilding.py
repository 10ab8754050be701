"""An empty database is given the sources that there should be; what the same engine makes of them is what is expected.

Files that we hold as their host has them are copied; only what differs is read from the host.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, insert, select, update

from cuelight.catalog import CatalogEngine, Cause, Deferred, StaticLocation, apply, location_entity, refresh
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.clock import Clock
from cuelight.db import Database, Statement, Transaction
from cuelight.errors import HostError, TimedOut
from cuelight.repair.census import patiently
from cuelight.repair.verification.rivals import give_the_word, left_over
from cuelight.repair.verification.rows import absent_row, branch_row, source_row, still_right
from cuelight.repair.verification.sight import Sight
from cuelight.repair.verification.view import View, view
from cuelight.repositories import Registry
from cuelight.repositories.elsewhere import copy_pages
from cuelight.repositories.plan import declares, is_glob, matching
from cuelight.repositories.registry import Spelling
from cuelight.repositories.tables import REPOSITORIES, SOURCES, WANTS
from cuelight.scm import FileAt

Engine = Callable[[Database], CatalogEngine]
"""Makes the engine over a database: the same processors and rules as the program's own."""

ROUNDS: Final = 20
"""How often files that entities name are looked up: each round may find files that name further ones."""
LONGEST: Final = 1800.0
"""Seconds that the engine may take."""
_CHUNK: Final = 50

_OURS = Statement(select(SOURCES).where(SOURCES.c.repository_id == bindparam("repository")))
_PUT_REPOSITORY = Statement(insert(REPOSITORIES))
_PUT_SOURCE = Statement(lambda words: words.insert(SOURCES).on_conflict_do_nothing())
_UNREAD = Statement(
    select(WANTS.c.repository_id, WANTS.c.path)
    .where(WANTS.c.read_at.is_(None))
    .order_by(WANTS.c.repository_id, WANTS.c.path)
)
_READ = Statement(update(WANTS).where(WANTS.c.read_at.is_(None)).values(read_at=bindparam("now")))
_GIVEN = Statement(
    select(
        REFRESH_REFERENCES.c.source,
        REFRESH_STATE.c.entity_ref,
        REFRESH_STATE.c.unprocessed,
        REFRESH_STATE.c.location_key,
    )
    .join(REFRESH_STATE, REFRESH_STATE.c.entity_ref == REFRESH_REFERENCES.c.target_ref)
    .where(REFRESH_REFERENCES.c.source.like("provider:%"))
    .union(
        select(CONFLICTS.c.source, CONFLICTS.c.entity_ref, CONFLICTS.c.unprocessed, CONFLICTS.c.location_key).where(
            CONFLICTS.c.source.like("provider:%")
        )
    )
    .order_by("entity_ref", "source")
)


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What is made of the sources. `descriptors`: by the key of a sight, path → blob. `unknown`: sights that could not be read.

    `rivals`: what a ref would be by the word of the claimant that has it in ours, where another has it here. `left_over`: the
    provider of what only one gave that is configured no more.
    """

    view: View
    rivals: Mapping[str, Mapping[str, Any]]
    left_over: Mapping[str, str]
    descriptors: Mapping[str, Mapping[str, str]]
    unknown: Sequence[Sight]


class _Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked branch in the scratch database, under the id of its row there."""

    row_id: str
    sight: Sight
    sources: Mapping[str, Mapping[str, Any]]

    @property
    def spelling(self) -> Spelling:
        """Under which names entities know its files."""
        sight, held = self.sight, self.sight.target.holding
        branch = sight.branch or (held.tracked.branch if held else None)
        default = sight.repository.default_branch if sight.repository else branch
        name = sight.repository.full_name if sight.repository else sight.target.full_name
        return Spelling(host=sight.target.host, full_name=name, refs=(branch, None) if branch == default else (branch,))


class Rebuilding:
    """Fills *scratch* with what *sights* show, and has *engine* work it."""

    def __init__(self, db: Database, scratch: Database, registry: Registry, clock: Clock, engine: Engine) -> None:
        self._db = db
        self._scratch = scratch
        self._registry = registry
        self._clock = clock
        self._engine = engine(scratch)
        self._cause = Cause(id="verification", at=clock.now())
        self._branches: dict[str, _Branch] = {}
        self._unknown: list[Sight] = []

    async def run(self, sights: Sequence[Sight], served: View) -> Rebuilt:
        """What the engine makes of it, where *served* is ours. TimedOut where it does not come to rest."""
        for sight in sights:
            if sight.state in {"seen", "unknown"}:
                await self._copy(sight)
        await copy_pages(self._db, self._scratch)
        await self._give_others()
        running = asyncio.create_task(self._engine.run(), name="verification engine")
        try:
            await self._rest(running)
            made = await self._scratch.read(view)
            given = await self._scratch.read(lambda tx: tx.fetch(_GIVEN))
            rivals = await self._rivals(running, served)
        finally:
            running.cancel()
            await asyncio.wait([running])
        return Rebuilt(
            view=made,
            rivals=rivals,
            left_over=left_over(given, self._registry),
            descriptors=self._descriptors(),
            unknown=tuple(self._unknown),
        )

    async def _rivals(self, running: "asyncio.Task[None]", served: View) -> dict[str, Mapping[str, Any]]:
        """By ref, what the claimant that has it in *served*, and lost it here, would have it be."""
        refs = await self._scratch.transact(lambda tx: give_the_word(tx, served, self._cause))
        if not refs:
            return {}
        await self._rest(running)
        entities = (await self._scratch.read(view)).entities
        return {ref: entities[ref] for ref in refs if ref in entities}

    async def _rest(self, running: "asyncio.Task[None]") -> None:
        """Let the engine come to rest, and look up what entities name, until they name nothing new."""
        for _ in range(ROUNDS):
            settled = asyncio.create_task(self._engine.settled())
            done, _ = await asyncio.wait({running, settled}, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
            if settled not in done:
                settled.cancel()
                await asyncio.wait([settled])
                if running in done:
                    running.result()
                raise TimedOut(
                    f"the catalog was not rebuilt within {LONGEST:g} seconds; verify again when less is going on"
                )
            if not await self._look_up():
                return

    async def _copy(self, sight: Sight) -> None:
        """Put the branch of *sight* into the scratch database: what we hold of it, as far as that is right, and the rest."""
        held = sight.target.holding
        ours = await self._ours(held.tracked.id) if held else {}
        sources = dict(ours)
        if sight.state == "seen":
            try:
                sources = await self._sources(sight, ours)
            except HostError as error:
                sight = msgspec.structs.replace(sight, state="unknown", reason=error.message)
                self._unknown.append(sight)
        row = branch_row(sight, self._digest(sight), self._clock.now())
        branch = _Branch(row_id=row["id"], sight=sight, sources=sources)
        self._branches[branch.row_id] = branch
        rows = [{**source, "repository_id": branch.row_id} for source in sources.values()]

        async def work(tx: Transaction) -> None:
            await tx.execute(_PUT_REPOSITORY, row)
            await tx.execute_many(_PUT_SOURCE, rows)

        await self._scratch.transact(work)
        await self._give(branch)

    async def _ours(self, row_id: str) -> dict[str, Mapping[str, Any]]:
        rows = await self._db.read(lambda tx: tx.fetch(_OURS, {"repository": row_id}))
        return {row["path"]: {column.name: row[column.name] for column in SOURCES.c} for row in rows}

    async def _sources(self, sight: Sight, ours: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """The rows that there should be at the commit of *sight*."""
        kept = {path: ours[path] for path, blob in sight.blobs.items() if still_right(ours.get(path), blob)}
        absent = {path: row for path, row in ours.items() if row["state"] == "absent" and path not in sight.blobs}
        read = await self._read(sight, sorted(sight.blobs.keys() - kept.keys()))
        return {**kept, **absent, **{path: self._source(sight, path, file) for path, file in read.items()}}

    async def _read(self, sight: Sight, paths: Sequence[str]) -> Mapping[str, FileAt]:
        host = self._registry.host(sight.target.host)
        repository, commit = sight.repository, sight.commit
        if not paths or host is None or repository is None or commit is None:
            return {}
        files = await patiently(lambda: host.files(repository, commit.sha, paths), self._clock)
        return {path: file for path, file in files.items() if file is not None}

    def _source(self, sight: Sight, path: str, file: FileAt) -> dict[str, Any]:
        return source_row(path, self._kind(sight, path, file), file, sight.head)

    def _kind(self, sight: Sight, path: str, file: FileAt) -> str:
        """What a file is: a descriptor, one that only entities name, or one that declares nothing."""
        provider = self._registry.provider(sight.target.provider)
        wanted = any(_means(pattern, path) for pattern in (sight.target.holding.wants if sight.target.holding else ()))
        if provider is None or not provider.selection.paths.matches(path):
            return "wanted"
        if not provider.selection.declared or declares(file.content):
            return "descriptor"
        return "wanted" if wanted else "candidate"

    def _digest(self, sight: Sight) -> str:
        provider = self._registry.provider(sight.target.provider)
        return provider.selection.digest if provider else "locations"

    async def _give(self, branch: _Branch) -> None:
        """Give the catalog the Locations of the branch's descriptors, as its provider does."""
        provider, sight = branch.sight.target.provider, branch.sight
        if self._registry.provider(provider) is None:
            return
        held = sight.target.holding
        web_url = sight.repository.web_url if sight.repository else (held.tracked.web_url if held else "")
        name = branch.spelling.refs[0]
        paths = [path for path, row in sorted(branch.sources.items()) if row["kind"] == "descriptor"]
        urls = self._registry.urls(sight.target.host)
        pages = [urls.blob(web_url, name, path) for path in paths] if name else []
        for start in range(0, len(pages), _CHUNK):
            given = [_deferred(provider, page) for page in pages[start : start + _CHUNK]]
            await self._scratch.transact(_applying(provider, given, self._cause))

    async def _give_others(self) -> None:
        """Give it what providers gave that are no repositories': static locations, and whatever else is registered."""
        rows = await self._db.read(lambda tx: tx.fetch(_GIVEN))
        for row in rows:
            name = row["source"].removeprefix("provider:")
            if self._registry.provider(name) is None:
                given = Deferred(entity=msgspec.json.decode(row["unprocessed"]), location_key=row["location_key"])
                await self._scratch.transact(_applying(name, [given], self._cause))

    async def _look_up(self) -> bool:
        """Look up what entities name and nobody has looked up yet; whether there was any."""
        wanted = await self._scratch.read(lambda tx: tx.fetch(_UNREAD))
        rows, keys = [], []
        for row in wanted:
            branch = self._branches.get(row["repository_id"])
            if branch is not None:
                rows += await self._looked_up(branch, row["path"])
                keys += branch.spelling.keys(row["path"])

        async def work(tx: Transaction) -> None:
            await tx.execute_many(_PUT_SOURCE, rows)
            await tx.execute(_READ, {"now": tx.now()})
            await refresh(tx, keys, self._cause)

        await self._scratch.transact(work)
        return bool(keys)

    async def _looked_up(self, branch: _Branch, path: str) -> list[dict[str, Any]]:
        """The rows of *path*, which may stand for several; those that are there already count as well."""
        sight, host = branch.sight, self._registry.host(branch.sight.target.host)
        repository, commit = sight.repository, sight.commit
        if sight.state != "seen" or host is None or repository is None or commit is None:
            return []
        paths = [path]
        try:
            if is_glob(path):
                tree = await patiently(lambda: host.tree(repository, commit), self._clock)
                paths = [path] if path in tree.blobs else matching(tree.blobs, path)
            missing = [each for each in paths if each not in branch.sources]
            files = await self._read(sight, missing)
        except HostError:
            return []  # it stays pending, and what is made of it is a difference that says so
        found = [source_row(each, "wanted", file, sight.head) for each, file in files.items()]
        absent = [absent_row(each) for each in missing if each not in files]
        return [{**row, "repository_id": branch.row_id} for row in (*found, *absent)]

    def _descriptors(self) -> dict[str, dict[str, str]]:
        return {
            branch.sight.key: {
                path: row["blob"]
                for path, row in branch.sources.items()
                if row["kind"] == "descriptor" and row["blob"] is not None
            }
            for branch in self._branches.values()
        }


def _applying(provider: str, given: Sequence[Deferred], cause: Cause) -> Callable[[Transaction], Awaitable[object]]:
    async def work(tx: Transaction) -> None:
        await apply(tx, provider, given, [], cause)

    return work


def _deferred(provider: str, page: str) -> Deferred:
    location = StaticLocation(type="url", target=page)
    return Deferred(entity=location_entity(location, presence="optional"), location_key=provider)


def _means(pattern: str, path: str) -> bool:
    return pattern == path or (is_glob(pattern) and bool(matching([path], pattern)))
