"""JSON as JavaScript reads it, and YAML as everybody reads it."""

from typing import Any

import pytest

from cuelight.model import parse_documents, parse_json, parse_values, yaml_text
from cuelight.model.json import DEEPEST


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1),
        ("12345678901234567890", 12345678901234567000.0),
        ("1e999", None),
        ("-0", 0),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('\ufeff"x"', "x"),
        (r'"\ud83d\ude80"', "🚀"),
        ("[" * DEEPEST + "]" * DEEPEST, None),
    ],
)
def test_json_is_read(text: str, value: Any):
    read = parse_json(text.encode())
    assert read == value or (text.startswith("[[") and read)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[-Infinity]",
        "{'a': 1}",
        '{"a": 1} x',
        r'"\ud83d"',
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        "[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(text: str):
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("a: 1\n", [{"a": 1}]),
        ("- 1\n", [[1]]),
        ("--- 1\n---\n--- x\n", [1, None, "x"]),
    ],
)
def test_every_document_of_a_text_has_a_value(text: str, values: list[Any]):
    assert [root.value for root in parse_values(text)] == values


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n"])
def test_a_document_that_cannot_be_read_has_a_problem(text: str):
    (root,) = parse_values(text)
    assert root.problem


@pytest.mark.parametrize(
    "value",
    [
        *(
            "on",
            "0o14",
            "1e3",
            "2024-01-01",
            "12:30",
            "null",
            "~",
            "a: b",
            " lead",
            "two\nlines\n",
            "tab\tbed",
            "# x",
            "é",
            "",
        ),
        *(True, None, 1.5, 7, [], {}, ["a", {"b": []}], {"200": "x", "y": {"n": None}}),
    ],
)
def test_what_is_written_as_yaml_reads_as_the_same(value: Any):
    (document,) = parse_documents(yaml_text({"value": value}))
    assert document.value == {"value": value}


def test_what_is_there_twice_is_written_twice():
    shared = {"a": 1}
    assert yaml_text([shared, shared]) == "- a: 1\n- a: 1\n"
