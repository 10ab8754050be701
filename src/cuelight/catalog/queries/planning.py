"""Where a question begins: with the few entities that meet one of its terms, or with all of them in their order.

A database guesses how many rows a key and a value have, and guesses wrong by orders of magnitude (they depend on each
other). So it is counted, as far as it matters: up to `FEW` rows of each term, which takes microseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ScalarSelect, Select, bindparam, func, select

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.terms import Term, Within, parameters_of, shape_of
from cuelight.db import Reading, Statement, Words
from cuelight.model import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith

FEW = 2_500
"""Entities that may be looked up and sorted one by one; more are rather met on the way through their order."""
MOST_PROBES = 24
"""Terms that are counted; what comes after them is taken for many."""
KEPT = 256
"""Shapes whose statement is kept; few are in use at any time."""


Asked: TypeAlias = Has | Equals | StartsWith
"""What can be counted before one begins."""
About: TypeAlias = Callable[[Asked], int | None]
"""About how many entities meet it; None where that is not known."""


class Plan(msgspec.Struct, frozen=True):
    """`first`: the term to begin with (None: with all entities); `others`: what each of these has to meet as well.

    `many`: those that one begins with are, and all of them are looked at.
    """

    first: Term | None
    others: tuple[Term, ...] = ()
    many: bool = False

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms, in the order of their parameters."""
        return self.others if self.first is None else (self.first, *self.others)

    @property
    def is_of_named(self) -> bool:
        """Whether one begins with entities that are known by their ids, and no more than a few hundred."""
        return isinstance(self.first, Within)

    @property
    def shape(self) -> "Plan":
        """The same without keys and values."""
        first = None if self.first is None else shape_of(self.first)
        return Plan(first, tuple(map(shape_of, self.others)), self.many)


class Start(msgspec.Struct, frozen=True):
    """`term`, written so that one can begin with it, and how many entities meet it (from `FEW` on: many).

    `stands_for` is the term that it came from.
    """

    term: Predicate
    entities: int
    stands_for: Predicate

    @property
    def is_few(self) -> bool:
        """Whether one had better begin with it than with all entities in their order."""
        return self.entities < FEW


async def find_starts(tx: Reading, terms: Sequence[Predicate], about: About | None = None) -> Sequence[Start]:
    """Those of *terms* that one can begin with, the fewest entities first; *about* spares counting what it tells."""
    leaves = [leaf for term in terms for leaf in _countable(term)][:MOST_PROBES]
    told = [None if about is None else about(leaf) for leaf in leaves]
    known = [count for count in told if count is not None]
    counts = iter(known if len(known) == len(leaves) else await _count(tx, leaves))
    starts = [start for term in terms if (start := _start(term, counts)) is not None]
    return sorted(
        starts, key=lambda start: (start.entities, isinstance(start.term, Equals) and start.term.key == "kind")
    )


async def _count(tx: Reading, leaves: Sequence[Asked]) -> Sequence[int]:
    if not leaves:
        return ()
    statement = _counts_statement(tuple(map(shape_of, leaves)))
    row = await tx.fetch_one(statement, {**parameters_of(leaves), "few": FEW})
    return () if row is None else [row[number] for number in range(len(leaves))]


def _countable(term: Predicate) -> Iterator[Asked]:
    match term:
        case AllOf(of) | AnyOf(of):
            for each in of:
                yield from _countable(each)
        case Has() | Equals() | StartsWith():
            yield term


def _start(term: Predicate, counts: Iterator[int]) -> Start | None:
    match term:
        case Not():
            return None
        case AnyOf(of):
            return _sum(term, [_start(each, counts) for each in of])
        case AllOf(of):
            return _least(term, [_start(each, counts) for each in of])
        case _:
            return Start(term, next(counts, FEW), term)


def _sum(term: AnyOf, options: Sequence[Start | None]) -> Start | None:
    starts = [option for option in options if option is not None]
    if len(starts) < len(options):
        return None
    return Start(AnyOf(tuple(start.term for start in starts)), sum(start.entities for start in starts), term)


def _least(term: AllOf, parts: Sequence[Start | None]) -> Start | None:
    starts = [part for part in parts if part is not None]
    if not starts:
        return None
    least = min(starts, key=lambda start: start.entities)
    others = tuple(each for each in term.of if each is not least.stands_for)
    return Start(AllOf((least.term, *others)), least.entities, term)


@lru_cache(maxsize=KEPT)
def _counts_statement(shapes: tuple[Term, ...]) -> Statement:
    """How many rows each leaf has, up to `few`."""

    def build(words: Words) -> Select[Any]:
        conditions = Conditions(words)
        counts: list[Any] = [_counted(conditions, shape).label(f"n_{number}") for number, shape in enumerate(shapes)]
        return select(*counts)

    return Statement(build)


def _counted(conditions: Conditions, shape: Term) -> ScalarSelect[int]:
    rows = conditions.ids(shape).limit(bindparam("few")).subquery()
    return select(func.count()).select_from(rows).scalar_subquery()
