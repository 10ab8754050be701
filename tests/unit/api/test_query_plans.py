"""The hot reads go by an index: none of them looks at every row of a table that grows with the catalog."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cuelight.catalog.queries import changes, counts, entities, fulltext
from cuelight.catalog.queries.columns import reading
from cuelight.catalog.queries.facets import facet_statement
from cuelight.catalog.queries.listing import Listed, listed_statement
from cuelight.catalog.queries.pages import Page, count_statement, page_statement
from cuelight.catalog.queries.planning import Plan
from cuelight.catalog.queries.terms import Contains, Text
from cuelight.db import Database, Statement
from cuelight.model import Equals, Has
from cuelight.repositories import freshness, refreshing
from tests import postgresql

pytestmark = pytest.mark.usefixtures("dialect")

CONDITIONS = (Equals("spec.type", ("service",)), Has("metadata.title"))
FILTERED = Plan(None, CONDITIONS).shape
FEW = Plan(*CONDITIONS[:1], CONDITIONS[1:]).shape
EVERY = Plan(None)
NAMED = Contains(("metadata.name",), "%pay%")
TEXTS = Text(keys=("metadata.name", "metadata.tags"), kinds=("component",), pattern="%pay%", once=False)
TRIGRAMS = {
    "who might hold a text": fulltext.CANDIDATES,
    "who holds a text": fulltext.holding_statement(NAMED.shape),
}
STATEMENTS = {
    "by ref": entities.BY_REF,
    "by uid": entities.BY_UID,
    "few of them": page_statement(Page(plan=FEW, ordered=False)),
    "few of them, ordered": page_statement(Page(plan=FEW, ordered=True)),
    "few of them, counted": count_statement(FEW),
    "read on": page_statement(Page(plan=EVERY, ordered=False, after=True)),
    "filtered, read on": page_statement(Page(plan=FILTERED, ordered=False, after=True)),
    "ordered": page_statement(Page(plan=EVERY, ordered=True, descending=True)),
    "ordered, read on": page_statement(Page(plan=EVERY, ordered=True, after=True)),
    "filtered and ordered, read on": page_statement(Page(plan=FILTERED, ordered=True, after=True)),
    "filtered and ordered, read back": page_statement(Page(plan=FILTERED, ordered=True, descending=True, after=True)),
    "a kind": listed_statement(Listed(plan=EVERY, stretch=True)),
    "a kind, filtered": listed_statement(Listed(plan=FILTERED, stretch=True)),
    "few of them by ref": listed_statement(Listed(plan=FEW)),
    "the first with a text": fulltext.first_ids_statement(Plan(TEXTS, CONDITIONS).shape),
    "of a filter those with a text, counted": count_statement(Plan(CONDITIONS[0], (TEXTS,)).shape),
    "all with a text, counted": count_statement(Plan(TEXTS, CONDITIONS, many=True).shape),
    "a facet": facet_statement(EVERY),
    "a facet of few": facet_statement(FEW),
    "a slice of a column": reading.SPELLED,
    "a slice of a column without values": reading.EMPTY,
    "what a column follows": reading.SINCE,
    "what of it has changed": reading.OF_ENTITIES,
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
STREAMED = (
    "a slice of a column",
    "a slice of a column without values",
    "what a column follows",
    "read on",
    "filtered, read on",
    "ordered",
    "ordered, read on",
    "filtered and ordered, read on",
    "filtered and ordered, read back",
    "a kind",
    "changes",
)
"""Found in their order, so that the rest is not even looked at."""
DERIVED = ("SCAN json_each", "SCAN anon_", "SCAN page", "SCAN firsts")
"""A list that was given, and what the statement has made itself."""
PREFERRING_INDEXES = "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off"
"""Small tables are better read whole: ask whether an index could serve."""
PREFERRING_BITMAPS = "SET enable_seqscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off"
"""The same of an index that is not read in an order."""
PREFERRING_COVERING = "SET enable_seqscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off"
"""The same of an index that has all that is asked for, as it looks where nobody has counted a table's rows yet."""


class Plans:
    """How the database of a test would run statements: all its steps, and whether one sorts before it cuts a page off."""

    def __init__(self, db: Database, url: str | None) -> None:
        self._db = db
        self._url = url

    async def scans(self, statement: Statement) -> list[str]:
        """The steps that look at every row of a table."""
        if self._url is None:
            steps = [detail for detail, _ in await self._sqlite(statement)]
            return [step for step in steps if step.startswith("SCAN") and not step.startswith(DERIVED)]
        plan = await self._postgresql(statement)
        return [node["Relation Name"] for node, _ in nodes(plan) if node["Node Type"] == "Seq Scan"]

    async def sorts(self, statement: Statement) -> list[str]:
        """The steps that sort more than a page."""
        if self._url is None:
            nested = "AS page" in statement.sqlite.sql
            steps = await self._sqlite(statement)
            return [step for step, inside in steps if "FOR ORDER BY" in step and (inside or not nested)]
        plan = await self._postgresql(statement)
        return [node["Node Type"] for node, cut in nodes(plan) if cut and node["Node Type"] == "Sort"]

    async def ways(self, statement: Statement) -> list[str]:
        """How the rows of texts are found: the steps, or the names of the indexes."""
        if self._url is None:
            steps = [detail for detail, _ in await self._sqlite(statement)]
            return [step.partition(":")[0] for step in steps if " texts" in step]
        plan = await self._postgresql(statement, PREFERRING_BITMAPS)
        return [node["Index Name"] for node, _ in nodes(plan) if "Index Name" in node]

    async def indexes(self, statement: Statement, preferring: str) -> set[str]:
        """The names of the indexes that are used."""
        if self._url is None:
            steps = [detail for detail, _ in await self._sqlite(statement)]
            return {name for step in steps for name in re.findall(r"INDEX (\w+_\w+)", step)}
        plan = await self._postgresql(statement, preferring)
        return {node["Index Name"] for node, _ in nodes(plan) if "Index Name" in node}

    async def _sqlite(self, statement: Statement) -> list[tuple[str, bool]]:
        sql = statement.sqlite.sql
        given = {name: "[]" if name.startswith(("values", "ids", "keys")) else 1 for name in re.findall(r":(\w+)", sql)}
        explained = Statement(text(f"EXPLAIN QUERY PLAN {sql}"))
        rows = await self._db.read(lambda tx: tx.fetch(explained, given))
        return [(row["detail"], row["parent"] != 0) for row in rows]

    async def _postgresql(self, statement: Statement, preferring: str = PREFERRING_INDEXES) -> dict[str, Any]:
        async with postgresql.connected(str(self._url)) as connection:
            await connection.execute(preferring)
            explained = await connection.prepare(f"EXPLAIN (FORMAT JSON) {statement.postgresql.sql}")
            given = [GIVEN[each.name] for each in explained.get_parameters()]
            plan: dict[str, Any] = json.loads(await explained.fetchval(*given))[0]["Plan"]
            return plan


GIVEN = {"text": "%payments%", "jsonb": '["payments"]', "int8": 1, "bytea": b""}


def nodes(plan: dict[str, Any], *, cut: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """All nodes of *plan*, each with whether a Limit is above it."""
    yield plan, cut
    for each in plan.get("Plans", ()):
        yield from nodes(each, cut=cut or plan["Node Type"] == "Limit")


@pytest.fixture
async def plans(db: Database, tmp_path: Path) -> Plans:
    return Plans(db, await postgresql.url_for(tmp_path))


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_hot_read_searches_and_does_not_scan(plans: Plans, name: str):
    assert await plans.scans(STATEMENTS[name]) == []


@pytest.mark.parametrize("name", STREAMED)
async def test_a_list_that_is_read_on_is_never_sorted(plans: Plans, name: str):
    assert await plans.sorts(STATEMENTS[name]) == []


@pytest.mark.parametrize("name", TRIGRAMS)
async def test_a_text_is_looked_up_by_its_trigrams(plans: Plans, name: str):
    lookups = {"SCAN texts_trigrams VIRTUAL TABLE INDEX 0", "SEARCH texts USING INTEGER PRIMARY KEY (rowid=?)"}
    assert {*await plans.ways(TRIGRAMS[name])} - lookups - {"ix_texts_value"} == set()
    assert await plans.ways(TRIGRAMS[name]) != []


@pytest.mark.parametrize("preferring", [PREFERRING_INDEXES, PREFERRING_BITMAPS])
async def test_what_has_changed_of_entities_is_found_by_them(plans: Plans, preferring: str):
    assert await plans.indexes(reading.OF_ENTITIES, preferring) == {"uq_search_entity_id_key_value"}


@pytest.mark.parametrize("preferring", [PREFERRING_INDEXES, PREFERRING_BITMAPS, PREFERRING_COVERING])
async def test_what_has_changed_of_entities_is_never_found_by_its_keys(plans: Plans, preferring: str):
    assert await plans.indexes(reading.OF_ENTITIES, preferring) <= {"uq_search_entity_id_key_value"}
