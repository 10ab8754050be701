"""What is wrong with entities and their files, newest first."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec
from sqlalchemy import ColumnElement, bindparam, select, tuple_

from cuelight.catalog.tables import PROBLEMS
from cuelight.db import Database, Row, Statement

MAX_PAGE = 500
"""Problems in one page, at most."""
_LAST = "\U0010ffff"  # after every other character


class ProblemKey(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: after the problem with this instant, entity and position."""

    since: int
    entity_id: str
    position: int


class ProblemFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which problems: of one entity, of a level, of a rule, of files whose URL begins so; None asks for nothing."""

    ref: str | None = None
    level: str | None = None
    rule: str | None = None
    url: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem: which rule, how bad (see `cuelight.catalog.problem`), where (file, line and column, field), since when."""

    key: ProblemKey
    entity_ref: str
    rule: str
    level: str
    name: str
    message: str
    url: str | None
    line: int | None
    column: int | None
    path: str | None


_KEY = (PROBLEMS.c.since, PROBLEMS.c.entity_id, PROBLEMS.c.position)
_START = ProblemKey(2**62, "", 0)
ALL = ProblemFilter()


@lru_cache
def problems_statement(asked: ProblemFilter) -> Statement:
    """A page of the problems that the given fields of *asked* select; which values they have plays no part."""
    return Statement(
        select(PROBLEMS)
        .where(tuple_(*_KEY) < tuple_(bindparam("since"), bindparam("entity_id"), bindparam("position")))
        .where(*_selected(asked))
        .order_by(*(column.desc() for column in _KEY))
        .limit(bindparam("limit"))
    )


async def list_problems(
    db: Database, *, limit: int, after: ProblemKey | None = None, asked: ProblemFilter = ALL
) -> Sequence[Problem]:
    """Those of the problems *asked* for that come after *after*, newest first."""
    given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
    statement = problems_statement(ProblemFilter(**dict.fromkeys(given, "")))
    ends = {"url_end": asked.url + _LAST} if asked.url is not None else {}
    parameters = {**msgspec.structs.asdict(after or _START), "limit": min(limit, MAX_PAGE), **given, **ends}
    rows = await db.read(lambda tx: tx.fetch(statement, parameters))
    return [_problem(row) for row in rows]


def _selected(asked: ProblemFilter) -> Iterator[ColumnElement[bool]]:
    if asked.ref is not None:
        yield PROBLEMS.c.entity_ref == bindparam("ref")
    if asked.level is not None:
        yield PROBLEMS.c.level == bindparam("level")
    if asked.rule is not None:
        yield PROBLEMS.c.rule == bindparam("rule")
    if asked.url is not None:
        yield PROBLEMS.c.url >= bindparam("url")
        yield PROBLEMS.c.url < bindparam("url_end")


def _problem(row: Row) -> Problem:
    return Problem(
        key=ProblemKey(row["since"], row["entity_id"], row["position"]),
        entity_ref=row["entity_ref"],
        rule=row["rule"],
        level=row["level"],
        name=row["name"],
        message=row["message"],
        url=row["url"],
        line=row["line"],
        column=row["column"],
        path=row["path"],
    )


PAGE = problems_statement(ALL)
