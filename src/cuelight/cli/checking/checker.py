"""Takes every descriptor of some files through the pipeline, and says what is wrong with which line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from cuelight.catalog.documents import Entity
from cuelight.catalog.locations import StaticLocation, location_entity
from cuelight.catalog.problem import WARNING, Problem
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.run import Run
from cuelight.catalog.rehearsal import Bounds, Rehearsal, Rehearsed
from cuelight.catalog.rules import Rules
from cuelight.cli.checking.disk import NOT_HERE, SCHEME, Disk, address, path_at, urls_of
from cuelight.cli.checking.findings import Described, Examination, Finding, Level
from cuelight.cli.checking.sources import Source, shown, source_at
from cuelight.model import replaced
from cuelight.processors import Ingredients, find_processors
from cuelight.processors.placeholders import placeholders_in

UNREAD: Final = "not-read"
"""The rule of what names something that is not on this disk."""
_NAMING: Final = frozenset({"location-type", "target-absent", "target-folder", "target-type", "target-unreadable"})
"""What is wrong with what a Location names; it is itself well."""


class Anything(Rules, frozen=True):
    """Every kind may come from everywhere: which may is the server's configuration."""

    def allow(self, entity: Any, origin: Any) -> bool:  # noqa: ARG002 -- it overrides one that looks at both
        """Yes."""
        return True


class Offline:
    """A step before all others: what is elsewhere is taken to be some text, and noted."""

    name = "Offline"

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with a text in the place of every placeholder whose file is not on this disk."""
        for placeholder in list(placeholders_in(entity)):
            value = placeholder.value
            if isinstance(value, str) and path_at(run.resolve(value)) is None:
                entity = replaced(entity, placeholder.path, "(not read)")
                run.report(_not_read(value, ".".join(map(str, placeholder.path))))
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing."""


class Checker:
    """Checks files of *disk* one after the other; a file that a Location names, and is there, is checked as well."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        processors = find_processors(Ingredients(urls=urls_of))
        pipeline = Pipeline([Offline(), *processors])
        self._rehearsal = Rehearsal(pipeline, Anything(), lambda: disk, bounds=Bounds(files=20_000, seconds=600.0))
        self._findings: dict[Finding, None] = {}
        self._entities: list[Described] = []
        self._relations: list[tuple[Described, str]] = []
        self._waiting: list[Path] = []
        self._seen: dict[Path, None] = {}

    async def check(self, paths: Sequence[Path]) -> Examination:
        """Check *paths* and the files that their Locations name."""
        self._waiting = [path.absolute() for path in reversed(paths)]
        while self._waiting:
            path = self._waiting.pop()
            if path not in self._seen:
                self._seen[path] = None
                await self._file(path)
        self._compare()
        files = [shown(address(path)) for path in self._seen]
        entities = sorted(self._entities, key=lambda each: (each.file, each.line))
        return Examination(files=files, entities=entities, findings=sorted(self._findings))

    async def _file(self, path: Path) -> None:
        source = source_at(path, self._disk)
        root = location_entity(StaticLocation(type="url", target=source.url))
        async for rehearsed in self._rehearsal.tree(root, levels=1):
            self._note(rehearsed, source)

    def _note(self, rehearsed: Rehearsed, source: Source) -> None:
        outcome = rehearsed.outcome
        found = [finding_of(problem, rehearsed.ref, source) for problem in outcome.problems]
        if rehearsed.depth == 0:  # that the file itself cannot be read
            self._findings.update(dict.fromkeys(msgspec.structs.replace(each, level=Level.ERROR) for each in found))
            return
        self._findings.update(dict.fromkeys(found))
        described = Described(
            ref=rehearsed.ref,
            file=shown(source.url),
            line=source.line(rehearsed.ref),
            valid=all(finding.level is not Level.ERROR for finding in found),
        )
        self._entities.append(described)
        self._relations += [(described, target) for target in _targets(outcome, rehearsed.ref)]
        self._waiting += reversed([path for path in _named(outcome) if path not in self._seen])

    def _compare(self) -> None:
        """Look for what only shows where all entities are side by side."""
        first: dict[str, Described] = {}
        for each in self._entities:
            known = first.setdefault(each.ref, each)
            if known is not each and known.file != each.file:
                message = f"{each.ref} is described at {known.file}:{known.line} as well; one of them will win"
                self._add(each, Level.WARNING, "duplicate-ref", message)
        for described, target in self._relations:
            if target not in first:
                self._add(described, Level.NOTE, "unknown-target", f"{target} is not among what was checked")

    def _add(self, described: Described, level: Level, rule: str, message: str) -> None:
        finding = Finding(file=described.file, line=described.line, level=level, rule=rule, message=message)
        self._findings[finding] = None


def finding_of(problem: Problem, ref: str, source: Source) -> Finding:
    """*problem* of the entity *ref*, as what people are told."""
    rule = UNREAD if NOT_HERE in problem.message else problem.rule
    place = source.place(problem, ref)
    return Finding(
        file=shown(place.url),
        line=place.line,
        column=place.column,
        level=_level(rule, problem),
        rule=rule,
        message=problem.message.replace(f"url:{SCHEME}", "").replace(SCHEME, ""),
        field=problem.path,
    )


def _level(rule: str, problem: Problem) -> Level:
    if rule == UNREAD:
        return Level.NOTE
    return Level.WARNING if problem.level == WARNING or rule in _NAMING else Level.ERROR


def _not_read(value: str, path: str) -> Problem:
    return Problem(rule=UNREAD, level=WARNING, message=f"{value}: {NOT_HERE}", path=path)


def _targets(outcome: Outcome, ref: str) -> list[str]:
    return sorted({each.target for each in outcome.relations if each.source == ref})


def _named(outcome: Outcome) -> Iterator[Path]:
    """The files on this disk that hold what an entity names."""
    for child in outcome.children:
        path = path_at((child.location_key or "").removeprefix("url:"))
        if path is not None:
            yield path
