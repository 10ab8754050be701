"""What differs between two versions of an entity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.model import changed_paths

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"spec": {"owner": "a", "type": "t"}}, {"spec": {"owner": "b", "type": "t"}}, ["spec.owner"]),
        ({"a": 1}, {"b": 1}, ["a", "b"]),
        ({"m": {"tags": ["a"]}}, {"m": {"tags": ["a", "b"]}}, ["m.tags"]),
        ({"m": {"a.b/c": 1}}, {"m": {"a.b/c": 2}}, ["m.a.b/c"]),
        ({"a": {"x": 1}}, {"a": [1]}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, []),
        (None, {"kind": "k", "metadata": {"name": "n"}}, ["kind", "metadata"]),
        ({"kind": "k"}, None, ["kind"]),
        (None, None, []),
    ],
)
def test_the_paths_that_differ_are_listed(before, after, paths):
    assert changed_paths(before, after) == paths


def test_no_more_paths_than_the_limit_are_listed():
    assert changed_paths({}, {str(number): number for number in range(10)}, limit=3) == ["0", "1", "2"]


@given(JSON)
def test_a_value_does_not_differ_from_itself(value):
    assert changed_paths(value, value) == []
