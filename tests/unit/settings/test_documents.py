"""A configuration file: YAML 1.2's scalars, lines, limits."""

from pathlib import Path

import pytest

from cuelight.options import InvalidConfiguration
from cuelight.settings import load
from cuelight.settings.documents import parse_document
from cuelight.settings.files import MAX_BYTES
from cuelight.settings.nodes import origins, raw


def values(text: str, **environ: str) -> object:
    return raw(parse_document(text.encode(), "a.yaml", environ))


def failure(text: str | bytes) -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        parse_document(text if isinstance(text, bytes) else text.encode(), "a.yaml", {})
    return caught.value.message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("014", 14),
        ("0x1f", 31),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1.5", 1.5),
        ("'7'", "7"),
        ('"true"', "true"),
        ("!!str 7", "7"),
        ("|\n  line\n", "line\n"),
        ("[]", []),
    ],
)
def test_scalars_are_read_as_yaml_1_2_has_them(written, value):
    assert values(f"key: {written}") == {"key": value}


def test_a_null_takes_its_key_away():
    assert values("a: null\nb:\nc: 1") == {"c": 1}


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n", "null"])
def test_an_empty_file_is_an_empty_configuration(text):
    assert values(text) == {}


def test_every_value_knows_its_line():
    text = "backend:\n  listen:\n    port: 1\n  list:\n    - a\n    - b\n"
    known = dict(origins(parse_document(text.encode(), "a.yaml", {})))
    assert known["backend.listen.port"] == "a.yaml:3"
    assert known["backend.list[1]"] == "a.yaml:6"
    assert known["backend.listen"] == "a.yaml:2"


def test_aliases_are_what_they_stand_for():
    assert values("a: &x {n: 1}\nb: *x") == {"a": {"n": 1}, "b": {"n": 1}}


def test_merge_keys_are_plain_keys():
    assert values("a: {'<<': {b: 1}}") == {"a": {"<<": {"b": 1}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: c: d", "a.yaml:2: is not YAML: mapping values are not allowed in this context; correct it"),
        ("a: 1\nb: 2\na: 3", "a.yaml:3: a: the key is already at a.yaml:1; remove one of them"),
        ("a: 1\n---\nb: 2", "a.yaml:2: a second document begins"),
        ("- a", "a.yaml:1: expected a map of sections"),
        ("[a]: 1", "a.yaml:1: a key is not text"),
        ("a: *nobody", "a.yaml:1: *nobody names no anchor"),
        ("a: &x [*x]", "a.yaml:1: *x names no anchor"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, message):
    assert failure(text).startswith(message)


def test_a_file_that_is_no_utf_8_is_refused():
    assert "is not YAML in UTF-8" in failure(b"a: \xff\xfe\x01")


def test_an_alias_bomb_does_not_go_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 20000 values" in failure("\n".join(lines))


def test_deep_nesting_is_refused():
    assert "50 deep" in failure("a: " + "[" * 2000 + "]" * 2000)


def test_a_huge_file_is_refused(loaded):
    with pytest.raises(InvalidConfiguration, match="is larger than 1024 KiB"):
        loaded("#" * (MAX_BYTES + 1))


def test_a_missing_file_is_named():
    with pytest.raises(InvalidConfiguration, match=r"nope\.yaml: cannot be read: No such file"):
        load(files=[Path("nope.yaml")], environ={})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A}", "1"),
        ("x${A}y${A}", "x1y1"),
        ("${ A }", "1"),
        ("${B:-two}", "two"),
        ("${A:-two}", "1"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("$${A}", "${A}"),
        ("$A", "$A"),
        ("'${A}'", "1"),
    ],
)
def test_variables_are_replaced(written, value):
    assert values(f"key: {written}", A="1", EMPTY="") == {"key": value}
