"""What must hold together, simplified: the terms of a question, out of which its SQL is made.

A shape is what is left of a term when its keys and values are taken out: those become a statement's parameters, numbered
from left to right. So there is one statement for each shape of question, written once and kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, TypeAlias

import msgspec

from cuelight.model import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith

_LAST = "\U0010ffff"  # after every other character


class Contains(msgspec.Struct, frozen=True):
    """There is a row with one of the keys whose value is LIKE the pattern."""

    keys: tuple[str, ...]
    pattern: str

    @property
    def shape(self) -> "Contains":
        """The same without keys and pattern."""
        return Contains(_counted(self.keys), "")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """There is a text of one of the keys, and of one of the kinds if any are given, whose value is LIKE the pattern.

    `once`: no entity has two such texts.
    """

    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    pattern: str
    once: bool

    @property
    def shape(self) -> "Text":
        """The same without keys, kinds and pattern."""
        return Text(keys=_counted(self.keys), kinds=_counted(self.kinds), pattern="", once=self.once)


class Within(msgspec.Struct, frozen=True):
    """The entity is one of these, by id."""

    ids: tuple[str, ...]


Term: TypeAlias = Predicate | Contains | Text | Within


def terms_of(predicate: Predicate) -> tuple[Predicate, ...]:
    """The fewest terms that must hold together so that *predicate* does."""
    simple = _simple(predicate)
    return simple.of if isinstance(simple, AllOf) else (simple,)


EVERYTHING: Final = AllOf(())
NOTHING: Final = AnyOf(())


def _simple(predicate: Predicate) -> Predicate:
    """*predicate* without what changes nothing: everything and nothing are left only where they are all of it."""
    match predicate:
        case AllOf(of):
            return _all([part for each in of for part in terms_of(each)])
        case AnyOf(of):
            return _any([option for each in of for option in _options(each)])
        case Not(of):
            return _not(_simple(of))
        case Equals(_, ()):
            return NOTHING
        case _:
            return predicate


def _options(predicate: Predicate) -> Sequence[Predicate]:
    """What of *predicate* is enough by itself: SQLite takes no union within a union."""
    simple = _simple(predicate)
    return simple.of if isinstance(simple, AnyOf) else (simple,)


def _all(parts: Sequence[Predicate]) -> Predicate:
    if NOTHING in parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else AllOf(tuple(dict.fromkeys(parts)))


def _any(options: Sequence[Predicate]) -> Predicate:
    if EVERYTHING in options:
        return EVERYTHING
    merged = _merged(options)
    return merged[0] if len(merged) == 1 else AnyOf(merged)


def _not(inner: Predicate) -> Predicate:
    if inner in (EVERYTHING, NOTHING):
        return EVERYTHING if inner == NOTHING else NOTHING
    return inner.of if isinstance(inner, Not) else Not(inner)


def _merged(options: Sequence[Predicate]) -> tuple[Predicate, ...]:
    """*options*, where several that ask for values of one key become one."""
    values: dict[str, dict[str, None]] = {}
    merged: dict[Predicate | str, None] = {}
    for option in options:
        if isinstance(option, Equals):
            values.setdefault(option.key, {}).update(dict.fromkeys(option.values))
            merged[option.key] = None
        else:
            merged[option] = None
    return tuple(Equals(each, tuple(values[each])) if isinstance(each, str) else each for each in merged)


def shape_of(term: Term) -> Term:
    """*term* without its keys and values."""
    if isinstance(term, Within):
        return Within(())
    if isinstance(term, Contains | Text):
        return term.shape
    return _shape(term)


def _counted(values: Sequence[str]) -> tuple[str, ...]:
    """*values* emptied: whether there is none, one, or several."""
    return ("",) * min(len(values), 2)


def _shape(predicate: Predicate) -> Predicate:
    match predicate:
        case AllOf(of):
            return AllOf(tuple(map(_shape, of)))
        case AnyOf(of):
            return AnyOf(tuple(map(_shape, of)))
        case Not(of):
            return Not(_shape(of))
        case Equals(_, values):
            return Equals("", _counted(values))
        case StartsWith():
            return StartsWith("", "")
        case Has():
            return Has("")


def parameters_of(terms: Sequence[Term]) -> Mapping[str, Any]:
    """The values of the parameters that a statement for *terms*, in this order, has."""
    numbers = count()
    return {f"{name}_{number}": value for term in terms for name, number, value in _parameters(term, numbers)}


def _parameters(term: Term, numbers: Iterator[int]) -> Iterator[tuple[str, int, Any]]:
    match term:
        case AllOf(of) | AnyOf(of):
            for each in of:
                yield from _parameters(each, numbers)
        case Not(of):
            yield from _parameters(of, numbers)
        case _:
            number = next(numbers)
            yield from ((name, number, value) for name, value in _leaf(term).items())


def _leaf(term: Has | Equals | StartsWith | Contains | Text | Within) -> Mapping[str, Any]:
    match term:
        case Within(ids):
            return {"ids": _listed(ids)}
        case Contains(keys, pattern):
            return {**_one_or_all("key", keys), "pattern": pattern}
        case Text():
            kinds = _one_or_all("kind", term.kinds) if term.kinds else {}
            return {**_one_or_all("key", term.keys), **kinds, "pattern": term.pattern}
        case Equals(key, values):
            return {"key": key, **_one_or_all("value", values)}
        case StartsWith(key, prefix):
            return {"key": key, "prefix": prefix, "end": prefix + _LAST}
        case Has(key):
            return {"key": key}


def _one_or_all(name: str, values: Sequence[str]) -> Mapping[str, str]:
    return {name: values[0]} if len(values) == 1 else {f"{name}s": _listed(values)}


def _listed(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
