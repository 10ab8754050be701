"""What is wrong with a text that is not JSON is said in V8's words, which were recorded with Node 22's positions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.asgi.syntax import syntax_flaw

RECORDED = {
    "{": "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    "{1:2}": "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    '{"a"': "Expected ':' after property name in JSON at position 4 (line 1 column 5)",
    '{"a":': "Unexpected end of JSON input",
    '{"a":1': "Expected ',' or '}' after property value in JSON at position 6 (line 1 column 7)",
    '{"a":1 "b":2}': "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)",
    '{"a":1,"b"}': 'Unexpected token \'}\', "{"a":1,"b"}" is not valid JSON',
    '{"a":1}}': "Unexpected non-whitespace character after JSON at position 7 (line 1 column 8)",
    '{"a":tru}': 'Unexpected token \'}\', "{"a":tru}" is not valid JSON',
    '{"a":"x\ny"}': "Bad control character in string literal in JSON at position 7 (line 1 column 8)",
    "[": "Unexpected end of JSON input",
    "[1": "Expected ',' or ']' after array element in JSON at position 2 (line 1 column 3)",
    "[1,]": "Unexpected token ']', \"[1,]\" is not valid JSON",
    "[01]": "Unexpected number in JSON at position 2 (line 1 column 3)",
    "[1.]": "Unterminated fractional number in JSON at position 3 (line 1 column 4)",
    "[1e+]": "Exponent part is missing a number in JSON at position 4 (line 1 column 5)",
    "[-]": "No number after minus sign in JSON at position 2 (line 1 column 3)",
    '["a': "Unterminated string in JSON at position 3 (line 1 column 4)",
    '["\\q"]': "Bad escaped character in JSON at position 3 (line 1 column 4)",
    '["\\u12"]': "Bad Unicode escape in JSON at position 6 (line 1 column 7)",
    '["\\': "Unexpected end of JSON input",
    '[t"]': "Unexpected string in JSON at position 2 (line 1 column 3)",
    "[NaN]": "Unexpected token 'N', \"[NaN]\" is not valid JSON",
    "[object Object]": '"[object Object]" is not valid JSON',
    '{"a":nope, "bbbbbbbbbbbbbbbbb":1}': 'Unexpected token \'o\', "{"a":nope, "bbbb"... is not valid JSON',
    '{"aaaaaaaaaaaaaaaaaaaaaaa":xyz}': 'Unexpected token \'x\', ..."aaaaaaaa":xyz}" is not valid JSON',
    '{"aaaaaaaaaaaaaaa":xyz,"bbbbbbbbbbbb":1}': 'Unexpected token \'x\', ..."aaaaaaaa":xyz,"bbbbb"... is not valid JSON',
    '["😀"\r\nx]': "Expected ',' or ']' after array element in JSON at position 7 (line 2 column 1)",
}


@pytest.mark.parametrize("text", RECORDED)
def test_a_flaw_is_told_in_v8s_words(text: str):
    assert syntax_flaw(text) == RECORDED[text]


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists))
def test_what_is_json_has_no_flaw(value: object):
    assert syntax_flaw(json.dumps([value])) is None


@given(st.text(alphabet='{}[]",:\\u0123456789.eE+-truefalsn \n'))
def test_a_text_has_a_flaw_just_where_it_cannot_be_read(text: str):
    try:
        is_structure = isinstance(json.loads(text, parse_constant=lambda _: 1 / 0), dict | list)
    except (ValueError, ZeroDivisionError):
        is_structure = False
    assert (syntax_flaw(text) is None) is is_structure
