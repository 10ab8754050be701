"""Rows by the name of their repository, and files by their path: looked up one by one, or beforehand many together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from cuelight.db import Reading, Row
from cuelight.repositories.statements import BY_NAME, OF_NAMES, SOURCE, SOURCES_AT
from cuelight.scm import Place

SMALL: Final = 64 * 1024
"""Bytes of a packed file, at most, that is looked up beforehand: so many of them do no harm."""


class Name(NamedTuple):
    """A repository's name in lower case, on a host."""

    host: str
    name: str


class At(NamedTuple):
    """A path, in the repository of a row."""

    repository: str
    path: str


class Lookups:
    """Looks up what a snapshot holds; of what is *known* beforehand it asks nothing."""

    def __init__(
        self, rows: Mapping[Name, Sequence[Row]] | None = None, sources: Mapping[At, Row] | None = None
    ) -> None:
        self._rows = rows or {}
        self._sources = sources or {}

    async def rows(self, tx: Reading, place: Place) -> Sequence[Row]:
        """The rows that have the name of *place*, or are asked for by it; those of locations last."""
        name = name_of(place)
        known = self._rows.get(name)
        return await tx.fetch(BY_NAME, {"host": name.host, "name": name.name}) if known is None else known

    async def source(self, tx: Reading, repository: str, path: str) -> Row | None:
        """The file at *path* of the row *repository*."""
        known = self._sources.get(At(repository, path))
        return await tx.fetch_one(SOURCE, {"repository": repository, "path": path}) if known is None else known


async def rows_of(tx: Reading, places: Collection[Place]) -> Mapping[Name, Sequence[Row]]:
    """What `Lookups.rows` says of each of *places*, by its name."""
    names = {name_of(place) for place in places}
    found: dict[Name, dict[str, Row]] = {name: {} for name in names}
    for host in sorted({name.host for name in names}):
        given = {"host": host, "names": _json(sorted(name.name for name in names if name.host == host))}
        for row in await tx.fetch(OF_NAMES, given):
            for each in {Name(host, row["folded_name"]), Name(host, row["asked_name"] or "")} & names:
                found[each][row["id"]] = row
    return {name: sorted(rows.values(), key=_rank) for name, rows in found.items()}


async def sources_of(tx: Reading, wanted: Collection[At]) -> Mapping[At, Row]:
    """The small ones of the files that are *wanted* and there: asked for by path, or by repository where that is less."""
    found: dict[At, Row] = {}
    for ids, paths in _questions(wanted):
        given = {"ids": _json(ids), "paths": _json(paths), "small": SMALL}
        found |= {At(row["repository_id"], row["path"]): row for row in await tx.fetch(SOURCES_AT, given)}
    return found


def _questions(wanted: Collection[At]) -> Iterable[tuple[Sequence[str], Sequence[str]]]:
    """Pairs of ids and paths that stand for no file which is not *wanted*: one for each path, or for each repository."""
    by_path: dict[str, list[str]] = defaultdict(list)
    by_repository: dict[str, list[str]] = defaultdict(list)
    for repository, path in sorted(wanted):
        by_path[path].append(repository)
        by_repository[repository].append(path)
    if len(by_path) <= len(by_repository):
        return [(ids, [path]) for path, ids in by_path.items()]
    return [([repository], paths) for repository, paths in by_repository.items()]


def name_of(place: Place) -> Name:
    """The name of the repository of *place*."""
    return Name(place.host, place.full_name.lower())


def _rank(row: Row) -> tuple[bool, int, str]:
    """The order of `BY_NAME`: of two that were seen at one moment, the same is always first."""
    return row["provider"] == "locations", row["first_seen_at"], row["id"]


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
