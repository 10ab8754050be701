"""`docs/catalog-cases.md` lists every case of Backstage's catalog, and names tests and recorded cases that are there."""

import json
import re

from tests.corpus import ROOT, corpus

TABLE = (ROOT / "docs" / "catalog-cases.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d[\d, ]*) \|(.*)", TABLE, re.MULTILINE)


def test_every_case_has_its_row():
    assert [int(number) for numbers, _ in ROWS for number in numbers.split(",")] == list(range(1, 98))


def test_every_row_names_a_test_or_a_recorded_case():
    assert [numbers for numbers, row in ROWS if "`test_" not in row and "recorded: " not in row] == []


def test_every_test_that_it_names_is_there():
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in re.findall(r"`(test_\w+)`", TABLE) if f"def {name}(" not in tests] == []


def test_every_recorded_case_that_it_names_was_recorded():
    recorded = {case["name"] for case in json.loads(corpus("golden", "cases.json").read_bytes())}
    named = {
        name.strip()
        for _, row in ROWS
        for part in re.findall(r"recorded: ([\w\-, ]+)", row)
        for name in part.split(",")
    }
    assert named <= recorded
