"""How a question is answered: where its page begins, and where its count does."""

import msgspec

from cuelight.catalog.queries.columns import Columns
from cuelight.catalog.queries.fulltext import Sought, few_with, sought_by
from cuelight.catalog.queries.planning import Plan, Start, find_starts
from cuelight.catalog.queries.question import Question
from cuelight.catalog.queries.terms import NOTHING, Term, Within, terms_of
from cuelight.db import Reading
from cuelight.model import Predicate, StartsWith

EVERYWHERE = frozenset({"apiversion", "kind", "metadata.name", "metadata.namespace", "metadata.uid"})
"""Keys that every entity has a value of."""


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """`page`, `total`: where each begins. `text`: the pattern that the row which an entity is sorted by has to be LIKE."""

    page: Plan
    total: Plan
    text: str | None = None


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    """A question's terms, and what was found out of them: the best start, and the few that hold the text."""

    terms: tuple[Predicate, ...]
    start: Start | None
    text: Sought | None
    few_with_text: Within | None
    scoped: bool
    sorted_by: StartsWith | None


async def choose(tx: Reading, question: Question, columns: Columns | None = None) -> Strategy | None:
    """How to answer *question*; None where nothing can meet it. *columns* spare some of the counting beforehand."""
    terms = terms_of(question.predicate)
    if NOTHING in terms:
        return None
    starts = await find_starts(tx, terms, None if columns is None else await columns.about(tx))
    start = starts[0] if starts else None
    text = sought_by(question, terms)
    given = _Given(
        terms=terms,
        start=start,
        text=text,
        few_with_text=None if text is None else await few_with(tx, text, start),
        scoped=question.text_keys == (question.sort_key,),
        sorted_by=_sorted_by(question.sort_key),
    )
    return Strategy(
        page=_page(given), total=_total(given), text=text.condition.pattern if text and given.scoped else None
    )


def without(terms: tuple[Term, ...], start: Start | None) -> tuple[Term, ...]:
    """*terms* but for the one that *start* stands for."""
    return tuple(term for term in terms if start is None or term is not start.stands_for)


def _page(given: _Given) -> Plan:
    """Begin with few, or else with all in their order: most of what is met on that way is no part of a page."""
    text = () if given.text is None or given.scoped else (given.text.condition,)
    return _few(given, text) or Plan(None, (*given.terms, *text))


def _total(given: _Given) -> Plan:
    """Begin with as few as possible: all of them are looked at."""
    lacking = () if given.sorted_by is None else (given.sorted_by,)
    few = _few(given, () if given.text is None else (given.text.condition,))
    if few is not None:
        return Plan(few.first, (*few.others, *lacking))
    if given.text is not None:
        return _many(given.text, given.start, lacking)
    if given.start is not None:
        return Plan(given.start.term, (*without(given.terms, given.start), *lacking))
    return Plan(given.sorted_by, given.terms)


def _few(given: _Given, text: tuple[Term, ...]) -> Plan | None:
    """Begin with few entities, of which *text* has to be asked yet; None where there is no such beginning."""
    if given.few_with_text is not None:
        return Plan(given.few_with_text, given.terms)
    if given.start is None or not given.start.is_few:
        return None
    if given.text is not None and given.text.tells(given.start):
        return Plan(given.text.rows, given.text.others)
    return Plan(given.start.term, (*without(given.terms, given.start), *text))


def _many(text: Sought, start: Start | None, lacking: tuple[Term, ...]) -> Plan:
    """Begin with the rows of a frequent *text*; or with *start*, where one finds the text of each of these entities by it."""
    if start is None or not text.is_found_by_entity or text.tells(start):
        return Plan(text.rows, (*text.others, *lacking), many=True)
    return Plan(start.term, (text.rows, *without(text.others, start), *lacking))


def _sorted_by(key: str | None) -> StartsWith | None:
    """The term that an entity has a value of this key; None where all have."""
    return None if key is None or key in EVERYWHERE else StartsWith(key, "")
