"""What is asked about many repositories at once is searched for in an index, on SQLite, however many others there are."""

import re
from contextlib import closing
from typing import Final

import pytest
from sqlalchemy import create_engine

from cuelight.db import METADATA, Statement
from cuelight.repositories import statements

TABLES: Final = ("repositories", "signals", "sources", "wants", "reconciles")
TOGETHER: Final[dict[str, Statement]] = {
    name: getattr(statements, name)
    for name in ("OPEN_SIGNALS_OF", "OPEN_KINDS_OF", "SOURCES_OF", "WANTS_OF", "HOLD", "BY_NAMES", "BY_NAME", "APPLIED")
}


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


@pytest.mark.parametrize("name", ["BY_NAME", "BY_NAMES"])
def test_a_name_is_searched_for_and_not_its_host(name: str):
    assert [look for look in steps(TOGETHER[name]) if look.endswith("(host=?)")] == []
