"""The hot statements as SQL, for each database, to be read beside the code that makes them.

Where a statement was changed on purpose: `CUELIGHT_WRITE_GOLDEN=1 pytest tests/unit/test_golden_sql.py`, and read the diff.
"""

import os
from pathlib import Path

import pytest

from cuelight.catalog import changelog
from cuelight.catalog.processing import claiming
from cuelight.catalog.queries import changes, counts, entities, fulltext
from cuelight.catalog.queries.columns import reading
from cuelight.catalog.queries.facets import facet_statement
from cuelight.catalog.queries.listing import Listed, listed_statement
from cuelight.catalog.queries.pages import Page, count_statement, page_statement
from cuelight.catalog.queries.planning import Plan
from cuelight.catalog.queries.refs import refs_statement
from cuelight.catalog.queries.terms import Contains, Text, Within
from cuelight.catalog.stitching import index, queue, stitcher
from cuelight.db import Statement
from cuelight.events.backends import db as event_queue
from cuelight.journal import statements as journal
from cuelight.model import Equals

FOLDER = Path(__file__).parent / "golden_sql"
REWRITING = "CUELIGHT_WRITE_GOLDEN"

TYPE = Equals("spec.type", ("service",))
EVERY = Plan(None)
FILTERED = Plan(None, (TYPE,)).shape
FEW = Plan(TYPE).shape
NAMED = Contains(("metadata.name",), "%pay%")
NAMES = Text(keys=NAMED.keys, kinds=("component",), pattern=NAMED.pattern, once=True)
TEXTS = Text(keys=("metadata.name", "metadata.tags"), kinds=(), pattern=NAMED.pattern, once=False)
WITH_TEXT = Plan(NAMES, (TYPE,), many=True).shape
FILTERED_WITH_TEXT = Plan(TYPE, (NAMES,)).shape
FEW_WITH_TEXT = Plan(Within(("id",)), (TYPE,)).shape
STATEMENTS = {
    "processing_claim": claiming._CLAIM,
    "stitching_enqueue": queue._ENQUEUE,
    "stitching_serve": stitcher._SERVE,
    "stitching_add_search_row": index._ADD,
    "stitching_add_text": index._ADD_TEXT,
    "stitching_drop_text": index._DROP_TEXT,
    "change_log_append": changelog._APPEND,
    "entity_by_ref": entities.BY_REF,
    "entity_by_uid": entities.BY_UID,
    "entities_by_refs": refs_statement(EVERY),
    "list_of_a_kind": listed_statement(Listed(plan=EVERY, stretch=True)),
    "list_of_a_kind_filtered": listed_statement(Listed(plan=FILTERED, stretch=True)),
    "query_first_page": page_statement(Page(plan=FILTERED, ordered=True)),
    "query_next_page": page_statement(Page(plan=FILTERED, ordered=True, after=True)),
    "query_previous_page": page_statement(Page(plan=FILTERED, ordered=True, descending=True, after=True)),
    "query_page_of_few": page_statement(Page(plan=FEW, ordered=True)),
    "query_page_with_text": page_statement(Page(plan=FILTERED, ordered=True, scoped=True)),
    "query_total": count_statement(FEW),
    "query_page_of_few_with_text": page_statement(Page(plan=FEW_WITH_TEXT, ordered=True, scoped=True)),
    "query_total_with_text": count_statement(WITH_TEXT),
    "query_total_with_text_filtered": count_statement(FILTERED_WITH_TEXT),
    "query_total_of_few_with_text": count_statement(FEW_WITH_TEXT),
    "text_candidates": fulltext.CANDIDATES,
    "text_by_trigrams": fulltext.holding_statement(NAMED.shape),
    "text_by_going_through": fulltext.first_ids_statement(Plan(TEXTS, (TYPE,)).shape),
    "facet": facet_statement(EVERY),
    "facet_filtered": facet_statement(FILTERED),
    "column_slice": reading.SPELLED,
    "column_slice_without_values": reading.EMPTY,
    "column_changes": reading.SINCE,
    "column_rows_of_changed": reading.OF_ENTITIES,
    "counts_of_kinds": counts.KINDS,
    "changes_newest_first": changes.page_statement(frozenset()),
    "changes_onwards": changes.onwards_statement(frozenset()),
    "journal_insert_delivery": journal.INSERT_DELIVERY,
    "event_claim": event_queue.CLAIM,
}
"""By the name of their files."""


def sql_of(statement: Statement, dialect: str) -> str:
    """What the driver is given, without the spaces at the ends of lines."""
    sql = statement.sqlite.sql if dialect == "sqlite" else statement.postgresql.sql
    return "\n".join(line.rstrip() for line in sql.strip().splitlines()) + "\n"


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_hot_statement_is_the_sql_that_was_read(dialect: str, name: str):
    file = FOLDER / dialect / f"{name}.sql"
    sql = sql_of(STATEMENTS[name], dialect)
    if REWRITING in os.environ:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sql)
    assert file.read_text() == sql


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_golden_statement_is_left_over(dialect: str):
    assert {file.stem for file in (FOLDER / dialect).iterdir()} == STATEMENTS.keys()
