"""The catalog's reader, answered from sources: what each repository held at the head that was applied."""

import zlib
from collections.abc import Collection, Sequence

from cuelight.catalog.cause import Cause
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending, Unreadable
from cuelight.clock import timed_id
from cuelight.db import Reading, Row, Transaction
from cuelight.fetch import not_allowed
from cuelight.repositories.elsewhere import PageShelf, page_key
from cuelight.repositories.lookups import At, Lookups, name_of, rows_of, sources_of
from cuelight.repositories.plan import is_glob
from cuelight.repositories.registry import Registry, place_key
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.statements import INSERT_WANT, PRESENT_PATHS, WANT
from cuelight.repositories.tracked import LOCATIONS, insert_candidate
from cuelight.scm import Globs, Place, Repository


class RepositoryReader:
    """Implements `cuelight.catalog.Reader` over the rows of this room. *pages* are what no integration serves."""

    def __init__(self, registry: Registry, pages: PageShelf | None = None, lookups: Lookups | None = None) -> None:
        self._registry = registry
        self._pages = pages or PageShelf()
        self._lookups = lookups or Lookups()

    def key(self, url: str) -> str:
        """The refresh key of *url*."""
        place = self._registry.place(url)
        return place_key(place) if place else page_key(url)

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        return self._registry.resolve(url, base)

    async def read(self, tx: Reading, url: str) -> Answer:
        """What *url* names at the applied head of its repository."""
        place = self._registry.place(url)
        if place is None:
            return explained(await self._pages.read(tx, url), url, self._registry)
        row = await self._row(tx, place)
        if row is None:
            return Pending(reason=f"{place.full_name} was not read yet")
        if row["head"] is None:
            return _headless(row)
        source = await self._lookups.source(tx, row["id"], place.path)
        if source is not None and source["kind"] == "candidate":
            source = None
        if is_glob(place.path) and (source is None or source["state"] == "absent"):
            return await self._several(tx, row, place, url)
        return self._one(source, row, place, url) if source else await self._missing(tx, row, place)

    async def ahead(self, tx: Reading, urls: Collection[str]) -> "RepositoryReader":
        """The same for *tx*, which has looked up together what *urls* name."""
        places = [place for url in urls if (place := self._registry.place(url)) is not None]
        rows = await rows_of(tx, places)
        applied = ((self._chosen(rows[name_of(place)], place), place.path) for place in places)
        wanted = {At(row["id"], path) for row, path in applied if row is not None and row["head"] is not None}
        return RepositoryReader(self._registry, self._pages, Lookups(rows, await sources_of(tx, wanted)))

    async def want(self, tx: Transaction, url: str, cause: Cause) -> None:
        """See that *url* is read, and kept, for as long as an entity names it."""
        place = self._registry.place(url)
        if place is None:
            await self._pages.want(tx, url, cause)
            return
        tracked = await self._row(tx, place)
        repository_id = tracked["id"] if tracked else await self._adopt(tx, place)
        row = {
            "repository_id": repository_id,
            "path": place.path,
            "cause": cause.id,
            "since": tx.now(),
            "read_at": None,
        }
        if not await tx.execute(INSERT_WANT, row) and await _waits(tx, repository_id, place.path):
            return  # it is read as soon as its host answers; asking again would not make it come sooner
        signal = Signal(id=f"wanted:{timed_id(tx.now())}", kind="wanted", cause=cause.id, caused_at=cause.at)
        await note(tx, repository_id, signal)

    async def _adopt(self, tx: Transaction, place: Place) -> str:
        """A repository that only a location names."""
        named = Repository(
            host=place.host, id="", full_name=place.full_name, web_url=f"https://{place.host}/{place.full_name}"
        )
        return await insert_candidate(tx, LOCATIONS, named, place.ref, known=False)

    async def _row(self, tx: Reading, place: Place) -> Row | None:
        """The row that stands for the repository of *place*, of those whose provider is in the configuration."""
        return self._chosen(await self._lookups.rows(tx, place), place)

    def _chosen(self, rows: Sequence[Row], place: Place) -> Row | None:
        known = [row for row in rows if row["provider"] == LOCATIONS or self._registry.provider(row["provider"])]
        return _tracked(known, place)

    async def _missing(self, tx: Reading, row: Row, place: Place) -> Answer:
        """A file that was not read: it will be, or the host does not show its repository for now."""
        if row["reason"] and row["due_at"] is None and await _waits(tx, row["id"], place.path):
            return Unreadable(reason=row["reason"])
        return Pending(reason=f"{place.path} of {place.full_name} was not read yet")

    def _one(self, source: Row, row: Row, place: Place, url: str) -> Answer:
        if source["state"] == "absent":
            return Absent(reason=f"{place.full_name} has no {place.path} at {row['head']}")
        if source["state"] == "unreadable":
            return Unreadable(reason=source["reason"])
        return Found(files=(_file(source, url),))

    async def _several(self, tx: Reading, row: Row, place: Place, url: str) -> Answer:
        wanted = await tx.fetch_one(WANT, {"repository": row["id"], "path": place.path})
        if wanted is None or wanted["read_at"] is None:
            return Pending(reason=f"{place.path} of {place.full_name} was not read yet")
        globs = Globs((place.path,))
        paths = [found["path"] for found in await tx.fetch(PRESENT_PATHS, {"repository": row["id"]})]
        files = []
        for path in sorted(filter(globs.matches, paths)):
            source = await self._lookups.source(tx, row["id"], path)
            if source is not None:
                files.append(_file(source, self.resolve(f"/{path}", url)))
        if not files:
            return Absent(reason=f"{place.full_name} has no file like {place.path} at {row['head']}")
        return Found(files=tuple(files))


def explained(answer: Answer, url: str, registry: Registry) -> Answer:
    """*answer*; or, where it is only that *url* is not allowed, what is wrong with that as an address of its host."""
    refused = isinstance(answer, Unreadable) and answer.reason == not_allowed(url)
    flaw = registry.flaw(url) if refused else None
    return Unreadable(reason=flaw) if flaw else answer


async def _waits(tx: Reading, repository_id: str, path: str) -> bool:
    """Whether *path* is wanted already, and was never compared with a commit."""
    want = await tx.fetch_one(WANT, {"repository": repository_id, "path": path})
    return want is not None and want["read_at"] is None


def _tracked(rows: Sequence[Row], place: Place) -> Row | None:
    """Of the rows that track the repository of *place*, the one whose branch it names.

    Of several, one that has the name now comes before one that was asked for by it, one that was read before one that was
    not, and one that is gone last. What a provider's filters leave out is not there for it, but may be for a location.
    """
    name = place.full_name.lower()
    named = [row for row in rows if row["status"] != "excluded" and _names(place, row)]
    return min(
        named, key=lambda row: (row["status"] == "gone", row["folded_name"] != name, row["head"] is None), default=None
    )


def _names(place: Place, row: Row) -> bool:
    branch: str | None = row["branch"]
    return branch == place.ref or (place.ref is None and branch in {None, row["default_branch"]})


def _headless(row: Row) -> Answer:
    if row["status"] == "gone":
        return Absent(reason=row["reason"])
    if row["reason"] and row["confirmed_at"] is None and row["due_at"] is None:
        return Unreadable(reason=row["reason"])
    return Pending(reason=f"{row['full_name']} was not read yet")


def _file(source: Row, url: str) -> File:
    return File(url=url, content=zlib.decompress(source["content"]), commit=source["commit_sha"])
