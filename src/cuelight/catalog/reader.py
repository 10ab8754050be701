"""How the processing loop gets at the files that entities name, without knowing where they come from.

The catalog declares this protocol; the room of repositories implements it from what it has read at each
repository's applied head. So processing never waits for a network, and two runs on the same rows agree.
"""

from collections.abc import Collection
from hashlib import sha256
from typing import Protocol

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.db import Reading, Transaction


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as read: its URL (what `managed-by-location` names), its bytes, and the commit they are of."""

    url: str
    content: bytes
    commit: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a URL names: one, or for a URL with globs any number above none."""

    files: tuple[File, ...]


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """There is no such file: the commit's tree was read, and lacks it. `reason` says so in a sentence."""

    reason: str


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """Not read yet. Whoever asked is woken through its refresh key as soon as it was. `reason` says what is waited for."""

    reason: str


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """It will not be read: no integration reads this address, or the file is past a limit. `reason` says what to do."""

    reason: str


Answer = Found | Absent | Pending | Unreadable


def fingerprint(answer: Answer) -> str:
    """What tells *answer* from every other; reasons apart, which change with each commit."""
    if not isinstance(answer, Found):
        return type(answer).__name__
    digest = sha256()
    for file in answer.files:
        digest.update(f"{file.url}\n{len(file.content)}\n".encode())
        digest.update(file.content)
    return digest.hexdigest()


class Reader(Protocol):
    """Answers what a URL names, from rows."""

    def key(self, url: str) -> str:
        """The refresh key of *url*: the same for every spelling of the same file."""
        ...

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        ...

    async def read(self, tx: Reading, url: str) -> Answer:
        """What *url* names, as of the snapshot *tx*."""
        ...

    async def ahead(self, tx: Reading, urls: Collection[str]) -> "Reader":
        """A reader of *tx* alone, which knows what *urls* name without asking for each of them."""
        ...

    async def want(self, tx: Transaction, url: str, cause: Cause) -> None:
        """See that *url* is read, and kept up to date for as long as an entity has its key; it was `Pending`."""
        ...
