"""`{"relations": {"$contains": {"type": …, "targetRef": …}}}`: the one matcher of a whole object."""

from collections.abc import Mapping
from typing import Any

from cuelight.errors import InputError
from cuelight.model.predicates.predicate import Equals, Has, Leaf
from cuelight.model.predicates.values import written

_NO_TYPE = 'The $contains operator for "relations" requires a "type" string property'


def related(asked: Mapping[str, Any]) -> Leaf:
    """The row that a relation of this type has, to one of these targets where any are named; InputError otherwise."""
    named: dict[str, Any] = {}
    for name, value in asked.items():
        key = name.lower()
        if key not in {"type", "targetref"}:
            raise InputError(
                f'Unsupported key "{name}" in $contains for "relations". Only "type" and "targetRef" are supported'
            )
        if key in named:
            raise InputError(f'Duplicate key "{name}" in $contains for "relations"')
        named[key] = _type(value) if key == "type" else _targets(value)
    if not named.get("type"):
        raise InputError(_NO_TYPE)
    key = f"relations.{named['type']}"
    return Equals(key, named["targetref"]) if "targetref" in named else Has(key)


def _type(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(_NO_TYPE)
    return value.lower()


def _targets(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.lower(),)
    targets = value.get("$in") if isinstance(value, Mapping) and len(value) == 1 else None
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        raise InputError(
            'Unsupported value in $contains for "relations": expected a string or { "$in": [strings] }, '
            f"but got {written(value)}"
        )
    if not targets:
        raise InputError('Empty "$in" array for $contains on "relations" is not allowed')
    return tuple(target.lower() for target in targets)
