"""Full text: the entities that hold one, if they are few.

Most texts that people type are rare, and their trigrams lead to the few rows that hold them. A text that many rows might
hold is looked for by going through the values of its keys, until it is plain that many entities meet the question: then
a page of them is soon found in their order.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, column, func, literal_column, select, table

from cuelight.catalog.queries.conditions import Conditions
from cuelight.catalog.queries.pages import entities_of
from cuelight.catalog.queries.planning import KEPT, Plan, Start
from cuelight.catalog.queries.question import Question
from cuelight.catalog.queries.terms import Contains, Term, Text, Within, parameters_of
from cuelight.catalog.tables import TEXTS
from cuelight.catalog.texts import KEYS, SINGLE, has_trigrams, is_plain, trigrams_of
from cuelight.db import Reading, Statement, Words
from cuelight.model import Equals, Predicate

FEW_WITH_TEXT = 500
"""Entities with a text whose ids are carried from statement to statement, and rows that are looked at for their sake."""
_KIND: Final = "kind"

_TRIGRAMS = table("texts_trigrams", column("rowid"))
_MATCHING: Final = literal_column("texts_trigrams").op("MATCH")(bindparam("trigrams"))


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """A text: the `condition` that an entity meets which holds it; its `rows`, for beginning with them; of the question's
    terms the `others`, of which these rows say nothing; `trigrams`: whether one can look these up.
    """

    condition: Contains
    rows: Contains | Text
    others: tuple[Term, ...]
    trigrams: str | None = None

    @property
    def is_found_by_entity(self) -> bool:
        """Whether the rows of an entity are a place in their index."""
        return isinstance(self.rows, Text) and bool(self.rows.kinds)

    def tells(self, start: Start) -> bool:
        """Whether an entity of these rows meets what *start* stands for."""
        return all(each is not start.stands_for for each in self.others)


def sought_by(question: Question, terms: Sequence[Predicate]) -> Sought | None:
    """What *question*, of these *terms*, looks for; None where it is no text."""
    term = question.term
    if not term:
        return None
    kind = next((each for each in terms if isinstance(each, Equals) and each.key == _KIND), None)
    kinds = () if kind is None else kind.values
    condition = Contains(_keys(question, kinds), f"%{term}%")
    if not KEYS.issuperset(condition.keys):
        return Sought(condition=condition, rows=condition, others=tuple(terms))
    once = len(condition.keys) == 1 and SINGLE.issuperset(condition.keys)
    return Sought(
        condition=condition,
        rows=Text(keys=condition.keys, kinds=kinds, pattern=condition.pattern, once=once),
        others=tuple(each for each in terms if each is not kind),
        trigrams=trigrams_of(term) if has_trigrams(term) else None,
    )


async def few_with(tx: Reading, text: Sought, start: Start | None) -> Within | None:
    """The entities that hold *text*, or those of them that meet the other terms too.

    None where they are many, or *start*, the best of the other beginnings, is one with few.
    """
    few = start is not None and start.is_few
    most = min(start.entities, FEW_WITH_TEXT) if start is not None and few else FEW_WITH_TEXT
    found = None if text.trigrams is None else await _by_trigrams(tx, text, text.trigrams, most)
    return await _by_going_through(tx, text) if found is None and not few else found


def _keys(question: Question, kinds: Sequence[str]) -> tuple[str, ...]:
    """The keys that the text is looked for in, without `kind` where *kinds* are all that are asked for and none holds it."""
    keys = question.text_keys
    if len(keys) == 1 or not kinds or not is_plain(question.term) or any(question.term in kind for kind in kinds):
        return keys
    return tuple(key for key in keys if key != _KIND)


async def _by_trigrams(tx: Reading, text: Sought, trigrams: str, most: int) -> Within | None:
    parameters = {**parameters_of((text.condition,)), "trigrams": trigrams, "few": most}
    found = await tx.fetch_one(CANDIDATES, parameters)
    if found is None or found["n"] >= most:
        return None
    rows = await tx.fetch(holding_statement(text.condition.shape), parameters)
    return Within(tuple(row["entity_id"] for row in rows))


async def _by_going_through(tx: Reading, text: Sought) -> Within | None:
    plan = Plan(text.rows, text.others)
    rows = await tx.fetch(first_ids_statement(plan.shape), {**parameters_of(plan.terms), "few": FEW_WITH_TEXT})
    return Within(tuple(row["entity_id"] for row in rows)) if len(rows) < FEW_WITH_TEXT else None


def _candidates(words: Words) -> Select[Any]:
    """Rows that might hold the text, whatever their key."""
    if words.dialect == "sqlite":
        return select(_TRIGRAMS.c.rowid).where(_MATCHING)
    return select(TEXTS.c.id).where(Conditions(words).like(TEXTS.c.value, "pattern_0"))


def _count(words: Words) -> Select[Any]:
    rows = _candidates(words).limit(bindparam("few")).subquery()
    return select(func.count().label("n")).select_from(rows)


CANDIDATES = Statement(_count)
"""How many rows might hold a text, up to `few`; parameters `pattern_0` and `trigrams`."""


@lru_cache(maxsize=KEPT)
def holding_statement(shape: Contains) -> Statement:
    """The entities of the texts that meet *shape*, found by `trigrams`: whatever index of their keys there is stays aside."""

    def build(words: Words) -> Select[Any]:
        if words.dialect == "sqlite":
            rows = select(TEXTS.c.entity_id).where(*Conditions(words).row(shape, TEXTS)).distinct()
            return rows.where(TEXTS.c.id.in_(_candidates(words))).with_hint(TEXTS, "NOT INDEXED", "sqlite")
        few = (
            _candidates(words)
            .with_only_columns(TEXTS.c.entity_id, TEXTS.c.key, TEXTS.c.value)
            .offset(literal_column("0"))
            .subquery("few")
        )
        return select(few.c.entity_id).where(*Conditions(words).row(shape, few)).distinct()

    return Statement(build)


@lru_cache(maxsize=KEPT)
def first_ids_statement(plan: Plan) -> Statement:
    """Up to `few` entities that meet *plan*, a shape."""

    def build(words: Words) -> Select[Any]:
        conditions = Conditions(words, stepwise=True)
        firsts = entities_of(plan, conditions)
        met = conditions.hold(plan.others, firsts.c.entity_id)
        return select(firsts.c.entity_id).where(*met).limit(bindparam("few"))

    return Statement(build)
