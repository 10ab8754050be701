"""What is wrong with entities and their files, newest first."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select, tuple_

from cuelight.catalog.tables import PROBLEMS
from cuelight.db import Database, Row, Statement

MAX_PAGE = 500
"""Problems in one page, at most."""


class ProblemKey(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: after the problem with this instant, entity and position."""

    since: int
    entity_id: str
    position: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem: which rule, how bad (error or warning), where (file, line and column, field), since when."""

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

PAGE = Statement(
    select(PROBLEMS)
    .where(tuple_(*_KEY) < tuple_(bindparam("since"), bindparam("entity_id"), bindparam("position")))
    .order_by(*(column.desc() for column in _KEY))
    .limit(bindparam("limit"))
)


async def list_problems(db: Database, *, limit: int, after: ProblemKey | None = None) -> Sequence[Problem]:
    """Problems that come after *after*, newest first."""
    start = after or _START
    parameters = {**msgspec.structs.asdict(start), "limit": min(limit, MAX_PAGE)}
    rows = await db.read(lambda tx: tx.fetch(PAGE, parameters))
    return [_problem(row) for row in rows]


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
