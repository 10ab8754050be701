"""The tree: leaves that ask for a search row of an entity, and what joins them."""

from collections.abc import Iterator
from typing import TypeAlias, Union

import msgspec

from cuelight.model.filters import Condition, Filter


class Has(msgspec.Struct, frozen=True, array_like=True, tag="has"):
    """There is a row with this key, whatever its value."""

    key: str


class Equals(msgspec.Struct, frozen=True, array_like=True, tag="is"):
    """There is a row with this key and one of the values; without values nothing meets it."""

    key: str
    values: tuple[str, ...]


class StartsWith(msgspec.Struct, frozen=True, array_like=True, tag="prefix"):
    """There is a row with this key whose value begins so."""

    key: str
    prefix: str


class AllOf(msgspec.Struct, frozen=True, array_like=True, tag="all"):
    """All of them hold; everything meets none at all."""

    of: tuple["Predicate", ...]


class AnyOf(msgspec.Struct, frozen=True, array_like=True, tag="any"):
    """One of them holds; nothing meets none at all."""

    of: tuple["Predicate", ...]


class Not(msgspec.Struct, frozen=True, array_like=True, tag="not"):
    """It does not hold: what lacks the key meets this as well."""

    of: "Predicate"


Leaf: TypeAlias = Has | Equals | StartsWith
Predicate: TypeAlias = Union[Has, Equals, StartsWith, AllOf, AnyOf, Not]  # noqa: UP007 -- msgspec resolves the strings


def levels_of(predicate: Predicate) -> int:
    """How deep it is nested, a leaf being one level; however deep that is."""
    level, depth = [predicate], 0
    while level:
        depth += 1
        level = [part for each in level for part in _parts(each)]
    return depth


def leaves_of(predicate: Predicate) -> Iterator[Leaf]:
    """The leaves, from left to right."""
    if isinstance(predicate, AllOf | AnyOf):
        for each in predicate.of:
            yield from leaves_of(each)
    elif isinstance(predicate, Not):
        yield from leaves_of(predicate.of)
    else:
        yield predicate


def predicate_of(asked: Filter) -> Predicate:
    """The same question as *asked*."""
    return AnyOf(tuple(AllOf(tuple(_leaf(condition) for condition in each)) for each in asked.any_of))


def _parts(predicate: Predicate) -> tuple[Predicate, ...]:
    if isinstance(predicate, AllOf | AnyOf):
        return predicate.of
    return (predicate.of,) if isinstance(predicate, Not) else ()


def _leaf(condition: Condition) -> Leaf:
    return Has(condition.key) if condition.values is None else Equals(condition.key, condition.values)
