"""What columns say, all of them as of one change of the catalog."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from cuelight.catalog.queries.columns.column import NOBODY, Column, Entities
from cuelight.model import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith
from cuelight.model.predicates import leaves_of

EVERYBODY: Final = "kind"
"""A key that every entity has."""
_LAST: Final = "\U0010ffff"  # after every other character


class View:
    """*columns*, by key: the ones that its questions need."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def meeting(self, terms: Iterable[Predicate]) -> Entities | None:
        """Whoever meets all *terms*; None where columns cannot tell."""
        try:
            return self._all(terms)
        except _Untold:
            return None

    def counts(self, key: str, among: Entities | None) -> Sequence[tuple[str, int]] | None:
        """The spellings of *key* in their order, and how many have each, of all or of those *among* which one looks.

        None where there are too many.
        """
        column = self._columns[key]
        return None if column.words is None else sorted(column.counts(among))

    def spellings(self, keys: Iterable[str]) -> int:
        """How many spellings these *keys* have together, more or less."""
        return sum(self._columns[key].spellings for key in keys)

    def _all(self, terms: Iterable[Predicate]) -> Entities:
        met = [self._one(term) for term in terms]
        return met[0].intersection(*met[1:]) if met else self._columns[EVERYBODY].present

    def _one(self, term: Predicate) -> Entities:
        match term:
            case AllOf(of):
                return self._all(of)
            case AnyOf(of):
                return NOBODY.union(*map(self._one, of))
            case Not(of):
                return self._columns[EVERYBODY].present - self._one(of)
            case Has(key):
                return self._columns[key].present
            case Equals(key, values):
                return _told(self._columns[key].having(values))
            case StartsWith(key, prefix):
                return _told(self._columns[key].between(prefix, prefix + _LAST))


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns a question takes: those of `keys`, and of these the `spelled` ones with their values."""

    keys: frozenset[str]
    spelled: frozenset[str] = frozenset()


def need_of(terms: Iterable[Predicate], facets: Iterable[str] = ()) -> Need:
    """What it takes to find whoever meets *terms*, and to count the values of *facets*."""
    leaves = [leaf for term in terms for leaf in leaves_of(term)]
    spelled = frozenset((*facets, *(leaf.key for leaf in leaves if _asks_for_values(leaf))))
    return Need(keys=spelled.union((leaf.key for leaf in leaves), (EVERYBODY,)), spelled=spelled)


def _asks_for_values(leaf: Predicate) -> bool:
    return isinstance(leaf, Equals) or (isinstance(leaf, StartsWith) and bool(leaf.prefix))


class _Untold(Exception):
    """Columns cannot tell."""


def _told(entities: Entities | None) -> Entities:
    if entities is None:
        raise _Untold
    return entities
