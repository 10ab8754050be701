"""Every fault of a JSON value, where a shape tells only the first: what is wrong is made right, and the shape asked again.

Only ever done once something is wrong, so that checking a good value stays as cheap as it is.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from cuelight.model.shapes import Fault, Shape

MOST_FAULTS = 50
"""Faults of one value that are worth telling."""

Path = Sequence[str | int]


class Faults(msgspec.Struct, frozen=True):
    """The faults of a value, first as the shape tells them, and the value without them (as far as that was possible)."""

    found: Sequence[Fault]
    mended: Any


def every_fault(shape: Shape, value: Any) -> Faults:
    """All faults that *shape* finds in *value*, at most `MOST_FAULTS`; *value* is left as it is."""
    found: list[Fault] = []
    filled: list[Path] = []
    for _ in range(MOST_FAULTS):
        fault = shape(value)
        if fault is None:
            break
        if not any(tuple(fault.path[: len(place)]) == place for place in filled):
            found.append(fault)  # else it is of what was filled in
        candidates = (each for each in _candidates(value, fault) if _is_past(shape(each), fault))
        value, before = next(candidates, value), value
        if value is before:
            break
        filled.append(_place(fault))
    return Faults(found, value)


def replaced(value: Any, path: Path, new: Any) -> Any:
    """*value* with *new* at *path*, copied along the way."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, list):
        return [replaced(item, rest, new) if index == key else item for index, item in enumerate(value)]
    return {**value, key: replaced(value.get(key), rest, new)}


def without(value: Any, path: Path) -> Any:
    """*value* without the field at *path*, copied along the way."""
    key, *rest = path
    if rest:
        return replaced(value, [key], without(value[key], rest))
    return {name: item for name, item in value.items() if name != key}


def _candidates(value: Any, fault: Fault) -> Iterator[Any]:
    """What *value* might be without *fault*."""
    place = _place(fault)
    problem, _, argument = fault.detail.partition(": ")
    if problem == "additionalProperty":
        yield without(value, place)
        return
    choices = argument.split(",")[:1] if problem == "allowedValues" else []
    for sample in (*choices, "x", [], {}, True):
        yield replaced(value, place, sample)


def _is_past(fault: Fault | None, before: Fault) -> bool:
    """Whether *fault*, of a mended value, is another one: at another place, or of what was filled in."""
    return fault is None or _place(fault) != _place(before)


def _place(fault: Fault) -> Path:
    """Where what is wrong is: a field that is missing would be there, one too many is."""
    problem, _, argument = fault.detail.partition(": ")
    return (*fault.path, argument) if problem in {"missingProperty", "additionalProperty"} else fault.path
