"""Terms as SQL: does this entity meet one, and which entities do?

The first is a look into the index by entity, for each of the entities in question; the second reads a stretch of the index
by value. Which is cheaper depends on how many entities meet the term: `planning` finds out.
"""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    false,
    literal_column,
    not_,
    or_,
    select,
    true,
    union,
)

from cuelight.catalog.queries.terms import Contains, Term, Text, Within
from cuelight.catalog.tables import FINAL_ENTITIES, SEARCH, TEXTS
from cuelight.db import Words
from cuelight.model import AllOf, AnyOf, Equals, Has, Not, StartsWith

Ids = Select[tuple[str]] | CompoundSelect[tuple[str]]
Leaf = Has | Equals | StartsWith | Contains | Text


class Conditions:
    """Writes the conditions of one statement, term by term in the order of their parameters."""

    def __init__(self, words: Words, *, stepwise: bool = False, at_once: bool = False) -> None:
        """*stepwise*: keep PostgreSQL from answering a condition for all entities at once, when few are looked at.

        *at_once*: have SQLite do that, which by itself never does, when most are looked at.
        """
        self._words = words
        self._stepwise = stepwise and words.dialect == "postgresql"
        self._at_once = at_once and words.dialect == "sqlite"
        self._numbers = count()

    def hold(self, terms: tuple[Term, ...], entity_id: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
        """That the entity meets each of *terms*."""
        for term in terms:
            yield self.holds(term, entity_id)

    def holds(self, term: Term, entity_id: ColumnElement[str]) -> ColumnElement[bool]:
        """That the entity meets *term*."""
        match term:
            case AllOf(of):
                return and_(true(), *self.hold(of, entity_id))
            case AnyOf(of):
                return or_(false(), *self.hold(of, entity_id))
            case Not(of):
                return not_(self.holds(of, entity_id))
            case Within():
                return entity_id.in_(self._words.each(f"ids_{next(self._numbers)}"))
            case _:
                return self._has_row(term, entity_id)

    def ids(self, term: Term) -> Ids:
        """The ids of all entities that meet *term*, each once. Not for `Not`."""
        match term:
            case AnyOf(of):
                return union(*map(self.ids, of))
            case AllOf((first, *others)):
                firsts = self.ids(first).subquery()
                return select(firsts.c.entity_id).where(*self.hold(tuple(others), firsts.c.entity_id))
            case Within():
                entity_id = FINAL_ENTITIES.c.entity_id
                return select(entity_id).where(self.holds(term, entity_id))
            case Has() | Equals() | StartsWith() | Contains() | Text():
                rows = self._rows(term)
                return rows if _gives_each_once(term) else rows.distinct()
            case _:
                raise NotImplementedError(f"{term} does not say which entities meet it")

    def row(self, leaf: Leaf, found: FromClause) -> Iterator[ColumnElement[bool]]:
        """That a row is the one that *leaf* asks for."""
        number = next(self._numbers)
        match leaf:
            case Has():
                yield found.c.key == bindparam(f"key_{number}")
            case Equals(_, values):
                yield found.c.key == bindparam(f"key_{number}")
                yield self._among(found.c.value, "value", number, values)
            case StartsWith():
                yield found.c.key == bindparam(f"key_{number}")
                yield found.c.value >= bindparam(f"prefix_{number}")
                yield found.c.value < bindparam(f"end_{number}")
            case Contains() | Text():
                yield self._among(found.c.key, "key", number, leaf.keys)
                if isinstance(leaf, Text) and leaf.kinds:
                    yield self._among(found.c.kind, "kind", number, leaf.kinds)
                yield self.like(found.c.value, f"pattern_{number}")

    def like(self, value: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        r"""That *value* is LIKE the parameter *pattern*, in which a backslash is a backslash."""
        # SQLite has no escape unless one is named, PostgreSQL has \ unless none is.
        return value.like(bindparam(pattern), escape="" if self._words.dialect == "postgresql" else None)

    def _among(
        self, column: ColumnElement[str], name: str, number: int, values: tuple[str, ...]
    ) -> ColumnElement[bool]:
        """That *column* is the one value, or one of the values, of the parameter *name*; *values* as a shape has them."""
        if len(values) == 1:
            return column == bindparam(f"{name}_{number}")
        return column.in_(self._words.each(f"{name}s_{number}"))

    def _rows(self, leaf: Leaf) -> Select[tuple[str]]:
        """The entities' ids of all rows that *leaf* asks for."""
        found = (TEXTS if isinstance(leaf, Text) else SEARCH).alias()
        return select(found.c.entity_id).where(*self.row(leaf, found))

    def _has_row(self, leaf: Leaf, entity_id: ColumnElement[str]) -> ColumnElement[bool]:
        if self._at_once:
            return entity_id.in_(self._rows(leaf))
        found = (TEXTS if isinstance(leaf, Text) else SEARCH).alias()
        rows: Select[tuple[int]] = select(literal_column("1")).where(
            found.c.entity_id == entity_id, *self.row(leaf, found)
        )
        return rows.limit(literal_column("1")).scalar_subquery().is_not(None) if self._stepwise else exists(rows)


def _gives_each_once(leaf: Leaf) -> bool:
    """Whether no entity has two such rows: a key and a value are in its rows at most once."""
    return leaf.once if isinstance(leaf, Text) else isinstance(leaf, Equals) and len(leaf.values) == 1
