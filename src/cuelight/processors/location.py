"""Reads what a Location names: every document of every file becomes an entity of its own.

Each target, file and document stands for itself: what reads well lives, what does not is a problem on the Location,
and the children that came from there before stay until it reads well again.
"""

from collections.abc import Iterator
from typing import Any

from cuelight.catalog.documents import Entity
from cuelight.catalog.problem import WARNING, Problem
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending
from cuelight.model import Document, InvalidEntity, locate, parse_documents
from cuelight.processors import Ingredients

MOST_TARGETS = 1_000
"""Targets of one Location."""
_GLOB = frozenset("*?{[")


class LocationReader:
    """Emits what the targets of Locations hold. Only `url` is read."""

    name = "UrlReaderProcessor"

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        """*entity* as it is."""
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Read every target of *entity*, if it is a Location."""
        if entity["kind"] != "Location":
            return
        spec = entity["spec"]
        kind = spec.get("type") or run.location.type
        if kind != "url":
            run.report(
                Problem(
                    rule="location-type",
                    message=f"Registered locations must be of an allowed type [\"url\"], got '{kind}'",
                    path="spec.type",
                )
            )
            return
        for target in _targets(spec, run):
            await self._read(run.resolve(target), run, required=spec.get("presence") != "optional")

    async def _read(self, url: str, run: Run, *, required: bool) -> None:
        answer = await run.read(url)
        if isinstance(answer, Found):
            for file in answer.files:
                _emit_all(file, run)
            return
        if not isinstance(answer, Absent):
            run.missed(url, many=not _GLOB.isdisjoint(url))
        if isinstance(answer, Pending):
            run.want(url)
        if required or not isinstance(answer, Absent):
            run.report(_unread(url, answer))


def build(_ingredients: Ingredients) -> Processor:
    """The processor."""
    return LocationReader()


def _targets(spec: dict[str, Any], run: Run) -> Iterator[str]:
    targets = [spec["target"]] if "target" in spec else []
    targets += spec.get("targets", ())
    if len(targets) > MOST_TARGETS:
        message = f"a Location may have {MOST_TARGETS} targets, this one has {len(targets)}; split it"
        run.report(Problem(rule="too-many-targets", message=message, path="spec.targets"))
        run.missed(targets[-1], many=True)
    yield from dict.fromkeys(targets[:MOST_TARGETS])


def _unread(url: str, answer: Answer) -> Problem:
    if isinstance(answer, Absent):
        message = f"Unable to read url, no matching files found for {url}: {answer.reason}"
        return Problem(rule="target-absent", name="NotFoundError", message=message, url=url)
    if isinstance(answer, Pending):
        return Problem(rule="target-pending", level=WARNING, message=f"{url} is being read: {answer.reason}", url=url)
    reason = "" if isinstance(answer, Found) else answer.reason
    return Problem(rule="target-unreadable", message=f"Unable to read url, {url}: {reason}", url=url)


def _emit_all(file: File, run: Run) -> None:
    documents = parse_documents(file.content)
    broken = [_broken(file, document) for document in documents if document.problem]
    for problem in broken:
        run.report(problem)
    if broken:
        run.missed(file.url)  # its last good version stays
        return
    nameless = [document for document in documents if not _emit(document, file, run)]
    if nameless:
        run.missed(file.url)  # whom they were about must not vanish because of that
    else:
        run.done(file.url)


def _broken(file: File, document: Document) -> Problem:
    problem = document.problem
    assert problem is not None  # noqa: S101 -- the caller chose it for having one
    return Problem(
        rule=problem.rule,
        message=f"YAML error at url:{file.url}, {problem.message}",
        url=file.url,
        line=problem.line,
        column=problem.column,
    )


def _emit(document: Document, file: File, run: Run) -> bool:
    """Emit the entity of *document*; False where it has not even a name."""
    try:
        run.emit(document.value or {}, file, line=document.line)
    except InvalidEntity as error:
        place = locate(file.content, document.index, error.violation.path)
        run.report(
            Problem(
                rule=error.violation.rule,
                message=f"{file.url} line {document.line}: {error.message}",
                url=file.url,
                line=place.line,
                column=place.column,
                path=".".join(map(str, error.violation.path)) or None,
            )
        )
        return False
    return True
