"""by-query: pages forwards and backwards, which stay where they are while entities come and go."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.catalog.queries.columns import Columns
from cuelight.catalog.queries.cursors import Cursor, Place, read_cursor, write_cursor
from cuelight.catalog.queries.pages import Page, count_statement, page_statement
from cuelight.catalog.queries.planning import Plan
from cuelight.catalog.queries.question import Question
from cuelight.catalog.queries.strategy import Strategy, choose
from cuelight.catalog.queries.terms import parameters_of
from cuelight.catalog.queries.totals import Total, total_of
from cuelight.db import Database, Reading, Row


class QueryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page: the JSON of each entity as it is stored, how many the question has in all, and what leads on and back.

    `total` is 0 where it was not to be counted.
    """

    texts: Sequence[str]
    total: int
    next: str | None = None
    previous: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Up to `limit` entities after the first `offset`; and where it is `counted`, how many there are in all."""

    limit: int
    offset: int = 0
    counted: bool = True


class _Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the answer: from an offset, or after a place, or before it; whether all of it is `counted`."""

    limit: int
    offset: int = 0
    counted: bool = False
    at: Place | None = None
    backwards: bool = False


class _Rows(msgspec.Struct, frozen=True):
    """The rows of a part, in the answer's order; whether there are more behind them; how many there are in all."""

    rows: Sequence[Row]
    more: bool
    total: int


async def query_entities(db: Database, question: Question, part: Part, *, columns: Columns | None = None) -> QueryPage:
    """The first page of the answer; none, but the total, where its limit is 0. *columns* count what they can."""
    total = total_of(question, columns) if part.counted else None
    if total is not None:
        counted = None if part.limit else await total.now(db)
        if counted is not None:
            return QueryPage(texts=(), total=counted)
        await total.prepare(db)
    window = _Window(limit=part.limit, offset=part.offset, counted=part.counted)
    found = await db.read(lambda tx: _look(tx, question, window, columns))
    if not found.rows:
        return QueryPage(texts=(), total=found.total)
    cursor = Cursor(question, _place(found.rows[-1]), _place(found.rows[0]), found.total)
    return QueryPage(texts=_texts(found.rows), total=found.total, next=write_cursor(cursor) if found.more else None)


async def continue_query(db: Database, cursor: str, *, limit: int, columns: Columns | None = None) -> QueryPage:
    """The page that *cursor* leads to, of up to *limit* entities; InputError where it is none of ours."""
    asked = read_cursor(cursor)
    window = _Window(limit=limit, at=asked.at, backwards=asked.backwards)
    found = await db.read(lambda tx: _look(tx, asked.question, window, columns))
    if not found.rows:
        return QueryPage(texts=(), total=asked.total)
    first, last = _place(found.rows[0]), _place(found.rows[-1])
    onwards = msgspec.structs.replace(asked, at=last, backwards=False)
    back = msgspec.structs.replace(asked, at=first, backwards=True)
    return QueryPage(
        texts=_texts(found.rows),
        total=asked.total,
        next=write_cursor(onwards) if found.more else None,
        previous=write_cursor(back) if first != asked.first else None,
    )


async def _look(tx: Reading, question: Question, window: _Window, columns: Columns | None) -> _Rows:
    strategy = await choose(tx, question, columns)
    if strategy is None:
        return _Rows((), more=False, total=0)
    rows = await _fetch(tx, question, window, strategy) if window.limit else ()
    total = await _count(tx, strategy.total, total_of(question, columns)) if window.counted else 0
    if window.backwards:
        return _Rows(rows[::-1], more=True, total=total)
    return _Rows(rows[: window.limit], more=len(rows) > window.limit, total=total)


async def _fetch(tx: Reading, question: Question, window: _Window, strategy: Strategy) -> Sequence[Row]:
    """The rows in the order of reading; forwards one more than asked for, so that one knows whether more follow."""
    descending = question.order is not None and question.order.descending
    page = Page(
        plan=strategy.page.shape,
        ordered=question.order is not None,
        descending=descending is not window.backwards,
        after=window.at is not None,
        scoped=strategy.text is not None,
    )
    parameters = {**parameters_of(strategy.page.terms), **_start(question, window), "text": strategy.text}
    return await tx.fetch(page_statement(page), parameters)


def _start(question: Question, window: _Window) -> Mapping[str, Any]:
    limit = window.limit if window.backwards else window.limit + 1
    start = {"limit": limit, "order": question.sort_key}
    if window.at is None:
        return {**start, "offset": window.offset}
    return {**start, "after_value": window.at.value, "after_uid": window.at.uid}


async def _count(tx: Reading, plan: Plan, counting: Total | None) -> int:
    told = None if counting is None else await counting.as_of(tx)
    if told is not None:
        return told
    row = await tx.fetch_one(count_statement(plan.shape), parameters_of(plan.terms))
    return 0 if row is None else row["n"]


def _place(row: Row) -> Place:
    return Place(row["value"], row["entity_id"])


def _texts(rows: Sequence[Row]) -> Sequence[str]:
    return [row["entity"] for row in rows]
