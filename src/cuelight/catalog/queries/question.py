"""What a client may ask of the entities: which ones, with which text, in which order."""

import msgspec

from cuelight.errors import InputError
from cuelight.model import AllOf, Filter, Predicate, predicate_of
from cuelight.model.predicates import leaves_of, levels_of

MOST_CONDITIONS = 200
"""Subqueries of one statement."""
MOST_LEVELS = 100
"""How deep a predicate is nested; one that was parsed is never so deep, but a cursor may be anybody's."""
MOST_FIELDS = 50
"""Fields that one text is looked for in."""
LONGEST_TERM = 200
"""Characters of a text that is looked for: no value that is searched is longer."""
DEFAULT_FIELD = "metadata.uid"
"""Where a text is looked for when neither fields nor an order say more."""


class Order(msgspec.Struct, frozen=True, array_like=True):
    """Sort by the value of a search key; `field` is compared in lower case."""

    field: str
    descending: bool = False


class FullText(msgspec.Struct, frozen=True, array_like=True):
    """Some of the fields holds the term: in any case, and with `%` and `_` standing for any characters and any one.

    No fields means the field that the question is sorted by, or else `metadata.uid`; an empty term asks for nothing.
    """

    term: str
    fields: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which entities, and in which order. All of filter, query and text must hold; None asks for nothing.

    With an order those that lack its field are left out, and one that has several values there comes once for each.
    """

    filter: Filter | None = None
    query: Predicate | None = None
    full_text: FullText | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        """InputError where it asks for more than one statement can answer."""
        limit(self.filter, self.query)
        if self.full_text is not None and len(self.full_text.fields) > MOST_FIELDS:
            raise InputError(f"Invalid full text filter, more than {MOST_FIELDS} fields; ask in several requests")

    @property
    def predicate(self) -> Predicate:
        """What filter and query ask for together."""
        return both(self.filter, self.query)

    @property
    def term(self) -> str:
        """The text as search rows would hold it; empty where none is asked for."""
        return self.full_text.term.strip().lower() if self.full_text else ""

    @property
    def sort_key(self) -> str | None:
        """The search key that decides the order; None: the id does."""
        return self.order.field.lower() if self.order else None

    @property
    def text_keys(self) -> tuple[str, ...]:
        """The search keys that the text is looked for in."""
        fields = self.full_text.fields if self.full_text else ()
        return tuple(dict.fromkeys(map(str.lower, fields))) or (self.sort_key or DEFAULT_FIELD,)


def both(asked: Filter | None, query: Predicate | None) -> Predicate:
    """What must hold for a filter and a query together; everything, where there is neither."""
    terms = [] if asked is None else [predicate_of(asked)]
    return AllOf((*terms, *(() if query is None else (query,))))


def limit(asked: Filter | None, query: Predicate | None) -> None:
    """InputError where a filter and a query together have more than `MOST_CONDITIONS`, or are nested too deep."""
    if query is not None and levels_of(query) > MOST_LEVELS:
        raise InputError(f"Invalid query: it is nested more than {MOST_LEVELS} levels deep; write it flatter")
    conditions = sum(map(len, asked.any_of)) if asked else 0
    conditions += sum(1 for _ in leaves_of(query)) if query else 0
    if conditions > MOST_CONDITIONS:
        raise InputError(f"Invalid filter, more than {MOST_CONDITIONS} statements; ask in several requests")
