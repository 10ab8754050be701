"""Reading live: what a URL names now, for whoever asks what would become of it; nothing is stored, nothing tracked.

What the catalog holds at the applied head is taken from its rows. For the rest the host is asked, as reconciling asks it:
the branch's head, the tree where globs are to be matched, then the files at that commit, as many in one request as there
are. What it said is remembered for as long as this reader is. URLs that no integration reads go to another function.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from cuelight.catalog.reader import Absent, Answer, File, Found, Unreadable
from cuelight.db import Database, Reading
from cuelight.errors import HostError
from cuelight.fetch import not_allowed
from cuelight.repositories.plan import is_glob, matching
from cuelight.repositories.reader import RepositoryReader, explained
from cuelight.repositories.registry import Registry
from cuelight.scm import Commit, FileAt, Host, Look, Place, Repository, Seen, Tree

Elsewhere = Callable[[str], Awaitable[Answer]]
"""Reads a URL that no integration reads."""
MOST_MATCHES = 500
"""Files that one URL with globs may stand for here."""
AT_ONCE = 8
"""Repositories, and URLs elsewhere, that are asked for at a time."""


class Branch(msgspec.Struct, frozen=True):
    """A branch by the name of its repository: what one head is asked for."""

    host: str
    full_name: str
    ref: str | None


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where a branch stands: the host to ask, its repository as that calls it now, and the head."""

    host: Host
    repository: Repository
    commit: Commit


async def refuse(url: str) -> Answer:
    """The answer for a URL that nothing may read."""
    return Unreadable(reason=not_allowed(url))


class LiveReader:
    """Implements `cuelight.catalog.rehearsal.Gatherer` over rows and hosts, for one rehearsal."""

    def __init__(self, db: Database, registry: Registry, elsewhere: Elsewhere = refuse) -> None:
        self._db = db
        self._registry = registry
        self._elsewhere = elsewhere
        self._rows = RepositoryReader(registry)
        self._stands: dict[Branch, Stand | Answer] = {}
        self._trees: dict[Branch, Tree] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def key(self, url: str) -> str:
        """The refresh key of *url*."""
        return self._rows.key(url)

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        return self._rows.resolve(url, base)

    async def gather(self, urls: Sequence[str]) -> Mapping[str, Answer]:
        """What each of *urls* names: from rows where these hold it, else from its host."""
        known = await self._db.read(lambda tx: self._stored(tx, urls))
        branches: dict[Branch, dict[str, Place]] = {}
        elsewhere: list[str] = []
        for url in urls:
            place = self._registry.place(url)
            if url in known:
                continue
            if place is None:
                elsewhere.append(url)
            else:
                branches.setdefault(Branch(place.host, place.full_name.lower(), place.ref), {})[url] = place
        asked = [*(self._of_branch(*each) for each in branches.items()), *(self._other(url) for url in elsewhere)]
        for answers in await asyncio.gather(*asked):
            known.update(answers)
        return known

    async def _stored(self, tx: Reading, urls: Sequence[str]) -> dict[str, Answer]:
        """Those of *urls* whose files are sources; what these do not hold, the host may by now."""
        answers = {url: await self._rows.read(tx, url) for url in urls if self._registry.place(url)}
        return {url: answer for url, answer in answers.items() if isinstance(answer, Found)}

    async def _other(self, url: str) -> Mapping[str, Answer]:
        async with self._slots:
            return {url: explained(await self._elsewhere(url), url, self._registry)}

    async def _of_branch(self, branch: Branch, places: Mapping[str, Place]) -> Mapping[str, Answer]:
        async with self._slots:
            try:
                return await self._read(branch, places)
            except HostError as error:
                return dict.fromkeys(places, Unreadable(reason=error.message))

    async def _read(self, branch: Branch, places: Mapping[str, Place]) -> Mapping[str, Answer]:
        stand = await self._stand(branch, next(iter(places.values())))
        if not isinstance(stand, Stand):
            return dict.fromkeys(places, stand)
        paths = {url: await self._paths(branch, stand, place.path) for url, place in places.items()}
        wanted = list(dict.fromkeys(path for found in paths.values() for path in found[:MOST_MATCHES]))
        files = await stand.host.files(stand.repository, stand.commit.sha, wanted)
        return {url: self._answer(url, found, files, stand) for url, found in paths.items()}

    async def _stand(self, branch: Branch, place: Place) -> Stand | Answer:
        if branch not in self._stands:
            self._stands[branch] = await self._asked(place)
        return self._stands[branch]

    async def _asked(self, place: Place) -> Stand | Answer:
        host = self._registry.host(place.host)
        if host is None:
            return Unreadable(reason=f"no integration reads {place.host}; add it under integrations")
        (answer,) = await host.heads([Look(repository_id=None, full_name=place.full_name, branch=place.ref)])
        if isinstance(answer, HostError):
            return Unreadable(reason=answer.message)
        if not isinstance(answer, Seen):
            return Absent(reason=answer.reason)
        if answer.commit is None:
            return Absent(reason=f"{place.full_name} has no branch {place.ref or 'yet'}")
        return Stand(host=host, repository=answer.repository, commit=answer.commit)

    async def _paths(self, branch: Branch, stand: Stand, path: str) -> Sequence[str]:
        """The files that *path* stands for; a name with the signs of a glob may be that of a file."""
        if not is_glob(path):
            return [path] if path else []
        if branch not in self._trees:
            self._trees[branch] = await stand.host.tree(stand.repository, stand.commit)
        blobs = self._trees[branch].blobs
        return [path] if path in blobs else sorted(matching(blobs, path))

    def _answer(self, url: str, paths: Sequence[str], files: Mapping[str, FileAt | None], stand: Stand) -> Answer:
        if len(paths) > MOST_MATCHES:
            return Unreadable(reason=f"it stands for {len(paths)} files, at most {MOST_MATCHES} are read; name fewer")
        found = {path: file for path in paths if (file := files[path]) is not None}
        if not found:
            return Absent(reason=f"{stand.repository.full_name} has no such file at {stand.commit.sha}")
        if refused := next((file.reason for file in found.values() if file.content is None), None):
            return Unreadable(reason=refused)
        return Found(files=tuple(self._file(url, path, file, stand) for path, file in found.items()))

    def _file(self, url: str, path: str, file: FileAt, stand: Stand) -> File:
        """The *file* at *path*, which *url* names, or stands for together with others."""
        place = self._registry.place(url)
        address = url if place and place.path == path else self.resolve(f"/{path}", url)
        return File(url=address, content=file.content or b"", commit=stand.commit.sha)
