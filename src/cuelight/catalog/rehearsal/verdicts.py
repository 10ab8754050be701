"""What a rehearsal says to whoever asked: Backstage's answers to a dry run and to `validate-entity`."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final

from cuelight.catalog.documents import Entity
from cuelight.catalog.locations import StaticLocation, location_entity
from cuelight.catalog.problem import ERROR, Problem
from cuelight.catalog.processing.run import MANAGED_BY, ORIGIN
from cuelight.catalog.rehearsal.rehearsal import Rehearsal, Rehearsed
from cuelight.catalog.verdict import Verdict, verdict_of
from cuelight.errors import InputError
from cuelight.model import LocationRef

_TWICE: Final = frozenset({"duplicate-ref", "conflicting-ref"})


async def location_tree(rehearsal: Rehearsal, location: StaticLocation) -> Sequence[Entity]:
    """What registering *location* would bring: its own entity, then all below it, the last named first.

    InputError where anything of it fails, with all that is wrong with the first entity that does; or where two entities
    have one ref.
    """
    entities: list[Entity] = []
    refs: set[str] = set()
    async with aclosing(rehearsal.tree(location_entity(location))) as tree:
        async for rehearsed in tree:
            entities.append(_succeeded(rehearsed))
            if rehearsed.ref in refs:
                raise _twice(rehearsed.ref)
            refs.add(rehearsed.ref)
    return entities


async def verdicts_on(rehearsal: Rehearsal, entity: Entity, location: LocationRef) -> Sequence[Verdict]:
    """What is wrong with *entity*, were it read from *location*; nothing where it is well. What it names is not looked at."""
    metadata = entity["metadata"]
    given = metadata.get("annotations")
    placed = {MANAGED_BY: str(location), ORIGIN: str(location)} | (given if isinstance(given, dict) else {})
    rehearsed = await rehearsal.alone({**entity, "metadata": {**metadata, "annotations": placed}})
    return [verdict_of(problem.name, problem.message) for problem in errors_of(rehearsed)]


def errors_of(rehearsed: Rehearsed) -> Sequence[Problem]:
    """What fails an entity, or a part of what it names."""
    return [problem for problem in rehearsed.outcome.problems if problem.level == ERROR]


def _succeeded(rehearsed: Rehearsed) -> Entity:
    """The entity that *rehearsed* became; InputError where something about it failed."""
    if errors := errors_of(rehearsed):
        raise InputError(", ".join(f"{error.name}: {error.message}" for error in errors))
    for problem in rehearsed.outcome.problems:
        if problem.rule in _TWICE and problem.about is not None:
            raise _twice(problem.about)
    entity: dict[str, Any] | None = rehearsed.entity
    if entity is None:
        raise InputError(f"{rehearsed.ref} came to nothing, and said nothing of it")
    return entity


def _twice(ref: str) -> InputError:
    return InputError(f"Duplicate nested entity: {ref}")
