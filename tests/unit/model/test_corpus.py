"""Descriptors from public repositories, and what a real Backstage said of each and answered for others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cuelight.model import (
    KINDS,
    InvalidEntity,
    Kind,
    apply_policies,
    flatten,
    parse_documents,
    ref_of,
    relations_of,
    sort_references,
    validate_kind,
)
from tests.corpus import corpus

SHOWN = 200
"""Characters of a message that the recorded verdicts keep."""


def verdict(file: Path, number: int) -> dict[str, str]:
    """What we say of document *number* (from 1) of *file*, in the words of `verdicts.json`."""
    documents = {document.index + 1: document for document in parse_documents(file.read_bytes())}
    document = documents[number]
    if document.problem:
        return {"result": "yaml-error"}
    try:
        entity = apply_policies(document.value)
        known = validate_kind(entity)
    except InvalidEntity as error:
        return {"result": "rejected", "error": error.message[:SHOWN]}
    return {"result": "accepted" if known else "unknown-kind", "ref": ref_of(entity)}


def recorded(entry: dict[str, str]) -> dict[str, str]:
    kept = {"yaml-error": ("result",), "rejected": ("result", "error")}.get(entry["result"], ("result", "ref"))
    return {key: entry[key][:SHOWN] for key in kept}


def verdicts() -> list[Any]:
    entries = json.loads(corpus("descriptors", "verdicts.json").read_text())
    return [pytest.param(entry, id=f"{entry['file']}-{entry['doc']}") for entry in entries]


@pytest.mark.parametrize("entry", verdicts())
def test_a_descriptor_of_a_public_repository_gets_backstages_verdict(entry):
    assert verdict(corpus("descriptors", entry["file"]), int(entry["doc"])) == recorded(entry)


def answers() -> Iterator[Any]:
    """Recorded answers for single entities that descriptors of the same name in the recorded repositories made."""
    for case in json.loads(corpus("golden", "cases.json").read_text()):
        answer = case.get("expect", {}).get("body")
        if case["name"].startswith("byname-") and case["expect"]["status"] == 200 and not resolved(answer):
            yield pytest.param(answer, id=case["name"])


def resolved(answer: dict[str, Any]) -> bool:
    """Whether the answer holds a file's content that a placeholder named: another room's work."""
    return answer["metadata"]["name"] in {"a-graphql", "a-grpc", "a-yamlph"}


def sources() -> Iterator[dict[str, Any]]:
    for file in sorted(corpus("golden", "repositories").rglob("*.yaml")):
        for document in parse_documents(file.read_bytes()):
            if document.value and "metadata" in document.value:
                yield document.value


@pytest.mark.parametrize("answer", list(answers()))
def test_a_recorded_answer_is_what_its_descriptor_becomes(answer):
    entity = next(apply_policies(sort_references(source)) for source in sources() if is_source_of(source, answer))
    assert entity["spec"] == answer["spec"]
    own = {relation.type + relation.target for relation in relations_of(entity) if relation.source == ref_of(entity)}
    assert own <= {relation["type"] + relation["targetRef"] for relation in answer["relations"]}
    assert not flatten(answer).collisions


def is_source_of(source: dict[str, Any], answer: dict[str, Any]) -> bool:
    namespace = source["metadata"].get("namespace", "default")
    return (source.get("kind"), namespace, source["metadata"].get("name")) == (
        answer["kind"],
        answer["metadata"]["namespace"],
        answer["metadata"]["name"],
    )


@pytest.mark.parametrize(
    ("repository", "rule"),
    [
        ("y-broken", "yaml-syntax"),
        ("y-tab", "yaml-syntax"),
        ("y-dup-keys", "yaml-duplicate-key"),
        ("y-list", "not-an-object"),
        ("y-scalar", "not-an-object"),
        ("m-part-broken", "yaml-syntax"),
    ],
)
def test_a_recorded_descriptor_that_backstage_could_not_read_is_one_problem(repository, rule):
    (document,) = parse_documents(corpus("golden", "repositories", repository, "catalog-info.yaml").read_bytes())
    assert document.problem
    assert document.problem.rule == rule


@pytest.mark.parametrize("repository", ["y-empty", "y-comment-only"])
def test_a_recorded_descriptor_without_content_has_no_documents(repository):
    assert parse_documents(corpus("golden", "repositories", repository, "catalog-info.yaml").read_bytes()) == []


class Described(NamedTuple):
    """A schema of the corpus, the kind of ours that it is about, and its `spec.type` where it has one of its own."""

    file: str
    spec: dict[str, Any]
    versions: list[str]
    kind: Kind
    type: str | None

    def minimal(self) -> dict[str, Any]:
        """The least that the schema accepts."""
        return {name: self.sample(name) for name in self.spec["required"]}

    def sample(self, name: str) -> Any:
        """A good value of a field."""
        field = self.spec["properties"][name]
        choices = [field["const"]] if "const" in field else field.get("enum", [])
        if field.get("type") == "array":
            return [{"type": "x", "url": "x"}] if "minItems" in field else []
        return choices[0] if choices else {"string": "x", "object": {}}[field["type"]]


def described() -> list[Any]:
    """Every schema of a kind."""
    found = []
    for file in sorted(corpus("schemas").glob("*.v1alpha1*.schema.json")):
        name, _, rest = file.name.partition(".v1alpha1")
        variant = rest.removesuffix(".schema.json").removeprefix(".") or None
        properties = json.loads(file.read_text())["allOf"][1]["properties"]
        kind = KINDS.get(f"{name}/{variant}") or KINDS[name]
        schema = Described(file.name, properties["spec"], properties["apiVersion"]["enum"], kind, variant)
        found.append(pytest.param(schema, id=file.name))
    return found


every_schema = pytest.mark.parametrize("schema", described())


@every_schema
def test_a_kind_has_the_versions_of_its_schema(schema: Described):
    assert list(schema.kind.api_versions) == schema.versions


@every_schema
def test_a_kind_requires_what_its_schema_requires(schema: Described):
    spec = schema.minimal()
    refused = [name for name in spec if schema.kind.spec({key: spec[key] for key in spec if key != name})]
    assert (schema.kind.spec(spec), refused) == (None, schema.spec["required"])


@every_schema
def test_a_kind_checks_the_type_of_every_field_of_its_schema(schema: Described):
    for name, field in schema.spec["properties"].items():
        if "type" in field:
            fault = schema.kind.spec(schema.minimal() | {name: 5})
            assert str(fault) == f"/{name} must be {field['type']} - type: {field['type']}"


@every_schema
def test_a_kind_checks_the_length_of_every_text_of_its_schema(schema: Described):
    for name, field in schema.spec["properties"].items():
        longest = field.get("maxLength")
        if field.get("minLength"):
            assert schema.kind.spec(schema.minimal() | {name: ""})
        if longest:
            assert schema.kind.spec(schema.minimal() | {name: "x" * longest}) is None
            assert schema.kind.spec(schema.minimal() | {name: "x" * (longest + 1)})


@every_schema
def test_a_kind_accepts_fields_that_its_schema_does_not_know(schema: Described):
    assert schema.kind.spec(schema.minimal() | {"foo": 1}) is None
