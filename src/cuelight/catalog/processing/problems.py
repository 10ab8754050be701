"""Keeping an entity's problems: replaced with each outcome, but one that persists keeps the instant it was first seen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from cuelight.catalog.problem import ERROR, Problem
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.tables import PROBLEMS
from cuelight.db import Row, Statement, Transaction

_OF_ENTITY = Statement(select(PROBLEMS).where(PROBLEMS.c.entity_id == bindparam("id")).order_by(PROBLEMS.c.position))
_CLEAR = Statement(delete(PROBLEMS).where(PROBLEMS.c.entity_id == bindparam("id")))
_ADD = Statement(insert(PROBLEMS))


async def write_problems(tx: Transaction, subject: Subject, problems: Sequence[Problem]) -> bool:
    """Replace the problems of *subject*; whether its status differs because of that."""
    before = await tx.fetch(_OF_ENTITY, {"id": subject.entity_id})
    if not before and not problems:
        return False
    since = {_identity(row): row["since"] for row in before}
    await tx.execute(_CLEAR, {"id": subject.entity_id})
    await tx.execute_many(
        _ADD,
        (
            _columns(subject, position, problem, since.get(_named(problem), tx.now()))
            for position, problem in enumerate(problems)
        ),
    )
    shown = [(row["name"], row["message"]) for row in before if row["level"] == ERROR]
    return shown != [(problem.name, problem.message) for problem in problems if problem.level == ERROR]


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
