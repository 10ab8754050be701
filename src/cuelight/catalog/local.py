"""Local files: what locations of type `file`, which only the configuration has, name on this machine.

Nobody says when one changes, so they are looked at again and again. The catalog reads what was seen at the last look, which is
kept in memory: processing waits for no disk. A file that is named for the first time is looked at within a second, and all of
them at once where somebody asks for a refresh.
"""

import asyncio
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from cuelight.catalog.cause import Cause
from cuelight.catalog.channels import FILES
from cuelight.catalog.connection import keys_in_use, refresh
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending, Reader, Unreadable, fingerprint
from cuelight.catalog.tables import REFRESH_KEYS
from cuelight.clock import Clock, timed_id
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.scm import Globs

LARGEST: Final = 10_000_000
"""Bytes of a file."""
MOST_MATCHES: Final = 1_000
"""Files that one glob stands for."""
MOST_LISTED: Final = 100_000
"""Files below the folder of a glob that are looked at for it."""
GLANCE: Final = 1.0
"""Seconds between looks for files that are named for the first time."""

_LOCAL: Final = "file:"
_MAGIC: Final = frozenset("*?[{")
_WATCHED: Final = Statement(select(REFRESH_KEYS.c.key).where(REFRESH_KEYS.c.key.like("file:/%")).distinct())

_log = structlog.get_logger(__name__)


def is_local(address: str) -> bool:
    """Whether *address* is that of a file on this machine."""
    return address.startswith("file:/")


class LocalFiles:
    """What was seen of the files below *roots*; others are not read. Any thread may ask."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.resolve() for root in roots]
        self._seen: dict[str, Answer] = {}
        self._named: set[str] = set()

    @property
    def unseen(self) -> bool:
        """Whether something is named that was not looked at yet."""
        return not self._named <= self._seen.keys()

    @property
    def named(self) -> frozenset[str]:
        """The addresses that are looked at."""
        return frozenset(self._named)

    def answer(self, address: str) -> Answer:
        """What *address* stands for, as of the last look."""
        return self._seen.get(address) or Pending(reason="it was not looked at yet")

    def name(self, address: str) -> None:
        """Look at *address* from now on."""
        self._named.add(address)

    def forget(self, address: str) -> None:
        """Look at it no more."""
        self._named.discard(address)
        self._seen.pop(address, None)

    def look(self) -> list[str]:
        """Look at all that is named; the addresses that stand for something else now. It waits for the disk."""
        changed = []
        for address in sorted(self._named):
            before, now = self._seen.get(address), self._look(Path(address.removeprefix(_LOCAL)))
            if before is None or fingerprint(before) != fingerprint(now):
                changed.append(address)
            self._seen[address] = now
        return changed

    def _look(self, path: Path) -> Answer:
        if not self._may_read(path):
            return Unreadable(reason=f"{path} is not below the working directory or a configured file; move it there")
        try:
            paths = list(_matching(path))
            files = tuple(_read(each) for each in paths if self._may_read(each))
        except (OSError, ValueError) as error:
            return Unreadable(reason=str(error))
        return Found(files=files) if files else Absent(reason=f"there is no file like {path}")

    def _may_read(self, path: Path) -> bool:
        """Whether *path*, wherever its links lead, is below a root."""
        resolved = path.resolve()
        return any(resolved.is_relative_to(root) for root in self._roots)


class LocalReader:
    """A `Reader` that answers for local files itself, and leaves everything else to *others*."""

    def __init__(self, others: Reader, files: LocalFiles) -> None:
        self._others = others
        self._files = files

    def key(self, url: str) -> str:
        """The refresh key of *url*: of a local file its address."""
        return url if is_local(url) else self._others.key(url)

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*, which is not local."""
        return self._others.resolve(url, base)

    async def read(self, tx: Reading, url: str) -> Answer:
        """What *url* names."""
        return self._files.answer(url) if is_local(url) else await self._others.read(tx, url)

    async def ahead(self, tx: Reading, urls: Collection[str]) -> "LocalReader":
        """The same for *tx*, which knows beforehand what *urls* name."""
        return LocalReader(await self._others.ahead(tx, [url for url in urls if not is_local(url)]), self._files)

    async def want(self, tx: Transaction, url: str, cause: Cause) -> None:
        """See that *url* is read."""
        if is_local(url):
            self._files.name(url)
        else:
            await self._others.want(tx, url, cause)


class LocalWatch:
    """Looks at *files* every *interval* seconds (None: only once each), and wakes the entities that depend on one that changed."""

    def __init__(self, db: Database, files: LocalFiles, clock: Clock, interval: float | None) -> None:
        self._db = db
        self.files = files
        """What is looked at."""
        self._clock = clock
        self._interval = interval
        self._looking = False

    @property
    def busy(self) -> bool:
        """Whether something is named that was not looked at yet, or whoever depends on what was seen was not told."""
        return self._looking or self.files.unseen

    async def run(self) -> None:
        """Look until cancelled."""
        await self.recall()
        listener = self._db.listen(FILES)
        looked, asked = self._clock.monotonic(), True
        while True:
            now = self._clock.monotonic()
            due = asked or (self._interval is not None and now - looked >= self._interval)
            if due or self.files.unseen:
                looked = now if due else looked
                await self._once()
            asked = await listener.wait(GLANCE)

    async def recall(self) -> None:
        """Name what entities depend on since an earlier run: it may have changed meanwhile."""
        for row in await self._db.read(lambda tx: tx.fetch(_WATCHED)):
            self.files.name(row["key"])

    async def look(self) -> None:
        """Look once, forget what no entity names any more, and wake who depends on what changed."""
        changed = await asyncio.to_thread(self.files.look)
        named = self.files.named
        cause = Cause(id=f"local:{timed_id(self._db.now())}", at=self._db.now())

        async def work(tx: Transaction) -> None:
            used = await keys_in_use(tx, sorted(named))
            for address in named - used:
                self.files.forget(address)
            await refresh(tx, changed, cause)

        if changed:
            await self._db.transact(work)

    async def _once(self) -> None:
        self._looking = True
        try:
            await self.look()
        except Exception:  # noqa: BLE001 -- whatever it was, the next look may do
            _log.exception("local_look_failed")
        finally:
            self._looking = False


def _matching(path: Path) -> Iterator[Path]:
    """The files that *path* names, which may hold globs, in order."""
    parts = path.parts
    plain = next((index for index, part in enumerate(parts) if not _MAGIC.isdisjoint(part)), len(parts))
    if plain == len(parts) or path.is_file():
        yield from [path] if path.is_file() else []
        return
    base = Path(*parts[:plain])
    globs = Globs(["/".join(parts[plain:])])
    found = sorted(each for each in _below(base) if globs.matches(each.relative_to(base).as_posix()))
    if len(found) > MOST_MATCHES:
        raise ValueError(f"{path} stands for {len(found)} files, and {MOST_MATCHES} are read; name fewer")
    yield from found


def _below(folder: Path) -> Iterator[Path]:
    count = 0
    for root, _, names in os.walk(folder):
        count += len(names)
        if count > MOST_LISTED:
            raise ValueError(f"{folder} holds more than {MOST_LISTED} files; name a folder below it")
        yield from (Path(root, name) for name in names)


def _read(path: Path) -> File:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path} has more than {LARGEST} bytes; split it")
    return File(url=f"{_LOCAL}{path}", content=content)
