"""Stable JSON and its hash."""

from hypothesis import given
from hypothesis import strategies as st

from cuelight.model import stable_hash, stable_json

OBJECTS = st.dictionaries(
    st.text(),
    st.recursive(st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=4), max_leaves=10),
    max_size=4,
)


def test_keys_are_sorted_and_no_space_is_written():
    assert stable_json({"b": [1, {"d": None, "c": True}], "a": "é"}) == '{"a":"é","b":[1,{"c":true,"d":null}]}'.encode()


def test_the_hash_is_the_sha_1_of_the_stable_json():
    # printf '{"a":1,"b":2}' | sha1sum
    assert stable_hash({"b": 2, "a": 1}) == "4acc71e0547112eb432f0a36fb1924c4a738cb49"


def test_lists_in_another_order_are_another_value():
    assert stable_hash([1, 2]) != stable_hash([2, 1])


@given(OBJECTS)
def test_the_hash_does_not_depend_on_the_order_of_keys(value):
    assert stable_hash(value) == stable_hash(dict(reversed(value.items())))
