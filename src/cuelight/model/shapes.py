"""Shapes of JSON values: the little of JSON Schema that entities need, compiled into plain functions.

A shape is a function from a value to its first `Fault`, or None. Faults come in the order and the words of the
validator that Backstage uses (ajv), because those words reach users and tests; checking a good value allocates nothing.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What a value lacks: where below it, in which words, and the parameter that ajv adds (`missingProperty: owner`)."""

    path: tuple[str | int, ...]
    message: str
    detail: str

    def below(self, key: str | int) -> "Fault":
        """The same fault, seen from the value's parent."""
        return Fault((key, *self.path), self.message, self.detail)

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer; `<root>` for the value itself."""
        return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in self.path) or "<root>"

    def __str__(self) -> str:
        return f"{self.pointer} {self.message} - {self.detail}"


Shape = Callable[[Any], Fault | None]


def _not_a(kind: str) -> Fault:
    return Fault((), f"must be {kind}", f"type: {kind}")


_NOT_A_STRING = _not_a("string")
_NOT_AN_OBJECT = _not_a("object")
_NOT_AN_ARRAY = _not_a("array")
_TOO_FEW = Fault((), "must NOT have fewer than 1 items", "limit: 1")
_TOO_SHORT = Fault((), "must NOT have fewer than 1 characters", "limit: 1")


def string(value: Any) -> Fault | None:
    """Any string."""
    return None if isinstance(value, str) else _NOT_A_STRING


def text(value: Any) -> Fault | None:
    """A string of at least one character."""
    if isinstance(value, str):
        return None if value else _TOO_SHORT
    return _NOT_A_STRING


def at_most(characters: int) -> Shape:
    """A string of at least one character, and of no more than *characters*."""
    too_long = Fault((), f"must NOT have more than {characters} characters", f"limit: {characters}")

    def check(value: Any) -> Fault | None:
        return text(value) or (too_long if len(value) > characters else None)

    return check


def matching(pattern: str) -> Shape:
    """A non-empty string in which *pattern* is found."""
    search = re.compile(pattern, re.ASCII).search
    unmatched = Fault((), f'must match pattern "{pattern}"', f"pattern: {pattern}")

    def check(value: Any) -> Fault | None:
        return text(value) or (None if search(value) else unmatched)

    return check


def one_of(*choices: str) -> Shape:
    """A string out of *choices*."""
    other = Fault((), "must be equal to one of the allowed values", f"allowedValues: {','.join(choices)}")

    def check(value: Any) -> Fault | None:
        return string(value) or (None if value in choices else other)

    return check


def any_type(*types: type) -> Shape:
    """A value of one of *types*: `str` and `bool` are JSON's string and boolean."""
    names = ",".join({str: "string", bool: "boolean", dict: "object"}[kind] for kind in types)
    other = _not_a(names)

    def check(value: Any) -> Fault | None:
        return None if isinstance(value, types) else other

    return check


def array_of(item: Shape) -> Shape:
    """An array of items of one shape."""

    def check(value: Any) -> Fault | None:
        if not isinstance(value, list):
            return _NOT_AN_ARRAY
        for index, element in enumerate(value):
            if fault := item(element):
                return fault.below(index)
        return None

    return check


def filled(array: Shape) -> Shape:
    """An array of a shape, with at least one item."""

    def check(value: Any) -> Fault | None:
        return _TOO_FEW if value == [] else array(value)

    return check


def map_of(item: Shape) -> Shape:
    """An object whose values have one shape, whatever its keys."""

    def check(value: Any) -> Fault | None:
        if not isinstance(value, dict):
            return _NOT_AN_OBJECT
        for key, element in value.items():
            if fault := item(element):
                return fault.below(key)
        return None

    return check


def record(
    fields: Mapping[str, Shape], *, required: Collection[str] = (), closed: bool = False, others: Shape | None = None
) -> Shape:
    """An object with *fields*, of which *required* must be there.

    Where it is *closed* it has no others; else *others* is their shape, if they have one in common.
    """
    shapes = tuple(fields.items())
    foreign = _none_beside(fields) if closed else others and _others_beside(fields, others)

    def check(value: Any) -> Fault | None:
        if not isinstance(value, dict):
            return _NOT_AN_OBJECT
        for name in required:
            if name not in value:
                return Fault((), f"must have required property '{name}'", f"missingProperty: {name}")
        if foreign and (fault := foreign(value)):
            return fault
        for name, shape in shapes:
            if name in value and (fault := shape(value[name])):
                return fault.below(name)
        return None

    return check


def either(first: Shape, second: Shape) -> Shape:
    """A value of one of two shapes that exclude each other; the fault is the first one's."""

    def check(value: Any) -> Fault | None:
        fault = first(value)
        return None if fault is None or second(value) is None else fault

    return check


def _none_beside(fields: Collection[str]) -> Shape:
    def check(value: Any) -> Fault | None:
        name = next((name for name in value if name not in fields), None)
        if name is None:
            return None
        return Fault((), "must NOT have additional properties", f"additionalProperty: {name}")

    return check


def _others_beside(fields: Collection[str], shape: Shape) -> Shape:
    every = map_of(shape)

    def check(value: Any) -> Fault | None:
        return every({name: item for name, item in value.items() if name not in fields})

    return check


texts = array_of(text)
"""An array of non-empty strings."""
