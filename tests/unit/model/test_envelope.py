"""The envelope and the schema that every kind shares, in Backstage's words."""

from collections.abc import Callable
from typing import Any

import pytest

from cuelight.model import InvalidEntity, Violation, check_entity, check_envelope

GOOD = {"apiVersion": "v1", "kind": "Anything", "metadata": {"name": "x"}}


def fault(check: Callable[[Any], None], value: Any) -> Violation:
    with pytest.raises(InvalidEntity) as refusal:
        check(value)
    return refusal.value.violation


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "<root> must be object - type: object"),
        ([], "<root> must be object - type: object"),
        ({}, "<root> must have required property 'apiVersion' - missingProperty: apiVersion"),
        ({"apiVersion": "a", "kind": "b"}, "<root> must have required property 'metadata' - missingProperty: metadata"),
        (GOOD | {"kind": ""}, "/kind must NOT have fewer than 1 characters - limit: 1"),
        (GOOD | {"kind": 5}, "/kind must be string - type: string"),
        (GOOD | {"metadata": {}}, "/metadata must have required property 'name' - missingProperty: name"),
        (
            GOOD | {"metadata": {"name": "x", "namespace": ""}},
            "/metadata/namespace must NOT have fewer than 1 characters - limit: 1",
        ),
    ],
)
def test_an_envelope_names_its_first_fault(value, message):
    violation = fault(check_envelope, value)
    assert (violation.rule, violation.message, violation.error) == ("envelope", message, "TypeError")


def test_an_envelope_may_have_any_other_field():
    check_envelope(GOOD | {"foo": 1, "relations": "anything"})


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"foo": 1}, "<root> must NOT have additional properties - additionalProperty: foo"),
        ({"spec": []}, "/spec must be object - type: object"),
        ({"metadata": {"name": "x", "labels": {"a~b/c": 5}}}, "/metadata/labels/a~0b~1c must be string - type: string"),
        (
            {"metadata": {"name": "x", "tags": ["a", ""]}},
            "/metadata/tags/1 must NOT have fewer than 1 characters - limit: 1",
        ),
        (
            {"metadata": {"name": "x", "links": [{}]}},
            "/metadata/links/0 must have required property 'url' - missingProperty: url",
        ),
        ({"metadata": {"name": "x", "title": ""}}, "/metadata/title must NOT have fewer than 1 characters - limit: 1"),
        (
            {"relations": [{"type": "a b", "targetRef": "x"}]},
            '/relations/0/type must match pattern "^\\w+$" - pattern: ^\\w+$',
        ),
        (
            {"status": {"items": [{"type": "t", "level": "x", "message": ""}]}},
            "/status/items/0/level must be equal to one of the allowed values - allowedValues: info,warning,error",
        ),
    ],
)
def test_an_entity_names_its_first_fault(extra, message):
    violation = fault(check_entity, GOOD | extra)
    assert (violation.rule, violation.message) == ("entity-schema", message)


def test_a_fault_carries_the_path_to_its_field():
    violation = fault(check_entity, GOOD | {"metadata": {"name": "x", "links": [{"url": "u"}, {"url": 1}]}})
    assert violation.path == ("metadata", "links", 1, "url")


def test_an_empty_description_is_fine():
    check_entity(GOOD | {"metadata": {"name": "x", "description": ""}})
