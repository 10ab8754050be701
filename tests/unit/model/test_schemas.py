"""Our shapes are Backstage's JSON schemas: whatever is made of a good document, both say the same of it."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.model import (
    KINDS,
    InvalidEntity,
    apply_policies,
    check_entity,
    check_envelope,
    kind_of,
    relations_of,
    unknown_kind,
    validate_kind,
    violations_of,
)
from tests.corpus import corpus
from tests.unit.model.schemas import Schema, kinds, neighbour, neighbours, schema

OPTED_IN = frozenset(key for key, kind in KINDS.items() if kind.opt_in)
FILES = kinds()
SCHEMAS = {file: schema(file) for file in FILES}
every_kind = pytest.mark.parametrize("asked", SCHEMAS.values(), ids=FILES)
every_envelope = pytest.mark.parametrize(
    ("file", "check"), [("Entity.schema.json", check_entity), ("EntityEnvelope.schema.json", check_envelope)]
)


def passes(check: Callable[[Any], object], value: Any) -> bool:
    try:
        check(value)
    except InvalidEntity:
        return False
    return True


def known(entity: Any) -> bool:
    """Whether *entity* is one of a kind of ours; `InvalidEntity` where it breaks a shape."""
    check_entity(entity)
    return validate_kind(entity, opted_in=OPTED_IN)


def accepted(entity: Any) -> bool:
    return passes(known, entity) and known(entity)


def kept(entity: dict[str, Any]) -> None:
    """Take *entity* through every rule; `InvalidEntity` at the first that it breaks."""
    filled = apply_policies(entity)
    if not known(filled):
        raise unknown_kind(filled)
    relations_of(filled, opted_in=OPTED_IN)


def in_force(entity: Any, asked: Schema) -> Schema:
    """The schema that is about *entity*: where its `spec.type` has one of its own, that one, else its kind's."""
    name = asked.file.partition(".")[0]
    spec = entity.get("spec") if isinstance(entity, dict) else None
    kind = spec.get("type") if isinstance(spec, dict) else None
    return SCHEMAS.get(f"{name}.v1alpha1.{kind}.schema.json") or SCHEMAS[f"{name}.v1alpha1.schema.json"]


def agree(entity: Any, asked: Schema) -> bool:
    return accepted(entity) is in_force(entity, asked).accepts(entity)


@every_kind
def test_a_document_with_every_field_of_its_schema_is_accepted(asked):
    assert (asked.accepts(asked.full), accepted(asked.full)) == (True, True)


@every_kind
def test_one_step_from_a_full_document_kind_and_schema_agree(asked):
    assert [each for each in neighbours(asked.full) if not agree(each, asked)] == []


@every_kind
def test_one_step_from_the_example_of_a_schema_kind_and_schema_agree(asked):
    (example,) = json.loads(corpus("schemas", asked.file).read_text())["examples"]
    assert accepted(example)
    assert [each for each in neighbours(example) if not agree(each, asked)] == []


@given(st.sampled_from(FILES), st.randoms(use_true_random=False), st.integers(2, 6))
def test_any_steps_from_a_full_document_kind_and_schema_agree(file: str, random: Random, steps: int):
    asked = SCHEMAS[file]
    entity: Any = asked.full
    for _ in range(steps):
        entity = neighbour(entity, random)
    assert agree(entity, asked)


@every_kind
def test_one_step_from_a_full_document_something_is_told_to_be_wrong_exactly_where_it_is_refused(asked):
    for entity in (each for each in neighbours(asked.full) if passes(check_envelope, each)):
        assert bool(violations_of(entity, opted_in=OPTED_IN)) is not passes(kept, entity)


@every_envelope
def test_one_step_from_a_full_envelope_check_and_schema_agree(file, check):
    asked = schema(file)
    assert [each for each in neighbours(asked.full) if passes(check, each) is not asked.accepts(each)] == []


def test_a_kind_that_is_only_a_module_of_backstage_is_known_only_where_it_is_asked_for():
    for kind in (kind for kind in KINDS.values() if kind.opt_in and kind.type is None):
        entity = {"apiVersion": kind.api_versions[0], "kind": kind.name, "metadata": {"name": "x"}, "spec": {}}
        assert (kind_of(entity), kind_of(entity, opted_in={kind.key})) == (None, kind)
