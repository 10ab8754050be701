"""What is asked of the database for each entity goes by an index, also where it was prepared while every table was empty."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from cuelight.catalog.ownership import scene
from cuelight.catalog.processing import belongings, children, claiming, problems, writing
from cuelight.catalog.stitching import agenda, index, pantry, stitcher
from cuelight.clock import ManualClock
from cuelight.db import Statement
from cuelight.db.postgresql.server import connect
from tests import postgresql
from tests.database import database

STATEMENTS: Final = {
    "who has a ref": scene._STATES,
    "who refers to it": scene._SOURCES,
    "who claims it": scene._CLAIMS,
    "what is due": claiming._CLAIM,
    "what was claimed": writing._HELD,
    "how it ended": writing._FINISH,
    "its relations": belongings._RELATIONS,
    "its keys": belongings._KEYS,
    "its problems": problems._OF_ENTITIES,
    "who has children": children._PARENTS,
    "whether anything waits": agenda.WAITING,
    "whether many wait": agenda.MANY,
    "what is still to be processed": agenda.BACKLOG,
    "what waits": agenda.PLAN,
    "what else waits": agenda.OTHERS,
    "what is stitched": stitcher._NAMED,
    "what is stitched first": stitcher._DUE,
    "what was stitched": stitcher._DONE,
    "what it was processed to": pantry._STATES,
    "who keeps it": pantry._KEPT,
    "what others say of it": pantry._RELATIONS,
    "what is wrong with it": pantry._ERRORS,
    "what is served": pantry._PREVIOUS,
    "its search rows": index._ROWS,
}
TABLES: Final = (
    "conflicts",
    "final_entities",
    "problems",
    "refresh_keys",
    "refresh_references",
    "refresh_state",
    "relations",
    "search",
    "stitch_queue",
)
DERIVED: Final = ("SCAN json_each", "SCAN newest", "SCAN (subquery")
"""A list that was given, and what the statement has made itself."""
GIVEN: Final = {"TEXT": "'[]'::TEXT", "BIGINT": "1::BIGINT"}


async def scans(statement: Statement, folder: Path) -> Sequence[str]:
    """The steps of *statement* that look at all of a table or of an index."""
    url = await postgresql.url_for(folder)
    async with database(folder, ManualClock()) as db:
        if url is not None:
            return [each["Node Type"] for each in nodes(await plan(statement, url)) if is_scan(each)]
        sql = statement.sqlite.sql
        given = dict.fromkeys(re.findall(r":(\w+)", sql), 1)
        explained = Statement(text(f"EXPLAIN QUERY PLAN {sql}"))
        steps = [row["detail"] for row in await db.read(lambda tx: tx.fetch(explained, given))]
        return [step for step in steps if step.startswith("SCAN") and not step.startswith(DERIVED)]


async def plan(statement: Statement, url: str) -> dict[str, Any]:
    """How a session of ours runs *statement*, whose tables are empty."""
    sql = re.sub(r"\$\d+::(\w+)", lambda match: GIVEN[match[1]], statement.postgresql.sql)
    sql = re.sub(r"(LIMIT|OFFSET) \$\d+", r"\1 1", sql)
    sql = re.sub(r"\$\d+", "'[]'", sql)
    connection = await connect(url)
    try:
        for table in TABLES:  # in place of those that earlier tests wrote to
            await connection.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        found: dict[str, Any] = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}"))[0]["Plan"]
    finally:
        await connection.close()
    return found


def nodes(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for each in step.get("Plans", ()):
        yield from nodes(each)


def is_scan(step: dict[str, Any]) -> bool:
    if step["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
        return step.get("Index Cond") is None
    return bool(step["Node Type"] == "Seq Scan")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_of_a_load_searches_and_does_not_scan(dialect: str, tmp_path: Path, name: str):
    assert await scans(STATEMENTS[name], tmp_path) == [], dialect
