"""Every rule that an entity breaks, for whoever is to mend it: Backstage tells only the first."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from cuelight.model.envelope import entity_shape
from cuelight.model.faults import MOST_FAULTS, every_fault, replaced, without
from cuelight.model.fields import check_field_formats
from cuelight.model.kind import Kind
from cuelight.model.kinds import kind_of, unknown_kind
from cuelight.model.policy import ROOT_FIELDS, malformed, unknown_field, with_namespace
from cuelight.model.violation import InvalidEntity, Violation

_KEYED = frozenset({"labels", "annotations"})
_SAMPLES = {"url": "https://x"}

Check = Callable[[dict[str, Any]], object]


def violations_of(
    entity: Mapping[str, Any], *, opted_in: Collection[str] = (), recognised: bool = False
) -> list[Violation]:
    """Every rule that *entity*, which has passed the envelope check, breaks; the first is the one that Backstage names.

    Rules and order are those of `apply_policies`, `validate_kind` and `relations_of`. *recognised*: somebody else knows the kind.
    A list of references is taken in the order that its author gave it.
    """
    faults = every_fault(entity_shape, entity)
    found = [malformed(fault) for fault in faults.found]
    if entity_shape(faults.mended) is None:
        found += _beyond_shape(faults.mended, {violation.path for violation in found}, opted_in, recognised=recognised)
    return [violation for violation in found if _has(entity, violation.path)][:MOST_FAULTS]


def _beyond_shape(
    entity: dict[str, Any], found: Collection[Sequence[str | int]], opted_in: Collection[str], *, recognised: bool
) -> Iterator[Violation]:
    """What else is wrong with *entity*, which has the shape that every kind shares; *found* are the paths of what was mended."""
    yield from (unknown_field(name) for name in entity if name not in ROOT_FIELDS)
    mended = with_namespace({name: value for name, value in entity.items() if name in ROOT_FIELDS})
    formats = list(_repeated(check_field_formats, mended))
    yield from formats
    if ("kind",) not in {*found, *(violation.path for violation in formats)}:
        yield from _of_kind(mended, kind_of(mended, opted_in=opted_in), recognised=recognised)


def _has(entity: Any, path: Sequence[str | int]) -> bool:
    """Whether *path* is there in *entity*: what was filled in to go on has faults of its own."""
    for key in path:
        known = isinstance(entity, dict) and key in entity
        if not known and not (isinstance(entity, list) and isinstance(key, int) and key < len(entity)):
            return False
        entity = entity[key]
    return True


def _of_kind(entity: dict[str, Any], kind: Kind | None, *, recognised: bool) -> Iterator[Violation]:
    if kind is None:
        if not recognised:
            yield unknown_kind(entity).violation
        return
    if "spec" not in entity:
        yield from _repeated(kind.check, entity)
        return
    faults = every_fault(kind.spec, entity["spec"])
    for fault in faults.found:
        located = fault.below("spec")
        yield Violation("kind-schema", located.path, str(located), "TypeError")
    yield from _repeated(kind.relations_of, {**entity, "spec": faults.mended})


def _repeated(check: Check, entity: dict[str, Any]) -> Iterator[Violation]:
    """What *check* raises one after the other, as what it raised last is mended."""
    for _ in range(MOST_FAULTS):
        try:
            check(entity)
        except InvalidEntity as error:
            yield error.violation
            mended = _mended(entity, error.violation)
            if mended == entity:
                return
            entity = mended
        else:
            return


def _mended(entity: dict[str, Any], violation: Violation) -> dict[str, Any]:
    path = violation.path
    if violation.rule == "relation":
        sample = "x:x"
    elif len(path) == 3 and path[1] in _KEYED:
        return dict(without(entity, path))
    elif violation.rule == "field-format":
        sample = _SAMPLES.get(str(path[-1]), "x")
    else:
        return entity
    return dict(replaced(entity, path, sample))
