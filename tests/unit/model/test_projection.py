"""`fields=` parameters."""

import copy
from typing import Any

import pytest

from cuelight.errors import InputError
from cuelight.model import parse_fields

ENTITY = {
    "kind": "Component",
    "metadata": {
        "name": "x",
        "annotations": {"backstage.io/orphan": "true", "a.b": "1", "a": {"b": "2"}},
        "tags": ["java"],
        "description": None,
    },
}


def projected(*parameters: str) -> dict[str, Any]:
    projection = parse_fields(parameters)
    assert projection is not None
    return projection.of(ENTITY)


def test_only_the_named_fields_remain():
    assert projected("kind,metadata.name") == {"kind": "Component", "metadata": {"name": "x"}}


def test_keys_with_dots_are_found():
    assert projected("metadata.annotations.backstage.io/orphan") == {
        "metadata": {"annotations": {"backstage.io/orphan": "true"}}
    }


def test_the_shortest_key_that_exists_is_followed():
    assert projected("metadata.annotations.a.b") == {"metadata": {"annotations": {"a": {"b": "2"}}}}


def test_parameters_add_up():
    assert projected(" kind ", "metadata.tags,,kind") == {"kind": "Component", "metadata": {"tags": ["java"]}}


@pytest.mark.parametrize(
    "field",
    [
        "nope",
        "spec.type",
        "metadata.name.x",
        "KIND",
        "metadata.tags.1",
        "metadata.tags.00",
        "metadata.tags.x",
        "kind.",
        ".",
    ],
)
def test_a_field_that_is_missing_contributes_nothing(field):
    assert projected(field) == {}


@pytest.mark.parametrize(
    ("fields", "links"),
    [
        ("spec.links.0.url", [{"url": "a"}]),
        ("spec.links.1.title,spec.links.1.url", [None, {"title": "B", "url": "b"}]),
        ("spec.links.1.url,spec.links.0", [{"url": "a"}, {"url": "b"}]),
        ("spec.links,spec.links.0.url", [{"url": "a"}, {"url": "b", "title": "B"}]),
    ],
)
def test_a_list_is_looked_into_by_number(fields, links):
    projection = parse_fields([fields])
    assert projection is not None
    given = {"spec": {"links": [{"url": "a"}, {"url": "b", "title": "B"}]}}
    assert projection.of(given) == {"spec": {"links": links}}


def test_a_null_is_a_value():
    assert projected("metadata.description") == {"metadata": {"description": None}}


@pytest.mark.parametrize("fields", ["metadata,metadata.name", "metadata.name,metadata"])
def test_a_whole_object_and_a_part_of_it_are_the_whole(fields):
    assert projected(fields) == {"metadata": ENTITY["metadata"]}


def test_the_entity_stays_as_it_is():
    before = copy.deepcopy(ENTITY)
    projected("metadata,metadata.name,metadata.annotations.a.b,kind")
    assert before == ENTITY


def test_fields_of_a_body_are_not_split_at_commas():
    projection = parse_fields(exact=["a,b", "kind"])
    assert projection is not None
    assert projection.of({"a,b": 1, "kind": "k", "a": 2}) == {"a,b": 1, "kind": "k"}


def test_a_field_into_an_array_is_refused():
    with pytest.raises(InputError) as refusal:
        parse_fields(["metadata.tags[0]"])
    assert refusal.value.message == 'Invalid field "metadata.tags[0]", array type fields are not supported'


@pytest.mark.parametrize("parameters", [[], [""], [",", " "]])
def test_no_fields_ask_for_the_entity_as_it_is(parameters):
    assert parse_fields(parameters) is None


def test_more_fields_than_the_limit_are_refused():
    with pytest.raises(InputError, match="more than 1000"):
        parse_fields([",".join(f"f{number}" for number in range(1_001))])
