"""Kinds: which there are, and what their specs must be."""

import pkgutil
from typing import Any

import pytest

from cuelight.model import KINDS, InvalidEntity, Violation, kind_of, kinds, sort_references, unknown_kind, validate_kind

SPECS: dict[str, dict[str, Any]] = {
    "Component": {"type": "service", "lifecycle": "production", "owner": "team-a"},
    "API": {"type": "openapi", "lifecycle": "production", "owner": "team-a", "definition": "x"},
    "Resource": {"type": "database", "owner": "team-a"},
    "System": {"owner": "team-a"},
    "Domain": {"owner": "team-a"},
    "Group": {"type": "team", "children": []},
    "User": {"memberOf": []},
    "Location": {},
}


def entity(kind: str, spec: Any = None, **fields: Any) -> dict[str, Any]:
    body = {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": "x"}, **fields}
    return body if spec is None else body | {"spec": spec}


def fault(value: dict[str, Any], **options: Any) -> Violation:
    with pytest.raises(InvalidEntity) as refusal:
        validate_kind(value, **options)
    return refusal.value.violation


def test_every_file_of_the_package_is_a_kind():
    assert len(KINDS) == len(list(pkgutil.iter_modules(kinds.__path__))) == 11


@pytest.mark.parametrize("kind", SPECS)
@pytest.mark.parametrize("version", ["backstage.io/v1alpha1", "backstage.io/v1beta1"])
def test_a_minimal_spec_of_each_kind_is_accepted(kind, version):
    assert validate_kind(entity(kind, SPECS[kind], apiVersion=version))


@pytest.mark.parametrize("kind", SPECS)
def test_every_kind_needs_a_spec(kind):
    assert fault(entity(kind)).message == "<root> must have required property 'spec' - missingProperty: spec"


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, spec in SPECS.items() for field in spec])
def test_a_required_field_that_is_missing_is_named(kind, field):
    violation = fault(entity(kind, {name: value for name, value in SPECS[kind].items() if name != field}))
    assert (violation.rule, violation.path, violation.error) == ("kind-schema", ("spec",), "TypeError")
    assert violation.message == f"/spec must have required property '{field}' - missingProperty: {field}"


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        ("Component", "owner", "", "/spec/owner must NOT have fewer than 1 characters - limit: 1"),
        ("Component", "type", 5, "/spec/type must be string - type: string"),
        ("Component", "dependsOn", "x", "/spec/dependsOn must be array - type: array"),
        ("Component", "providesApis", ["a", 1], "/spec/providesApis/1 must be string - type: string"),
        ("API", "definition", {"$text": "./x"}, "/spec/definition must be string - type: string"),
        ("Group", "profile", {"email": ""}, "/spec/profile/email must NOT have fewer than 1 characters - limit: 1"),
        ("User", "profile", [], "/spec/profile must be object - type: object"),
        (
            "Location",
            "presence",
            "maybe",
            "/spec/presence must be equal to one of the allowed values - allowedValues: required,optional",
        ),
    ],
)
def test_a_field_of_a_wrong_shape_is_explained(kind, field, value, message):
    assert fault(entity(kind, SPECS[kind] | {field: value})).message == message


def test_a_fault_leads_to_its_field():
    assert fault(entity("User", {"memberOf": ["a", ""]})).path == ("spec", "memberOf", 1)


def test_fields_that_no_schema_knows_are_accepted():
    assert validate_kind(entity("Component", SPECS["Component"] | {"foo": 1, "dependencyOf": 5}))


@pytest.mark.parametrize(
    ("kind", "version"), [("component", "backstage.io/v1alpha1"), ("Component", "my.io/v1"), ("Gizmo", "a")]
)
def test_a_kind_is_known_by_its_exact_name_and_version(kind, version):
    assert not validate_kind(entity(kind, SPECS["Component"], apiVersion=version))


def test_an_unknown_kind_is_reported_in_backstages_words():
    violation = unknown_kind(entity("Gizmo")).violation
    assert (violation.rule, violation.error) == ("unknown-kind", "InputError")
    assert violation.message == (
        "No processor recognized the entity gizmo:default/x as valid, possibly caused by a foreign kind or apiVersion"
    )


def template(**spec: Any) -> dict[str, Any]:
    body = {"type": "service", "steps": [], "parameters": []} | spec
    return entity("Template", body, apiVersion="scaffolder.backstage.io/v1beta3")


def test_templates_are_unknown_unless_they_are_asked_for():
    assert (kind_of(template()), validate_kind(template(), opted_in={"Template"})) == (None, True)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"steps": [{"id": "a"}]}, "/spec/steps/0 must have required property 'action' - missingProperty: action"),
        ({"steps": [{"action": "a", "if": 1}]}, "/spec/steps/0/if must be string,boolean - type: string,boolean"),
        ({"parameters": 5}, "/spec/parameters must be object - type: object"),
        ({"output": {"x": 1}}, "/spec/output/x must be string - type: string"),
    ],
)
def test_a_template_names_its_first_fault(spec, message):
    assert fault(template(**spec), opted_in={"Template"}).message == message


def test_lists_of_references_are_sorted_as_javascript_sorts():
    given = entity("Component", {"providesApis": ["b", "a"], "members": ["\uffff", "\U0001f680"], "tags": ["z", "a"]})
    assert sort_references(given)["spec"] == {
        "providesApis": ["a", "b"],
        "members": ["\U0001f680", "\uffff"],
        "tags": ["z", "a"],
    }


def test_sorting_leaves_the_given_entity_as_it_is():
    given = entity("Group", {"children": ["b", "a"]})
    sort_references(given)
    assert given["spec"]["children"] == ["b", "a"]


@pytest.mark.parametrize("spec", [None, [], {"children": ["a", "b"]}, {"children": ["b", 1]}, {"children": "ba"}])
def test_what_need_not_be_sorted_is_returned_itself(spec):
    given = entity("Group", spec)
    assert sort_references(given) is given
