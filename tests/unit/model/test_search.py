"""Search rows of final entities."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.model import Collision, SearchRow, collisions_of, flatten

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def rows(entity: dict[str, Any]) -> set[tuple[str, str | None]]:
    """The rows of *entity* without the three that every entity has."""
    fields = {"metadata.name", "metadata.namespace", "metadata.uid"}
    return {(row.key, row.value) for row in flatten(entity).rows if row.key not in fields}


def test_leaves_become_rows_and_objects_do_not():
    entity = {"a": {"b": ["x", {"c": 1}], "n": None, "s": ""}}
    assert rows(entity) == {("a.b", "x"), ("a.b.x", "true"), ("a.b.c", "1"), ("a.n", None), ("a.s", "")}


def test_a_row_keeps_the_value_as_it_was_written():
    assert SearchRow("spec.type", "service", "Service") in flatten({"spec": {"Type": "Service"}}).rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.0, "1"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (0.00001, "0.00001"),
    ],
)
def test_values_are_written_as_javascript_writes_them(value, text):
    assert rows({"a": value}) == {("a", text)}


def test_empty_objects_and_arrays_give_no_rows():
    assert rows({"a": {}, "b": [], "c": [[], {}]}) == set()


def test_dots_in_keys_stay():
    assert rows({"metadata": {"annotations": {"example.com/foo": "x"}}}) == {
        ("metadata.annotations.example.com/foo", "x")
    }


def test_a_key_past_200_characters_is_left_out():
    assert rows({"a" * 200: 1, "b" * 201: 1}) == {("a" * 200, "1")}


@pytest.mark.parametrize("value", ["v" * 201, "😀" * 101])
def test_a_value_past_200_characters_is_null(value):
    assert SearchRow("a", None, None) in flatten({"a": value}).rows


def test_a_value_of_200_characters_is_kept():
    assert rows({"a": "V" * 200}) == {("a", "v" * 200)}


def test_rows_are_distinct_by_key_and_lower_case_value_and_the_first_wins():
    assert [row for row in flatten({"a": ["X", "x", "X"]}).rows if row.key == "a"] == [SearchRow("a", "x", "X")]


def test_outputs_and_identities_are_left_out():
    entity = {"attachments": {"a": 1}, "status": {"items": [1]}, "metadata": {"etag": "e"}}
    assert rows(entity) == set()


def test_relations_become_rows_of_their_type():
    entity = {"relations": [{"type": "ownedBy", "targetRef": "group:default/X"}]}
    assert rows(entity) == {("relations.ownedby", "group:default/x")}


def test_name_namespace_and_uid_are_rows():
    found = flatten({"metadata": {"name": "Pay", "namespace": "ns", "uid": "u"}}).rows
    assert found == (
        SearchRow("metadata.name", "pay", "Pay"),
        SearchRow("metadata.namespace", "ns", "ns"),
        SearchRow("metadata.uid", "u", "u"),
    )


def test_an_absent_namespace_is_found_as_default():
    assert SearchRow("metadata.namespace", "default", "default") in flatten({"metadata": {"name": "x"}}).rows


def test_of_fields_that_differ_by_case_the_first_wins_and_the_other_is_told():
    found = flatten({"spec": {"owner": "a", "Owner": "b"}})
    assert found.collisions == (Collision("spec.owner", "spec.Owner"),)
    assert [row.value for row in found.rows if row.key == "spec.owner"] == ["a"]


def test_strings_of_a_list_that_differ_by_case_do_not_collide():
    assert flatten({"spec": {"providesApis": ["Foo", "foo"]}}).collisions == ()


def test_nesting_of_any_depth_is_flattened():
    value: Any = "x"
    for _ in range(100_000):
        value = [value]
    assert rows({"a": value}) == {("a", "x"), ("a.x", "true")}


@given(st.dictionaries(st.sampled_from(["spec", "Spec", "tags"]), JSON, max_size=4))
def test_collisions_are_found_without_the_rows(entity):
    assert tuple(collisions_of(entity)) == flatten(entity).collisions


@given(st.dictionaries(st.text() | st.sampled_from(["metadata", "relations", "spec"]), JSON, max_size=4))
def test_any_json_object_has_rows_within_the_limits(entity):
    found = [(row.key, row.value) for row in flatten(entity).rows]
    assert len(found) == len(set(found))
    assert all(len(key) <= 200 and len(value or "") <= 200 for key, value in found)
