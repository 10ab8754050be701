"""`docs/reference-cases.md` lists every case, and names tests that are there."""

import re

from tests.corpus import ROOT

TABLE = (ROOT / "docs" / "reference-cases.md").read_text("utf-8")


def test_every_case_has_its_row():
    rows = set(re.findall(r"^\| ([TX]?\d+) \|", TABLE, re.MULTILINE))
    of_the_provider = {f"T{number}" for number in range(27, 52)} | {f"X{number}" for number in range(1, 23)}
    assert rows == of_the_provider | {str(number) for number in range(1, 98)}


def test_every_test_that_it_names_is_there():
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in re.findall(r"`(test_\w+)`", TABLE) if f"def {name}(" not in tests] == []
