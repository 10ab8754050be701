"""The rules for every entity of a source, in Backstage's order and words."""

import copy
from typing import Any

import pytest

from cuelight.model import InvalidEntity, Violation, apply_policies

MORE = (
    " To learn more about catalog file format, visit: https://github.com/backstage/backstage/blob/master/docs/"
    "architecture-decisions/adr002-default-catalog-file-format.md"
)
NAME = "a string that is sequences of [a-zA-Z0-9] separated by any of [-_.], at most 63 characters in total"
LABEL = "a string that is sequences of [a-z0-9] separated by [-], at most 63 characters in total"
TAG = "a string that is sequences of [a-z0-9+#] separated by [-], at most 63 characters in total"


def entity(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": "x", **metadata}}


def fault(value: Any) -> Violation:
    with pytest.raises(InvalidEntity) as refusal:
        apply_policies(value)
    return refusal.value.violation


def test_a_missing_namespace_becomes_default_and_comes_first():
    filled = apply_policies(entity(title="T"))
    assert list(filled) == ["metadata", "apiVersion", "kind"]
    assert list(filled["metadata"].items()) == [("namespace", "default"), ("name", "x"), ("title", "T")]


def test_the_entity_that_was_given_stays_as_it_is():
    given = entity()
    before = copy.deepcopy(given)
    apply_policies(given)
    assert given == before


def test_an_entity_with_a_namespace_is_returned_itself():
    given = entity(namespace="n")
    assert apply_policies(given) is given


@pytest.mark.parametrize("field", ["relations", "status"])
def test_outputs_are_refused_in_a_source(field):
    violation = fault(entity() | {field: [] if field == "relations" else {}})
    assert violation.rule == "unknown-root-field"
    assert (violation.path, violation.message) == ((field,), f"Unknown field {field}")


def test_a_foreign_root_field_fails_on_the_schema():
    violation = fault(entity() | {"foo": 1})
    assert (violation.rule, violation.message) == (
        "entity-schema",
        "Malformed envelope, <root> must NOT have additional properties",
    )


def test_a_field_of_the_wrong_type_is_named_by_its_pointer():
    assert fault(entity(annotations={"example.com/n": 7})).message == (
        "Malformed envelope, /metadata/annotations/example.com~1n must be string"
    )


@pytest.mark.parametrize(
    ("metadata", "path", "message"),
    [
        ({"name": "-x-"}, ("metadata", "name"), f'"metadata.name" is not valid; expected {NAME} but found "-x-".'),
        (
            {"namespace": "Default"},
            ("metadata", "namespace"),
            f'"metadata.namespace" is not valid; expected {LABEL} but found "Default".',
        ),
        (
            {"labels": {"bad key": "v"}},
            ("metadata", "labels", "bad key"),
            '"labels.bad key" is not valid; expected a valid prefix and/or suffix but found "bad key".',
        ),
        (
            {"labels": {"ok": "has space"}},
            ("metadata", "labels", "ok"),
            f'"labels.ok" is not valid; expected {NAME} but found "has space".',
        ),
        (
            {"annotations": {"a/b/c": ""}},
            ("metadata", "annotations", "a/b/c"),
            '"annotations.a/b/c" is not valid; expected a valid prefix and/or suffix but found "a/b/c".',
        ),
        (
            {"tags": ["ok", "Bad"]},
            ("metadata", "tags", 1),
            f'"tags.1" is not valid; expected {TAG} but found "Bad".',
        ),
        (
            {"links": [{"url": "not a url"}]},
            ("metadata", "links", 0, "url"),
            '"links.0.url" is not valid; expected a string that is a valid url but found "not a url".',
        ),
        (
            {"links": [{"url": "https://a.b", "title": " "}]},
            ("metadata", "links", 0, "title"),
            '"links.0.title" is not valid; expected a non empty string but found " ".',
        ),
    ],
)
def test_a_field_of_a_wrong_format_is_explained(metadata, path, message):
    violation = fault(entity(**metadata))
    assert (violation.rule, violation.path, violation.message) == ("field-format", path, message + MORE)


@pytest.mark.parametrize(("field", "value"), [("apiVersion", "a/b/c"), ("kind", "My-Kind")])
def test_the_api_version_and_the_kind_have_a_format_too(field, value):
    assert fault(entity() | {field: value}).path == (field,)


def test_an_annotation_may_be_of_any_length():
    apply_policies(entity(annotations={"example.com/long": "x" * 10_000}))


def test_a_violation_is_an_input_error_with_its_message():
    with pytest.raises(InvalidEntity) as refusal:
        apply_policies(entity() | {"status": {}})
    assert (refusal.value.status, str(refusal.value)) == (400, "Unknown field status")
