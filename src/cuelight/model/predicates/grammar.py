"""Which JSON values are predicates, and Backstage's words for those that are not.

Backstage describes its language as a union of shapes and reports what each of the shapes had against a value. To say the
same, this is the same union: every shape gives its outcome, and a union that no shape fits complains of all of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import msgspec

from cuelight.errors import InputError

MOST_COMPLAINTS = 99
"""Complaints that a message names."""

Path: TypeAlias = tuple[str | int, ...]
Shape: TypeAlias = Callable[[Any, Path], "Outcome"]


class Outcome(msgspec.Struct, frozen=True):
    """What a shape made of a value. `unusable`: the value has another type; else *complaints* alone speak against it."""

    value: Any = None
    complaints: tuple[str, ...] = ()
    unusable: bool = False

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.complaints


def check(value: Any, *, whole: str = "Invalid query:", path: Path = ()) -> Any:
    """*value* without what its shapes pass over; InputError where it is no predicate.

    The error begins with *whole*, what it is that is refused; in that, *value* is at *path*.
    """
    outcome = _predicate(value, path)
    if not outcome.fits:
        raise InputError(f"{whole} Validation error: {'; '.join(outcome.complaints[:MOST_COMPLAINTS])}")
    return outcome.value


def _predicate(value: Any, path: Path) -> Outcome:
    return _union(value, path, *_predicates())


@cache
def _predicates() -> tuple[Shape, ...]:
    expression = (_fields, _no_field)
    return (
        lambda value, path: _union(value, path, *expression),
        _primitive,
        _operator("$all", _list_of(_predicate), strict=True),
        _operator("$any", _list_of(_predicate), strict=True),
        _operator("$not", _predicate, strict=True),
    )


def _matcher(value: Any, path: Path) -> Outcome:
    return _union(value, path, *_matchers())


@cache
def _matchers() -> tuple[Shape, ...]:
    return (
        _primitive,
        _operator("$exists", _plain("boolean")),
        _operator("$in", _list_of(_primitive)),
        _operator("$contains", _predicate),
        _operator("$hasPrefix", _plain("string")),
    )


def _primitive(value: Any, path: Path) -> Outcome:
    return _union(value, path, *(_plain(name) for name in ("string", "number", "boolean")))


def _union(value: Any, path: Path, *shapes: Shape) -> Outcome:
    """The first shape that fits, else the first that could use the value, else what all of them say."""
    outcomes: list[Outcome] = []
    for shape in shapes:
        outcome = shape(value, path)
        if outcome.fits:
            return outcome
        outcomes.append(outcome)
    usable = next((outcome for outcome in outcomes if not outcome.unusable), None)
    if usable is not None:
        return usable
    said = dict.fromkeys("; ".join(outcome.complaints) for outcome in outcomes)
    return Outcome(complaints=(", or ".join(said),), unusable=True)


@cache
def _plain(name: str) -> Shape:
    def shape(value: Any, path: Path) -> Outcome:
        return Outcome(value) if _type(value) == name else _unexpected(name, value, path)

    return shape


def _list_of(item: Shape) -> Shape:
    def shape(value: Any, path: Path) -> Outcome:
        if not isinstance(value, list):
            return _unexpected("array", value, path)
        return _joined(list, [item(each, (*path, number)) for number, each in enumerate(value)])

    return shape


def _operator(key: str, operand: Shape, *, strict: bool = False) -> Shape:
    """An object with *key*, and where it is *strict* with nothing else."""

    def shape(value: Any, path: Path) -> Outcome:
        if not isinstance(value, Mapping):
            return _unexpected("object", value, path)
        found = operand(value[key], (*path, key)) if key in value else _missing((*path, key))
        others = [f"'{name}'" for name in value if name != key] if strict else []
        told = (_told(f"Unrecognized key(s) in object: {', '.join(others)}", path),) if others else ()
        return Outcome({key: found.value}, (*found.complaints, *told), found.unusable)

    return shape


def _fields(value: Any, path: Path) -> Outcome:
    return _record(value, path, re.compile(r"[^$\n\r].*|"), _matcher)


def _no_field(value: Any, path: Path) -> Outcome:
    return _record(value, path, re.compile(r"\$.*", re.DOTALL), _never)


def _record(value: Any, path: Path, name: re.Pattern[str], item: Shape) -> Outcome:
    if not isinstance(value, Mapping):
        return _unexpected("object", value, path)
    return _joined(lambda values: dict(zip(value, values, strict=True)), list(_members(value, path, name, item)))


def _members(value: Mapping[str, Any], path: Path, name: re.Pattern[str], item: Shape) -> Iterator[Outcome]:
    for key, each in value.items():
        below = (*path, key)
        found = item(each, below)
        complaints = () if name.fullmatch(key) else (_told("Invalid", below),)
        yield Outcome(found.value, (*complaints, *found.complaints), found.unusable)


def _never(value: Any, path: Path) -> Outcome:
    return _unexpected("never", value, path)


def _joined(make: Callable[[list[Any]], Any], parts: list[Outcome]) -> Outcome:
    return Outcome(
        make([part.value for part in parts]),
        tuple(complaint for part in parts for complaint in part.complaints),
        any(part.unusable for part in parts),
    )


def _unexpected(wanted: str, value: Any, path: Path) -> Outcome:
    return Outcome(complaints=(_told(f"Expected {wanted}, received {_type(value)}", path),), unusable=True)


def _missing(path: Path) -> Outcome:
    return Outcome(complaints=(_told("Required", path),), unusable=True)


def _type(value: Any) -> str:
    types = {bool: "boolean", str: "string", int: "number", float: "number", list: "array", type(None): "null"}
    return types.get(type(value), "object")


_LETTER = re.compile(r"[^\W\d]|\$")


def _told(complaint: str, path: Path) -> str:
    """The complaint, and where: `$all[1].kind`, or `["1"]` for a key without letters."""
    if not path:
        return complaint
    if len(path) == 1:
        return f'{complaint} at "{path[0] or _NO_NAME}"'
    return f'{complaint} at "{"".join(_steps(path))}"'


_NO_NAME = '""'


def _steps(path: Path) -> Iterator[str]:
    for number, step in enumerate(path):
        if isinstance(step, int):
            yield f"[{step}]"
        elif '"' in step or not _LETTER.search(step):
            yield '["{}"]'.format(step.replace('"', '\\"'))
        else:
            yield f".{step}" if number else step
