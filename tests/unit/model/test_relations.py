"""Relations: which pairs the fields of each kind state."""

from typing import Any

import pytest

from cuelight.model import InvalidEntity, Relation, relations_of


def pairs(kind: str, spec: dict[str, Any], **options: Any) -> list[tuple[str, str, str]]:
    version = "scaffolder.backstage.io/v1beta3" if kind == "Template" else "backstage.io/v1alpha1"
    entity = {"apiVersion": version, "kind": kind, "metadata": {"name": "Self", "namespace": "ns"}, "spec": spec}
    own = f"{kind.lower()}:ns/self"
    found = relations_of(entity, **options)
    forward = [relation for relation in found if relation.source == own]
    reverse = [relation for relation in found if relation.target == own]
    assert len(found) == len(forward) + len(reverse)
    return [(there.type, back.type, there.target) for there, back in zip(forward, reverse, strict=True)]


OWNER_FIELDS = [
    (kind, "owner", "ownedBy", "ownerOf", "group") for kind in ("Component", "API", "Resource", "System", "Domain")
]
FIELDS = [
    *OWNER_FIELDS,
    ("Component", "subcomponentOf", "partOf", "hasPart", "component"),
    ("Component", "system", "partOf", "hasPart", "system"),
    ("API", "system", "partOf", "hasPart", "system"),
    ("Resource", "system", "partOf", "hasPart", "system"),
    ("Component", "providesApis", "providesApi", "apiProvidedBy", "api"),
    ("Component", "consumesApis", "consumesApi", "apiConsumedBy", "api"),
    ("User", "memberOf", "memberOf", "hasMember", "group"),
    ("Group", "parent", "childOf", "parentOf", "group"),
    ("Group", "children", "parentOf", "childOf", "group"),
    ("Group", "members", "hasMember", "memberOf", "user"),
    ("System", "domain", "partOf", "hasPart", "domain"),
    ("Domain", "subdomainOf", "partOf", "hasPart", "domain"),
]


@pytest.mark.parametrize(("kind", "field", "forward", "reverse", "default"), FIELDS)
def test_a_field_states_a_pair_with_its_default_kind_in_the_entitys_namespace(kind, field, forward, reverse, default):
    assert pairs(kind, {field: "Other"}) == [(forward, reverse, f"{default}:ns/other")]


@pytest.mark.parametrize("kind", ["Component", "Resource"])
@pytest.mark.parametrize(("field", "reverse"), [("dependsOn", "dependencyOf"), ("dependencyOf", "dependsOn")])
def test_dependencies_state_a_pair_with_whatever_kind_they_name(kind, field, reverse):
    assert pairs(kind, {field: ["API:a", "resource:x/B"]}) == [
        (field, reverse, "api:ns/a"),
        (field, reverse, "resource:x/b"),
    ]


@pytest.mark.parametrize("owner", ["group:", ":x", "a/"])
def test_what_has_not_the_form_of_a_ref_is_the_error_that_backstage_makes_of_it(owner):
    with pytest.raises(InvalidEntity) as refusal:
        pairs("Component", {"owner": owner})
    assert (refusal.value.violation.rule, refusal.value.violation.error) == ("relation", "TypeError")


@pytest.mark.parametrize("kind", ["Component", "Resource"])
def test_a_dependency_without_a_kind_fails_the_entity(kind):
    with pytest.raises(InvalidEntity) as refusal:
        pairs(kind, {"dependsOn": ["component:a", "foo"]})
    violation = refusal.value.violation
    assert (violation.rule, violation.path) == ("relation", ("spec", "dependsOn", 1))
    assert violation.message == (
        'Entity reference "foo" had missing or empty kind (e.g. did not start with "component:" or similar)'
    )


def test_a_reference_without_a_list_is_placed_at_its_field():
    with pytest.raises(InvalidEntity) as refusal:
        pairs("Component", {"owner": "group:"})
    assert refusal.value.violation.path == ("spec", "owner")


def test_a_reference_may_be_an_object_of_parts_where_no_schema_forbids_it():
    target = {"kind": "Component", "name": "A"}
    assert pairs("Resource", {"dependencyOf": target}) == [("dependencyOf", "dependsOn", "component:ns/a")]


def test_pairs_come_in_the_order_of_the_fields_of_a_component():
    spec = {"system": "s", "owner": "o", "dependsOn": ["api:a"]}
    assert [pair[0] for pair in pairs("Component", spec)] == ["ownedBy", "dependsOn", "partOf"]


def test_a_target_that_is_named_twice_is_one_relation():
    assert len(pairs("User", {"memberOf": ["a", "A", "group:ns/a"]})) == 1


def test_a_relation_has_lower_case_refs_on_both_ends():
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "System",
        "metadata": {"name": "S"},
        "spec": {"owner": "user:Other/Eve"},
    }
    assert relations_of(entity) == [
        Relation("system:default/s", "ownedBy", "user:other/eve"),
        Relation("user:other/eve", "ownerOf", "system:default/s"),
    ]


@pytest.mark.parametrize("kind", ["Location", "Gizmo"])
def test_other_kinds_state_no_relations(kind):
    assert pairs(kind, {"owner": "x"}) == []


def test_a_template_that_was_asked_for_is_owned():
    assert pairs("Template", {"owner": "o"}, opted_in={"Template"}) == [("ownedBy", "ownerOf", "group:ns/o")]
