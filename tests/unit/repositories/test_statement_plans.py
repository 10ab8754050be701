"""What is asked about many repositories at once is searched for in an index, however many others there are."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import create_engine

from cuelight.catalog.processing import writing
from cuelight.catalog.stitching import index, stitcher
from cuelight.clock import ManualClock
from cuelight.db import METADATA, Statement
from cuelight.db.postgresql.changes import change_of
from cuelight.db.postgresql.server import connect
from cuelight.repositories import statements
from cuelight.repositories.stakes import _OVERTAKE, _RELIST
from tests import postgresql
from tests.database import database

TABLES: Final = ("repositories", "signals", "sources", "wants", "reconciles", "refresh_state", "stitch_queue", "search")
TOGETHER: Final[dict[str, Statement]] = {
    name: getattr(statements, name)
    for name in (
        "APPLIED",
        "ASKED",
        "BY_HOST_IDS",
        "BY_NAME",
        "BY_NAMES",
        "HOLD",
        "NOTED",
        "OF_NAMES",
        "OPEN_KINDS_OF",
        "OPEN_SIGNALS_OF",
        "SOURCES_AT",
        "SOURCES_OF",
        "WAKE",
        "WANTS_OF",
    )
} | {"OVERTAKE": _OVERTAKE, "RELIST": _RELIST}
CHANGED: Final[dict[str, Statement]] = {
    "how a look ended": statements.FINISH,
    "how its signals ended": statements.END_SIGNAL,
    "what went": statements.DROP_SOURCE,
    "how processing ended": writing._FINISH,
    "what was stitched": stitcher._DONE,
    "rows of the search that went": index._DROP,
}
SHARED: Final = ("host", "provider", "outcome", "kind")
"""Columns that most rows may have the same value in."""


def steps(statement: Statement) -> list[str]:
    """How SQLite goes about *statement*, without what it does with the lists that are given."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine, tables=[METADATA.tables[name] for name in TABLES])
    with closing(engine.raw_connection()) as connection:
        given = dict.fromkeys(re.findall(r":(\w+)", statement.sqlite.sql), "[]")
        rows = connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement.sqlite.sql}", given).fetchall()
    engine.dispose()
    return [detail for *_, detail in rows if set(TABLES).intersection(detail.split())]


@pytest.mark.parametrize("name", TOGETHER)
def test_every_look_is_a_search_in_an_index(name: str):
    looks = steps(TOGETHER[name])
    assert looks
    assert [look for look in looks if not re.search(r"^SEARCH .* USING (COVERING )?INDEX", look)] == []


@pytest.mark.parametrize("name", TOGETHER)
def test_nothing_is_searched_for_by_what_most_rows_share(name: str):
    assert [look for look in steps(TOGETHER[name]) if re.search(rf"\(({'|'.join(SHARED)})=\?", look)] == []


async def conditions(sql: str, url: str) -> list[str]:
    """By what a session of ours would look for each row of our tables in an index of PostgreSQL, were they empty."""
    sql = re.sub(r"\$\d+::(\w+)\[\]", r"string_to_array('1 2 3 4 5 6 7 8 9 10', ' ')::\1[]", sql)
    sql = re.sub(r"\$\d+::(\w+)", lambda match: {"TEXT": "'[]'::TEXT", "BIGINT": "1::BIGINT"}[match[1]], sql)
    sql = re.sub(r"CAST\(\$\d+", "CAST('[]'", re.sub(r"LIMIT \$\d+", "LIMIT 1", sql))
    sql = re.sub(r"\$\d+", "NULL", sql)
    connection = await connect(url)
    try:
        for table in TABLES:  # in place of those that earlier tests wrote to
            await connection.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}"))[0]["Plan"]
    finally:
        await connection.close()
    return [step.get("Index Cond", step["Node Type"]) for step in nodes(plan) if step["Node Type"] in LOOKS]


LOOKS: Final = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan")


def nodes(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for each in step.get("Plans", ()):
        yield from nodes(each)


@pytest.mark.parametrize("name", TOGETHER)
async def test_postgresql_searches_for_each_as_well(tmp_path: Path, postgresql_databases: str, name: str):
    (tmp_path / postgresql.NOTE).write_text(postgresql_databases)
    async with database(tmp_path, ManualClock()):
        looks = await conditions(TOGETHER[name].postgresql.sql, str(await postgresql.url_for(tmp_path)))
    shared = re.compile(rf"^\(({'|'.join(SHARED)}) = [^)]*\)$")
    assert looks
    assert [look for look in looks if not look.startswith("(") or shared.search(look)] == []


@pytest.mark.parametrize("name", CHANGED)
async def test_postgresql_searches_for_each_row_that_is_changed(tmp_path: Path, postgresql_databases: str, name: str):
    (tmp_path / postgresql.NOTE).write_text(postgresql_databases)
    together = change_of(CHANGED[name].postgresql.sql)
    assert together is not None
    async with database(tmp_path, ManualClock()):
        looks = await conditions(together.sql, str(await postgresql.url_for(tmp_path)))
    assert len(looks) == 1
    assert "given.p" in looks[0]
