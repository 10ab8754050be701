"""One run of the pipeline on one entity: what processors may ask, and where they put what they found."""

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import Entity
from cuelight.catalog.ownership import Offer, offer_of
from cuelight.catalog.problem import Problem
from cuelight.catalog.processing.outcome import Retention
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.reader import Answer, File, Reader, fingerprint
from cuelight.catalog.rules import Rules
from cuelight.db import Reading
from cuelight.model import InvalidEntity, LocationRef, Violation, check_envelope, parse_location_ref, ref_of

MANAGED_BY = "backstage.io/managed-by-location"
ORIGIN = "backstage.io/managed-by-origin-location"
MOST_CHILDREN = 5_000
"""Entities that one Location may name; more belong into several."""


class Surroundings(msgspec.Struct, frozen=True):
    """What a run sees of the world: a snapshot, the files as of it, and the rules about what may come from where."""

    tx: Reading
    reader: Reader
    rules: Rules


class Run:
    """What a processor works with. `location` is where the entity was read from, `origin` what was registered."""

    def __init__(self, subject: Subject, around: Surroundings, location: LocationRef, origin: LocationRef) -> None:
        self._subject = subject
        self._around = around
        self.location = location
        self.origin = origin
        self.problems: list[Problem] = []
        self.children: dict[str, Offer] = {}
        self.keys: set[str] = set()
        self.seen: dict[str, str] = {}
        self.wanted: list[str] = []
        self._read: set[str] = set()
        self._unread: set[str] = set()
        self._blind = False

    @property
    def ref(self) -> str:
        """The entity's ref."""
        return self._subject.ref

    async def peek(self, url: str) -> Answer:
        """What *url* names, without depending on it."""
        return await self._around.reader.read(self._around.tx, url)

    async def read(self, url: str) -> Answer:
        """What *url* names; from now on a change of it wakes this entity."""
        self.keys.add(self._around.reader.key(url))
        answer = await self.peek(url)
        self.seen[url] = fingerprint(answer)
        return answer

    def resolve(self, url: str) -> str:
        """*url* as meant inside the file that the entity was read from."""
        return self._around.reader.resolve(url, self.location.target) if self.location.type == "url" else url

    def report(self, problem: Problem) -> None:
        """Put *problem* on the entity; what else the run finds counts all the same."""
        self.problems.append(problem)

    def want(self, url: str) -> None:
        """Have *url* read; once it was, this entity is woken."""
        self.wanted.append(url)

    def done(self, url: str) -> None:
        """The file at *url* was read to its end: earlier children from it that were not emitted again are gone."""
        self._read.add(f"url:{url}")

    def missed(self, url: str, *, many: bool = False) -> None:
        """The file at *url* (or, with *many*, any number of files) was not read: earlier children from it stay."""
        self._unread.add(self._around.reader.key(url))
        self._blind = self._blind or many

    def emit(self, entity: Entity, file: File, *, line: int | None = None) -> None:
        """Name a further entity, found in *file* at *line*.

        `InvalidEntity` where its envelope is malformed. Where the ref was emitted before, or no rule allows it, it is
        a problem instead.
        """
        check_envelope(entity)
        location = f"url:{file.url}"
        child = self._placed(entity, location)
        ref = ref_of(child)
        if problem := self._objection(child, ref, location):
            self.report(msgspec.structs.replace(problem, url=file.url, line=line))
            return
        self.children[ref] = offer_of(child, location, self._cause(file.commit))

    def retention(self) -> Retention:
        """Which earlier children stay although they were not emitted."""
        return Retention(read=frozenset(self._read), unread=frozenset(self._unread), blind=self._blind)

    def _placed(self, entity: Entity, location: str) -> Entity:
        metadata = entity["metadata"]
        annotations = metadata.get("annotations") or {}
        if not isinstance(annotations, dict):
            raise InvalidEntity(Violation("envelope", ("metadata", "annotations"), "annotations must be an object"))
        placed = {**annotations, MANAGED_BY: location, ORIGIN: str(self.origin)}
        return {**entity, "metadata": {**metadata, "annotations": placed}}

    def _objection(self, child: Entity, ref: str, location: str) -> Problem | None:
        if ref == self._subject.ref:
            return Problem(rule="own-child", level="warning", message=f"{ref} names itself at {location}; ignored")
        if ref in self.children:
            return Problem(rule="duplicate-ref", message=f"{ref} is described twice; the first one counts")
        if len(self.children) >= MOST_CHILDREN:
            return Problem(
                rule="too-many-children",
                message=f"more than {MOST_CHILDREN} entities in one Location; {ref} is left out: split it",
            )
        if not self._around.rules.allow(child, self.origin):
            return Problem(
                rule="not-allowed",
                name="NotAllowedError",
                message=f"Entity {ref} at {location}, originated at {self.origin}, "
                "is not of an allowed kind for that location",
            )
        return None

    def _cause(self, commit: str | None) -> Cause:
        cause = self._subject.cause
        return msgspec.structs.replace(cause, commit=commit or cause.commit)


def location_of(entity: Entity, annotation: str) -> LocationRef:
    """The location that *annotation* of *entity* names; `InvalidEntity` where it has none."""
    annotations = entity["metadata"].get("annotations")
    text = annotations.get(annotation) if isinstance(annotations, dict) else None
    if not isinstance(text, str):
        path = ("metadata", "annotations")
        raise InvalidEntity(
            Violation("managed-by", path, f"Entity '{ref_of(entity)}' does not have the annotation {annotation}")
        )
    return parse_location_ref(text)
