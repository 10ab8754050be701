"""Where a rehearsal's files come from, and what it remembers of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn, Protocol

from cuelight.catalog.cause import Cause
from cuelight.catalog.reader import Answer, Pending
from cuelight.db import Parameters, Reading, Row, Statement, Transaction


class Gatherer(Protocol):
    """Reads what URLs name now; it may wait for a network, and is asked for many at once."""

    def key(self, url: str) -> str:
        """As `Reader.key`."""
        ...

    def resolve(self, url: str, base: str) -> str:
        """As `Reader.resolve`."""
        ...

    async def gather(self, urls: Sequence[str]) -> Mapping[str, Answer]:
        """What each of *urls* names; never `Pending`, and `Unreadable` where nothing is known."""
        ...


class Memory:
    """The reader of a rehearsal: what was gathered, and a note of what was asked for beside that."""

    def __init__(self, gatherer: Gatherer) -> None:
        self._gatherer = gatherer
        self._known: dict[str, Answer] = {}
        self._missing: dict[str, None] = {}

    @property
    def held(self) -> int:
        """How many files it holds."""
        return len(self._known)

    def key(self, url: str) -> str:
        """The refresh key of *url*."""
        return self._gatherer.key(url)

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        return self._gatherer.resolve(url, base)

    async def read(self, _tx: Reading, url: str) -> Answer:
        """What *url* names, as far as it was gathered."""
        known = self._known.get(url)
        if known is None:
            self._missing[url] = None
            return Pending(reason="it is being gathered")
        return known

    async def ahead(self, _tx: Reading, _urls: Collection[str]) -> "Memory":
        """This one: it asks no database."""
        return self

    async def want(self, tx: Transaction, url: str, cause: Cause) -> None:
        """Nothing: what is rehearsed is not followed."""

    def missing(self) -> Sequence[str]:
        """What was asked for and is not known."""
        return list(self._missing)

    async def complete(self) -> None:
        """Gather what is missing."""
        asked, self._missing = list(self._missing), {}
        self._known.update(await self._gatherer.gather(asked))


class NoSnapshot:
    """In the place of a snapshot: a rehearsal's reader needs none."""

    async def fetch(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        """Refuse."""
        self._refuse(statement, parameters)

    async def fetch_one(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Refuse."""
        self._refuse(statement, parameters)

    def now(self) -> int:
        """No time passes."""
        return 0

    def _refuse(self, *_asked: object) -> NoReturn:
        raise RuntimeError("a step of the pipeline asked the database, which nothing but its reader may")
