"""Everything that is wrong with an entity, not only the first thing."""

from typing import Any

import pytest

from cuelight.model import violations_of
from cuelight.model.faults import MOST_FAULTS

COMPONENT: dict[str, Any] = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Component",
    "metadata": {"name": "pay"},
    "spec": {"type": "service", "lifecycle": "production", "owner": "team"},
}


def entity(*, spec: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    metadata = {**COMPONENT["metadata"], **fields.pop("metadata", {})}
    return {**COMPONENT, "metadata": metadata, "spec": {**COMPONENT["spec"], **(spec or {})}, **fields}


def broken(value: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    """Each rule that *value* breaks, with the field."""
    return [(each.rule, ".".join(map(str, each.path))) for each in violations_of(value, **options)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (entity(), []),
        (
            entity(foo=1, bar=2, relations=[], status={}),
            [
                ("entity-schema", "foo"),
                ("entity-schema", "bar"),
                ("unknown-root-field", "relations"),
                ("unknown-root-field", "status"),
            ],
        ),
        (
            entity(metadata={"tags": [5, "a", ""], "labels": {"a": 1}, "links": [{"title": "x"}]}),
            [
                ("entity-schema", "metadata.labels.a"),
                ("entity-schema", "metadata.tags.0"),
                ("entity-schema", "metadata.tags.2"),
                ("entity-schema", "metadata.links.0"),
            ],
        ),
        (
            entity(metadata={"links": ["https://x", {"url": "no"}]}),
            [("entity-schema", "metadata.links.0"), ("field-format", "metadata.links.1.url")],
        ),
        (
            entity(
                metadata={
                    "name": "-x-",
                    "namespace": "X",
                    "tags": ["a", "B", "c_d"],
                    "labels": {"a b": "v", "c": "-"},
                    "annotations": {"a/b/c": "v"},
                    "links": [{"url": "no"}, {"url": "https://x", "title": " "}],
                }
            ),
            [
                ("field-format", "metadata.name"),
                ("field-format", "metadata.namespace"),
                ("field-format", "metadata.labels.a b"),
                ("field-format", "metadata.labels.c"),
                ("field-format", "metadata.annotations.a/b/c"),
                ("field-format", "metadata.tags.1"),
                ("field-format", "metadata.tags.2"),
                ("field-format", "metadata.links.0.url"),
                ("field-format", "metadata.links.1.title"),
            ],
        ),
        (
            entity(spec={"owner": 7, "type": "", "providesApis": ["b", 1, ""], "dependsOn": ["z", "component:a", "x"]}),
            [
                ("kind-schema", "spec.type"),
                ("kind-schema", "spec.owner"),
                ("kind-schema", "spec.providesApis.1"),
                ("kind-schema", "spec.providesApis.2"),
                ("relation", "spec.dependsOn.0"),
                ("relation", "spec.dependsOn.2"),
            ],
        ),
        ({**COMPONENT, "spec": {}}, [("kind-schema", "spec")] * 3),
        ({**COMPONENT, "kind": "Gizmo"}, [("unknown-kind", "kind")]),
        ({**COMPONENT, "kind": "Gi zmo"}, [("field-format", "kind")]),
        (
            {**COMPONENT, "kind": "User", "spec": {"profile": 5}},
            [("kind-schema", "spec"), ("kind-schema", "spec.profile")],
        ),
        ({key: value for key, value in COMPONENT.items() if key != "spec"}, [("kind-schema", "")]),
    ],
)
def test_every_rule_that_is_broken_is_named_with_its_field(value: dict[str, Any], expected: list[tuple[str, str]]):
    assert broken(value) == expected


def test_a_kind_that_somebody_else_knows_is_not_unknown():
    assert broken({**COMPONENT, "kind": "Gizmo"}, recognised=True) == []


def test_an_additional_kind_is_checked_where_it_is_asked_for():
    template = {
        **COMPONENT,
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "spec": {"steps": [{}]},
    }
    assert broken(template, opted_in={"Template"}) == [("kind-schema", "spec"), ("kind-schema", "spec.steps.0")]


def test_the_entity_is_left_as_it_is():
    value = entity(metadata={"tags": ["B"]})
    violations_of(value)
    assert value["metadata"]["tags"] == ["B"]


def test_past_the_limit_no_more_is_told():
    assert len(violations_of(entity(metadata={"tags": ["B"] * 1_000}))) == MOST_FAULTS
