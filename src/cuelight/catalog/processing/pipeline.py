"""The pipeline: an entity as given goes in, what it is comes out; in the order of Backstage's orchestrator.

Envelope, the processors' preparation, policies, the kind's own rules, the processors' conclusions, relations. What
breaks a rule fails the entity; what a processor reports (a target that cannot be read, a document that is none) is a
problem beside everything that went well. An entity that waits for a file keeps its last good version until that was read.
"""

from collections.abc import Awaitable, Collection, Sequence
from typing import TypeVar

import msgspec

from cuelight.catalog.documents import Entity, dump
from cuelight.catalog.problem import ERROR, FURTHER, WARNING, Problem, of_violation
from cuelight.catalog.processing.descriptor import Descriptors
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.processor import Processor, Recogniser
from cuelight.catalog.processing.run import MANAGED_BY, ORIGIN, Run, StillUnread, Surroundings, location_of
from cuelight.catalog.processing.subject import Subject
from cuelight.errors import CuelightError
from cuelight.model import (
    InvalidEntity,
    Violation,
    apply_policies,
    check_envelope,
    collisions_of,
    ref_of,
    relations_of,
    sort_references,
    unknown_kind,
    validate_kind,
    violations_of,
)

T = TypeVar("T")


class ProcessorFailed(CuelightError):
    """A processor threw an error; the entity keeps its last good version and is tried again."""


class Pipeline:
    """The steps for every entity. *opted_in* names kinds of the model that are accepted beside the catalog's own."""

    def __init__(self, processors: Sequence[Processor], *, opted_in: Collection[str] = ()) -> None:
        self._processors = processors
        self._recognisers = [(each, each) for each in processors if isinstance(each, Recogniser)]
        self._opted_in = opted_in
        self._descriptors = Descriptors()

    async def process(self, subject: Subject, around: Surroundings) -> Outcome:
        """Take *subject* through all steps. Raises only what the database raises."""
        try:
            run = _begin(subject, around)
        except InvalidEntity as error:
            return Outcome(processed=None, problems=(of_violation(error.violation, error.message),))
        except CuelightError as error:
            return Outcome(processed=None, problems=(Problem(rule="managed-by", message=error.message),))
        try:
            return await self._steps(subject, run)
        except InvalidEntity as error:
            problem = of_violation(error.violation, error.message)
            return _failed(run, *await self._descriptors.located([problem], [error.violation.path], run))
        except StillUnread as error:
            return _failed(run, Problem(rule="file-pending", level=WARNING, message=error.message))
        except CuelightError as error:
            problem = Problem(rule="processing", message=error.message)
            return _failed(run, problem, again=isinstance(error, ProcessorFailed))

    async def _steps(self, subject: Subject, run: Run) -> Outcome:
        prepared = await self._prepared(subject.entity, run)
        try:
            entity = await self._valid(prepared, subject, run)
            relations = relations_of(entity, opted_in=self._opted_in)
        except InvalidEntity as error:
            return _failed(run, *await self._broken(prepared, error.violation, run))
        for processor in self._processors:
            await _asked(processor, "postprocessing", processor.finish(entity, run))
        _note_collisions(entity, run)
        await self._place(run)
        if not subject.known and _is_empty_handed(entity, run):
            return _failed(run)
        return Outcome(
            processed=dump(entity),
            problems=tuple(run.problems),
            relations=tuple(dict.fromkeys((*relations, *run.relations))),
            children=tuple(run.children.values()),
            keys=frozenset(run.keys),
            seen=run.seen,
            wanted=tuple(run.wanted),
            retention=run.retention(),
        )

    async def _prepared(self, entity: Entity, run: Run) -> Entity:
        for processor in self._processors:
            entity = await _asked(processor, "preprocessing", processor.prepare(entity, run))
        return entity

    async def _valid(self, prepared: Entity, subject: Subject, run: Run) -> Entity:
        """*prepared* with a namespace and its lists of references in order; `InvalidEntity` where it breaks a rule."""
        entity = sort_references(apply_policies(prepared))
        if ref_of(entity) != subject.ref:
            raise CuelightError("Fatal: The entity kind, namespace, or name changed during processing")
        known = validate_kind(entity, opted_in=self._opted_in)
        if not await self._recognised(entity, run) and not known:
            raise unknown_kind(entity)
        return entity

    async def _recognised(self, entity: Entity, run: Run) -> bool:
        """Whether a processor knows the kind of *entity*; each is asked, so that each may object."""
        step = f"validating the entity {run.ref}"
        answers = [await _asked(each, step, knows.recognise(entity, run)) for each, knows in self._recognisers]
        return any(answers)

    async def _broken(self, prepared: Entity, first: Violation, run: Run) -> Sequence[Problem]:
        """The problems of an entity that breaks rules, that of the *first* before the others, which its status leaves out."""
        known = bool(self._recognisers) and first.rule != "unknown-kind"
        every = violations_of(prepared, opted_in=self._opted_in, recognised=known)
        same = [each for each in every if (each.rule, each.message) == (first.rule, first.message)]
        others = [each for each in every if each not in same[:1]]
        shown = same[0] if same else first
        problems = [of_violation(shown, _told(shown, run))]
        problems += [of_violation(each, each.message, level=FURTHER) for each in others]
        return await self._descriptors.located(problems, [each.path for each in (shown, *others)], run)

    async def _place(self, run: Run) -> None:
        """Give the run's problems that are about a field of the entity, and of no other file, that field's place."""
        about = [problem for problem in run.problems if problem.path is not None and problem.url is None]
        if about:
            paths = [(problem.path or "").split(".") for problem in about]
            placed = iter(await self._descriptors.located(about, paths, run))
            run.problems = [next(placed) if problem in about else problem for problem in run.problems]


def _begin(subject: Subject, around: Surroundings) -> Run:
    check_envelope(subject.entity)
    location = location_of(subject.entity, MANAGED_BY)
    return Run(subject, around, location, location_of(subject.entity, ORIGIN))


async def _asked(processor: Processor, step: str, answer: Awaitable[T]) -> T:
    """*answer*; in Backstage's words where it is an error, `ProcessorFailed` where that is of the processor's own making."""
    threw = f"Processor {processor.name} threw an error while {step}; caused by"
    try:
        return await answer
    except InvalidEntity as error:
        first = error.violation
        message = f"{threw} {first.error}: {first.message}"
        raise InvalidEntity(msgspec.structs.replace(first, message=message)) from None
    except StillUnread:
        raise
    except Exception as error:
        name = "Error" if type(error) is Exception else type(error).__name__
        raise ProcessorFailed(f"{threw} {name}: {error}") from error


def _told(violation: Violation, run: Run) -> str:
    """*violation* in the words that Backstage wraps around it."""
    caused = f"caused by {violation.error}: {violation.message}"
    if violation.rule in {"entity-schema", "unknown-root-field", "field-format"}:
        return f"Policy check failed for {run.ref}; {caused}"
    if violation.rule == "kind-schema":
        return f"Processor BuiltinKindsEntityProcessor threw an error while validating the entity {run.ref}; {caused}"
    if violation.rule == "relation":
        return f"Processor BuiltinKindsEntityProcessor threw an error while postprocessing; {caused}"
    return violation.message


def _is_empty_handed(entity: Entity, run: Run) -> bool:
    """Whether *entity* is a Location that names nothing which could be taken, and not because there is nothing.

    As in Backstage it is not shown before it once was of use; what is wrong with it is a problem all the same.
    """
    if entity["kind"] != "Location" or run.children:
        return False
    return bool(run.wanted) or any(problem.level == ERROR for problem in run.problems)


def _failed(run: Run, *problems: Problem, again: bool = False) -> Outcome:
    return Outcome(
        processed=None,
        problems=(*run.problems, *problems),
        keys=frozenset(run.keys),
        seen=run.seen,
        wanted=tuple(run.wanted),
        again=again,
    )


def _note_collisions(entity: Entity, run: Run) -> None:
    for collision in collisions_of(entity):
        run.report(
            Problem(
                rule="case-collision",
                level=WARNING,
                message=f"{collision.kept} and {collision.dropped} differ only by case; only the first is searchable",
                path=collision.dropped,
            )
        )
