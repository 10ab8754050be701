"""Reads what a Location names: every document of every file becomes an entity of its own.

Each target, file and document stands for itself: what reads well lives, what does not is a problem on the Location,
and the children that came from there before stay until it reads well again.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from cuelight.catalog.documents import Entity
from cuelight.catalog.problem import WARNING, Problem
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run, address_of, location_at
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending
from cuelight.model import Document, InvalidEntity, LocationRef, Places, parse_documents
from cuelight.model.weburl import is_url
from cuelight.processors import Ingredients

URL: Final = "url"
FILE: Final = "file"
MOST_TARGETS: Final = 1_000
"""Targets of one Location."""
_GLOB: Final = frozenset("*?{[")


class LocationReader:
    """Emits what the targets of Locations hold, those of the *types* that are read: `url`, `file`.

    A local file is named by what is local itself: by the configuration, or by a local file.
    """

    name = "LocationReader"

    def __init__(self, types: Collection[str]) -> None:
        self._types = types

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        """*entity* as it is."""
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Read every target of *entity*, if it is a Location."""
        if entity["kind"] != "Location":
            return
        spec = entity["spec"]
        kind = spec.get("type") or run.location.type
        if kind not in {run.location.type, URL}:
            message = 'Registered locations must be of an allowed type ["url"]'
            run.report(Problem(rule="location-type", message=message, path="spec.type"))
            return
        for target in _targets(spec, run):
            location = LocationRef(kind, run.resolve(target) if kind == run.location.type else target)
            if problem := self._objection(location, target):
                run.report(problem)
            else:
                await _read(location, run, required=spec.get("presence") != "optional")

    def _objection(self, location: LocationRef, target: str) -> Problem | None:
        if location.type not in self._types:
            message = f"No processor was able to handle reading of {location}"
            return Problem(rule="target-type", message=message, url=location.target)
        if location.type == URL and not is_url(location.target):
            message = "Unable to read url, Invalid URL"
            return Problem(rule="target-unreadable", name="Error", message=message, url=location.target)
        if location.type == FILE and target.endswith("/"):
            message = (
                f"LocationEntityProcessor cannot handle {location.type} type location with target {target} "
                "that ends with a path separator"
            )
            return Problem(rule="target-folder", message=message, url=str(location))
        return None


def build(ingredients: Ingredients) -> Processor:
    """The processor."""
    readers = {URL: "url-reader", FILE: "FileReaderProcessor"}
    wanted = {kind for kind, name in readers.items() if ingredients.preferences.wants(name, default=True)}
    return LocationReader(wanted)


async def _read(location: LocationRef, run: Run, *, required: bool) -> None:
    address = address_of(location)
    answer = await run.read(address)
    if isinstance(answer, Found):
        for file in answer.files:
            _emit_all(file, run)
        return
    if not isinstance(answer, Absent):
        # what moves to a file that is still being read must not vanish meanwhile
        run.missed(address, many=isinstance(answer, Pending) or not _GLOB.isdisjoint(address))
    if isinstance(answer, Pending):
        run.want(address)
    if required or not isinstance(answer, Absent):
        run.report(_unread(location, answer))


def _targets(spec: dict[str, Any], run: Run) -> Iterator[str]:
    targets = [spec["target"]] if "target" in spec else []
    targets += spec.get("targets", ())
    if len(targets) > MOST_TARGETS:
        message = f"a Location may have {MOST_TARGETS} targets, this one has {len(targets)}; split it"
        run.report(Problem(rule="too-many-targets", message=message, path="spec.targets"))
        run.missed(targets[-1], many=True)
    yield from dict.fromkeys(targets[:MOST_TARGETS])


def _unread(location: LocationRef, answer: Answer) -> Problem:
    """Why *location* yields nothing; why a file is absent is not said, as that changes with every commit."""
    address = address_of(location)
    if isinstance(answer, Absent):
        missing = f"Unable to read url, no matching files found for {location.target}"
        message = missing if location.type == URL else f"{location.type} {location.target} does not exist"
        return Problem(rule="target-absent", name="NotFoundError", message=message, url=address)
    if isinstance(answer, Pending):
        message = f"{address} is being read: {answer.reason}"
        return Problem(rule="target-pending", level=WARNING, message=message, url=address)
    reason = "" if isinstance(answer, Found) else answer.reason
    told = reason if location.target in reason else f"{location.target}: {reason}"
    message = f"Unable to read {location.type}, {told}"
    return Problem(rule="target-unreadable", name="Error", message=message, url=address)


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
    wrong = (
        problem.message
        if problem.rule == "not-an-object"
        else f"YAML error at {location_at(file.url)}, {problem.message}"
    )
    return Problem(
        rule=problem.rule,
        name="Error",
        message=wrong,
        url=file.url,
        line=problem.line,
        column=problem.column,
    )


def _emit(document: Document, file: File, run: Run) -> bool:
    """Emit the entity of *document*; False where it has not even a name."""
    try:
        run.emit(document.value or {}, file, line=document.line)
    except InvalidEntity as error:
        place = Places(file.content, 0, line=document.line).of(error.violation.path)
        run.report(
            Problem(
                rule=error.violation.rule,
                name="TypeError",
                message=error.message,
                url=file.url,
                line=place.line,
                column=place.column,
                path=".".join(map(str, error.violation.path)) or None,
            )
        )
        return False
    return True
