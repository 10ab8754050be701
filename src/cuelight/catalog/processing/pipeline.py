"""The pipeline: an entity as given goes in, what it is comes out; in the order of Backstage's orchestrator.

Envelope, the processors' preparation, policies, the kind's own rules, the processors' conclusions, relations. What
breaks a rule fails the entity; what a processor reports (a target that cannot be read, a document that is none) is a
problem beside everything that went well.
"""

from collections.abc import Awaitable, Collection, Sequence
from typing import TypeVar

from cuelight.catalog.documents import Entity, dump
from cuelight.catalog.problem import Problem, of_violation
from cuelight.catalog.processing.descriptor import located
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import MANAGED_BY, ORIGIN, Run, Surroundings, location_of
from cuelight.catalog.processing.subject import Subject
from cuelight.errors import CuelightError
from cuelight.model import (
    InvalidEntity,
    apply_policies,
    check_envelope,
    flatten,
    ref_of,
    relations_of,
    sort_references,
    unknown_kind,
    validate_kind,
)

T = TypeVar("T")


class ProcessorFailed(CuelightError):
    """A processor threw an error; the entity keeps its last good version and is tried again."""


class Pipeline:
    """The steps for every entity. *opted_in* names kinds of the model that are accepted beside the catalog's own."""

    def __init__(self, processors: Sequence[Processor], *, opted_in: Collection[str] = ()) -> None:
        self._processors = processors
        self._opted_in = opted_in

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
            problem = await located(of_violation(error.violation, _told(subject, error)), error.violation.path, run)
            return _failed(run, problem)
        except CuelightError as error:
            problem = Problem(rule="processing", message=error.message)
            return _failed(run, problem, again=isinstance(error, ProcessorFailed))

    async def _steps(self, subject: Subject, run: Run) -> Outcome:
        entity = await self._prepared(subject.entity, run)
        entity = sort_references(apply_policies(entity))
        if ref_of(entity) != subject.ref:
            raise CuelightError("Fatal: The entity kind, namespace, or name changed during processing")
        if not validate_kind(entity, opted_in=self._opted_in):
            raise unknown_kind(entity)
        for processor in self._processors:
            await _asked(processor, "postprocessing", processor.finish(entity, run))
        relations = relations_of(entity, opted_in=self._opted_in)
        _note_collisions(entity, run)
        return Outcome(
            processed=dump(entity),
            problems=tuple(run.problems),
            relations=relations,
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


def _begin(subject: Subject, around: Surroundings) -> Run:
    check_envelope(subject.entity)
    location = location_of(subject.entity, MANAGED_BY)
    return Run(subject, around, location, location_of(subject.entity, ORIGIN))


async def _asked(processor: Processor, step: str, answer: Awaitable[T]) -> T:
    """*answer*; `ProcessorFailed` for whatever error of a processor's own making."""
    try:
        return await answer
    except InvalidEntity:
        raise
    except Exception as error:
        name = "Error" if type(error) is Exception else type(error).__name__
        raise ProcessorFailed(
            f"Processor {processor.name} threw an error while {step}; caused by {name}: {error}"
        ) from error


def _told(subject: Subject, error: InvalidEntity) -> str:
    """*error* in the words that Backstage wraps around it."""
    violation = error.violation
    if violation.rule in {"entity-schema", "unknown-root-field", "field-format"}:
        return f"Policy check failed for {subject.ref}; caused by {violation.error}: {violation.message}"
    if violation.rule == "kind-schema":
        return (
            "Processor BuiltinKindsEntityProcessor threw an error while validating the entity "
            f"{subject.ref}; caused by {violation.error}: {violation.message}"
        )
    if violation.rule == "relation":
        return (
            "Processor BuiltinKindsEntityProcessor threw an error while postprocessing; "
            f"caused by {violation.error}: {violation.message}"
        )
    return violation.message


def _failed(run: Run, problem: Problem, *, again: bool = False) -> Outcome:
    return Outcome(
        processed=None,
        problems=(*run.problems, problem),
        keys=frozenset(run.keys),
        seen=run.seen,
        wanted=tuple(run.wanted),
        again=again,
    )


def _note_collisions(entity: Entity, run: Run) -> None:
    for collision in flatten(entity).collisions:
        run.report(
            Problem(
                rule="case-collision",
                level="warning",
                message=f"{collision.kept} and {collision.dropped} differ only by case; only the first is searchable",
                path=collision.dropped,
            )
        )
