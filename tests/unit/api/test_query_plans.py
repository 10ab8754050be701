"""The hot reads go by an index: none of them looks at every row of a table that grows with the catalog."""

import re

import pytest
from sqlalchemy import text

from cuelight.catalog.queries import changes, counts, entities
from cuelight.catalog.queries.listing import Shape, count_statement, list_statement
from cuelight.db import Database, Statement
from cuelight.repositories import freshness, refreshing

CONDITIONS = ((True, False), (True,))
STATEMENTS = {
    "by ref": entities.BY_REF,
    "by uid": entities.BY_UID,
    "filtered": list_statement(Shape(conditions=CONDITIONS)),
    "filtered, read on": list_statement(Shape(conditions=CONDITIONS, after=True)),
    "filtered page": list_statement(Shape(conditions=CONDITIONS, paged=True)),
    "filtered count": count_statement(Shape(conditions=CONDITIONS)),
    "unfiltered, read on": list_statement(Shape(after=True)),
    "ordered": list_statement(Shape(descending=(True,))),
    "ordered, read on": list_statement(Shape(descending=(False,), after=True)),
    "a change": changes.ONE,
    "changes": changes.page_statement(frozenset()),
    "newest change": changes.NEWEST,
    "kinds": counts.KINDS,
    "an entity's source": freshness.SOURCE,
    "its repository's signals": freshness.WAITING,
    "its last change": freshness.LAST_CHANGE,
    "what a refresh is of": refreshing.GIVEN,
    "a refresh": refreshing.REQUEST,
    "what is processed for it": refreshing.PROCESSING,
    "what is stitched for it": refreshing.STITCHING,
}
DERIVED = ("SCAN json_each", "SCAN anon_")
"""A list that was given, and what the statement has made itself."""


async def plan(db: Database, statement: Statement) -> list[str]:
    sql = statement.sqlite.sql
    given = {name: "[]" if name.startswith("values") else 1 for name in re.findall(r":(\w+)", sql)}
    explained = Statement(text(f"EXPLAIN QUERY PLAN {sql}"))
    rows = await db.read(lambda tx: tx.fetch(explained, given))
    return [row["detail"] for row in rows]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_hot_read_searches_and_does_not_scan(db: Database, name: str):
    steps = await plan(db, STATEMENTS[name])
    assert [step for step in steps if step.startswith("SCAN") and not step.startswith(DERIVED)] == []


@pytest.mark.parametrize("name", ["unfiltered, read on", "ordered", "ordered, read on", "changes"])
async def test_a_list_that_is_read_on_is_never_sorted(db: Database, name: str):
    assert not [step for step in await plan(db, STATEMENTS[name]) if "ORDER BY" in step]
