"""One run of the pipeline on one entity: what processors may ask, and where they put what they found."""

from posixpath import dirname, join, normpath

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import Entity
from cuelight.catalog.ownership import Offer, offer_of
from cuelight.catalog.problem import WARNING, Problem
from cuelight.catalog.processing.outcome import Retention
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.reader import Answer, File, Reader, Unreadable, fingerprint
from cuelight.catalog.rules import Rules
from cuelight.db import Reading
from cuelight.errors import CuelightError
from cuelight.model import (
    InvalidEntity,
    LocationRef,
    Relation,
    Violation,
    check_envelope,
    parse_location_ref,
    ref_of,
)

MANAGED_BY = "backstage.io/managed-by-location"
ORIGIN = "backstage.io/managed-by-origin-location"
MOST_CHILDREN = 5_000
"""Entities that one Location may name; more belong into several."""
MOST_PROBLEMS = 200
"""Problems of one entity that are kept."""


class StillUnread(CuelightError):
    """A file that the entity cannot do without was not read yet; the run has wanted it, and is woken once it was."""


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
        self.relations: dict[Relation, None] = {}
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
        """What *url* names, without depending on it. A local file is named by what is local itself."""
        if url.startswith("file:") and self.location.type != "file":
            return Unreadable(reason="a local file can be named by the configuration and by local files alone")
        return await self._around.reader.read(self._around.tx, url)

    async def read(self, url: str) -> Answer:
        """What *url* names; from now on a change of it wakes this entity."""
        self.keys.add(self._around.reader.key(url))
        answer = await self.peek(url)
        self.seen[url] = fingerprint(answer)
        return answer

    def resolve(self, url: str) -> str:
        """*url* as meant inside the file that the entity was read from; as it is where one of both is no address."""
        if self.location.type == "url":
            try:
                return self._around.reader.resolve(url, self.location.target)
            except ValueError:
                return url
        return normpath(join(dirname(self.location.target), url)) if self.location.type == "file" else url

    def report(self, problem: Problem) -> None:
        """Put *problem* on the entity; what else the run finds counts all the same."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        elif len(self.problems) == MOST_PROBLEMS:
            message = f"there are more than {MOST_PROBLEMS} problems; mend these first"
            self.problems.append(Problem(rule="too-many-problems", level=WARNING, message=message))

    def relate(self, relation: Relation) -> None:
        """State *relation*; its reverse, if it has one, is another."""
        self.relations[relation] = None

    def want(self, url: str) -> None:
        """Have *url* read; once it was, this entity is woken."""
        self.wanted.append(url)

    def done(self, url: str) -> None:
        """The file at *url* was read to its end: earlier children from it that were not emitted again are gone."""
        self._read.add(location_at(url))

    def missed(self, url: str, *, many: bool = False) -> None:
        """The file at *url* (or, with *many*, any number of files) was not read: earlier children from it stay."""
        self._unread.add(self._around.reader.key(url))
        self._blind = self._blind or many

    def emit(self, entity: Entity, file: File, *, line: int | None = None) -> None:
        """Name a further entity, found in *file* at *line*.

        `InvalidEntity` where its envelope is malformed. Where no rule allows it, it is a problem instead. Of several with one
        ref the last of a file counts, and the first file.
        """
        check_envelope(entity)
        location = location_at(file.url)
        child = self._placed(entity, location)
        ref = ref_of(child)
        if problem := self._objection(child, ref, location) or self._repetition(ref, location):
            self.report(msgspec.structs.replace(problem, url=file.url, line=line))
            if problem.rule not in _REPLACING:
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
            return Problem(rule="own-child", level=WARNING, message=f"{ref} names itself at {location}; ignored")
        if len(self.children) >= MOST_CHILDREN and ref not in self.children:
            return Problem(
                rule="too-many-children",
                message=f"more than {MOST_CHILDREN} entities in one Location; {ref} is left out: split it",
            )
        if not self._around.rules.allow(child, self.origin):
            return Problem(
                rule="not-allowed",
                name="NotAllowedError",
                message=f"Entity {ref} at {self.location}, originated at {self.origin}, "
                "is not of an allowed kind for that location",
            )
        return None

    def _repetition(self, ref: str, location: str) -> Problem | None:
        """That *ref* was named before. Backstage writes one after the other, and the location key decides."""
        before = self.children.get(ref)
        if before is None:
            return None
        if before.location_key == location:
            message = f"{ref} is described twice in this file; the last one counts"
            return Problem(rule="duplicate-ref", level=WARNING, message=message, about=ref)
        message = f"{ref} is described in {before.location_key} as well, which counts"
        return Problem(rule="conflicting-ref", level=WARNING, message=message, about=ref)

    def _cause(self, commit: str | None) -> Cause:
        cause = self._subject.cause
        return msgspec.structs.replace(cause, commit=commit or cause.commit)


_REPLACING = frozenset({"duplicate-ref"})


def location_at(address: str) -> str:
    """The location of the file at *address*: a URL, or for a local file `file:` and its path."""
    return address if address.startswith("file:") else f"url:{address}"


def address_of(location: LocationRef) -> str:
    """What a reader knows *location* by: the reverse of `location_at`."""
    return location.target if location.type == "url" else str(location)


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
