"""Keeping an entity's problems: replaced with each outcome, but one that persists keeps the instant it was first seen."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.problem import ERROR, Problem
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.tables import PROBLEMS
from cuelight.db import Row, Statement, Transaction

_OF_ENTITIES = Statement(
    lambda words: (
        select(PROBLEMS)
        .where(PROBLEMS.c.entity_id.in_(words.each("ids")))
        .order_by(PROBLEMS.c.entity_id, PROBLEMS.c.position)
    )
)
_CLEAR = Statement(delete(PROBLEMS).where(PROBLEMS.c.entity_id == bindparam("id")))
_ADD = Statement(insert(PROBLEMS))


async def write_problems(tx: Transaction, found: Sequence[tuple[Subject, Sequence[Problem]]]) -> set[str]:
    """Replace the problems of each subject; the refs of those whose status differs because of that."""
    before: dict[str, list[Row]] = {subject.entity_id: [] for subject, _ in found}
    for row in await tx.fetch(_OF_ENTITIES, {"ids": refs_parameter(before)}):
        before[row["entity_id"]].append(row)
    touched = [(subject, problems) for subject, problems in found if problems or before[subject.entity_id]]
    await tx.execute_many(_CLEAR, ({"id": subject.entity_id} for subject, _ in touched if before[subject.entity_id]))
    await tx.execute_many(
        _ADD, (row for subject, problems in touched for row in _rows(subject, problems, before[subject.entity_id], tx))
    )
    return {subject.ref for subject, problems in touched if _shown(before[subject.entity_id]) != _to_be_shown(problems)}


def _rows(
    subject: Subject, problems: Sequence[Problem], before: Sequence[Row], tx: Transaction
) -> Iterator[dict[str, Any]]:
    since = {_identity(row): row["since"] for row in before}
    for position, problem in enumerate(problems):
        yield _columns(subject, position, problem, since.get(_named(problem), tx.now()))


def _shown(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What of *rows* is in the entity's status."""
    return [(row["name"], row["message"]) for row in rows if row["level"] == ERROR]


def _to_be_shown(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [(problem.name, problem.message) for problem in problems if problem.level == ERROR]


def _columns(subject: Subject, position: int, problem: Problem, since: int) -> dict[str, Any]:
    return {
        "entity_id": subject.entity_id,
        "position": position,
        "entity_ref": subject.ref,
        "rule": problem.rule,
        "level": problem.level,
        "name": problem.name,
        "message": problem.message,
        "url": problem.url,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "since": since,
    }


def _identity(row: Row) -> tuple[str, str | None, str | None]:
    """What makes two rows the same problem: its words and its line may change while it persists."""
    return row["rule"], row["url"], row["path"]


def _named(problem: Problem) -> tuple[str, str | None, str | None]:
    return problem.rule, problem.url, problem.path
