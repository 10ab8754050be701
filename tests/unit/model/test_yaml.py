"""Descriptors: what a text's documents are."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.model import Problem, parse_documents


def value(text: bytes | str) -> dict[str, Any]:
    (document,) = parse_documents(text)
    assert document.value is not None
    return document.value


def problem(text: bytes | str) -> Problem:
    (document,) = parse_documents(text)
    assert document.problem is not None
    return document.problem


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-02", "2024-01-02"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("9007199254740993", 9007199254740992),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("1.50", 1.5),
        ("1e3", 1000),
        ("+5", 5),
        ("-0", 0),
        (".5", 0.5),
        ("5.", 5),
        ("12345678901234567890123", 12345678901234567890123.0),
        ("yes", "yes"),
        ("on", "on"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("NULL", None),
        ("~", None),
        ("~x", "~x"),
        ("", None),
        (".inf", None),
        ("-.INF", None),
        (".NaN", None),
        ("1e400", None),
        ("9" * 5000, None),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("0o8", "0o8"),
        ("-0x5", "-0x5"),
        ("=", "="),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ('!!int "5"', 5),
        ("!!int x", "x"),
        ("!!float 5", "5"),
        ("!!float 5.5", 5.5),
        ("!!bool yes", "yes"),
        ('!!null ""', None),
        ("! 5", "5"),
        ("!custom 5", "5"),
        ("!custom [5]", [5]),
        ("!custom {a: 5}", {"a": 5}),
        ("b\u2028c", "b\u2028c"),
        ('"x\x85y"', "x\x85y"),
    ],
)
def test_scalars_are_read_as_yaml_1_2_core(written, read):
    got = value(f"a: {written}")["a"]
    assert (got, type(got)) == (read, type(read))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("1", "1"),
        ("1.50", "1.5"),
        ("0x1F", "31"),
        ("1e21", "1e+21"),
        ("null", ""),
        ("true", "true"),
        (".inf", "Infinity"),
        (".nan", "NaN"),
        ("<<", "<<"),
        ("{ x.y }", "{ x.y }"),
        ("[a, 1, null]", "[ a, 1, null ]"),
        ("{a: {}, b: [], c: 1}", "{ a: {}, b: [], c: 1 }"),
    ],
)
def test_keys_become_the_strings_that_javascript_makes_of_them(written, key):
    assert list(value(f"? {written}\n: x")) == [key]


def test_an_unquoted_template_expression_is_an_object():
    assert value("name: {{ cookiecutter.name }}") == {"name": {"{ cookiecutter.name }": None}}


def test_a_merge_key_is_a_plain_key():
    assert value("base: &b {k: v}\nmerged:\n  <<: *b") == {"base": {"k": "v"}, "merged": {"<<": {"k": "v"}}}


def test_an_alias_is_a_copy_that_can_be_changed_alone():
    read = value("a: &x {k: [1]}\nb: *x")
    read["a"]["k"].append(2)
    assert read["b"] == {"k": [1]}


def test_the_last_of_equal_anchors_counts():
    assert value("a: &x 1\nb: &x 2\nc: *x")["c"] == 2


def test_an_anchor_does_not_reach_into_the_next_document():
    assert problem("a: &x 1\n---\nb: *x").rule == "yaml-syntax"


def test_keys_keep_their_order():
    assert list(value("z: 1\na: 2\nm: 3")) == ["z", "a", "m"]


def test_empty_documents_are_passed_over_but_counted():
    documents = parse_documents("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n---\n")
    assert [(document.index, document.line, document.value) for document in documents] == [
        (1, 3, {"a": 1}),
        (3, 7, {"b": 2}),
    ]


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n", "---\n...\n", b"", b"\xef\xbb\xbf"])
def test_a_text_without_content_has_no_documents(text):
    assert parse_documents(text) == []


def test_a_byte_order_mark_and_carriage_returns_are_not_content():
    assert value(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n") == {"a": 1, "b": "x\n"}


def test_bytes_that_are_not_utf_8_become_replacement_characters():
    assert value(b"a: caf\xe9") == {"a": "caf\ufffd"}


@pytest.mark.parametrize(("style", "text"), [("|", "x\n"), ("|-", "x"), ("|+", "x\n"), (">", "x\n")])
def test_a_block_scalar_at_the_end_of_a_file_needs_no_line_break_after_it(style, text):
    assert value(f"a: {style}\n  x") == {"a": text}


def test_json_is_yaml():
    assert value('{"a":1,"b":[true,null,"\\/"]}') == {"a": 1, "b": [True, None, "/"]}


def test_surrogate_pairs_of_json_escapes_are_one_character():
    assert value('{"a":"\\ud83d\\ude80","b":"\\\\ud83d\\\\ude80"}') == {"a": "🚀", "b": "\\ud83d\\ude80"}


def test_tabs_on_blank_lines_and_before_comments_do_no_harm():
    assert value("a: 1\n\t\n\t# comment\nb:\n  - x\n \t \n  - y") == {"a": 1, "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("- a", "object"),
        ("just a string", "string"),
        ("5", "number"),
        ("1.5", "number"),
        ("true", "boolean"),
    ],
)
def test_a_root_that_is_no_object_is_a_problem_in_backstages_words(root, kind):
    found = problem(f"---\n{root}")
    assert (found.rule, found.message) == ("not-an-object", f"Expected object at root, got {kind}")


def test_a_document_that_is_no_object_leaves_the_others_readable():
    documents = parse_documents("a: 1\n---\n- x\n---\nb: 2")
    assert [document.value for document in documents] == [{"a": 1}, None, {"b": 2}]


def test_a_broken_document_is_all_that_its_file_yields():
    found = problem("a: 1\n---\nkind: [oops\n---\nb: 2")
    assert (found.rule, found.line, found.column) == ("yaml-syntax", 4, 1)


def test_a_broken_document_is_known_by_its_number():
    (document,) = parse_documents("a: 1\n---\nkind: [oops\n")
    assert document.index == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a:\n\tb: 1", 2, 1),
        ("a: b: c", 1, 5),
        ("a: 'x' y", 1, 8),
        ("a: @x", 1, 4),
        ("a: {x: 1", 2, 1),
        ("%TAG\na: 1", 1, 5),
        ("a: !e!foo x", 1, 4),
        ('a: "\\ud800"', 1, 7),
        ("x: 1\na: \x00", 2, 4),
        ("a: \ud800", 1, 4),
        ("a: \x07", 1, 4),
        ("a: *nope", 1, 4),
        ("a: &a [*a]", 1, 8),
    ],
)
def test_what_is_no_yaml_is_a_problem_at_its_place(text, line, column):
    found = problem(text)
    assert (found.rule, found.line, found.column) == ("yaml-syntax", line, column)


def test_a_nul_character_hints_at_the_encoding():
    assert problem("a: é".encode("utf-16")).message == "character U+0000 is not allowed; save the file as UTF-8"


@pytest.mark.parametrize("text", ["kind: A\nx: 1\nkind: B", 'x: 1\n? kind\n: A\n"kind": B', "x: y\n1: a\n1.0: b"])
def test_a_second_equal_key_is_a_problem_where_it_stands(text):
    found = problem(text)
    assert (found.rule, found.message[:21]) == ("yaml-duplicate-key", "Map keys must be uniq")
    assert found.line >= 3


def test_a_second_equal_key_spoils_its_document_alone():
    first, second = parse_documents("a: 1\na: 2\n---\nb: 1")
    assert (first.value, second.value) == (None, {"b": 1})


@given(st.one_of(st.text(), st.binary(), st.text(alphabet="a1-?:,[]{}&*!|>'\"%@`# \n\t.~<\\u")))
def test_any_text_reads_to_json_objects_or_problems(text):
    for document in parse_documents(text):
        assert (document.value is None) != (document.problem is None)
        msgspec.json.encode(document.value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])), inner, max_size=4)
        ),
    )
)
def test_json_reads_back_as_it_was_written(inner):
    assert value(json.dumps({"root": inner})) == {"root": inner}
