"""The rules that every entity of a source must keep after pre-processing, in the order that Backstage applies them."""

from typing import Any

from cuelight.model.envelope import entity_shape
from cuelight.model.fields import check_field_formats
from cuelight.model.ref import DEFAULT_NAMESPACE
from cuelight.model.shapes import Fault
from cuelight.model.violation import InvalidEntity, Violation

ROOT_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec"})
"""What a source may say of an entity; `relations` and `status` are outputs."""


def apply_policies(entity: Any) -> dict[str, Any]:
    """Check *entity* and fill in its namespace; the entity to go on with, or `InvalidEntity`.

    Rules: `entity-schema`, then `unknown-root-field` (`relations` and `status` are outputs), then `field-format`.
    The argument is left as it is.
    """
    _check_schema(entity)
    filled = with_namespace(entity)
    _check_root_fields(filled)
    check_field_formats(filled)
    return filled


def with_namespace(entity: dict[str, Any]) -> dict[str, Any]:
    """*entity* itself where it names a namespace, else a copy in `default`, with that key first."""
    if entity["metadata"].get("namespace"):
        return entity
    metadata = {"namespace": DEFAULT_NAMESPACE, **entity["metadata"]}
    return {"metadata": metadata, **{key: value for key, value in entity.items() if key != "metadata"}}


def _check_schema(entity: Any) -> None:
    if fault := entity_shape(entity):
        raise InvalidEntity(malformed(fault))


def malformed(fault: Fault) -> Violation:
    """What Backstage says of a *fault* of the schema that every kind shares; a field too many is where it is."""
    problem, _, name = fault.detail.partition(": ")
    path = (*fault.path, name) if problem == "additionalProperty" else fault.path
    return Violation("entity-schema", path, f"Malformed envelope, {fault.pointer} {fault.message}")


def unknown_field(name: str) -> Violation:
    """What it says of a field that no source may have."""
    return Violation("unknown-root-field", (name,), f"Unknown field {name}")


def _check_root_fields(entity: dict[str, Any]) -> None:
    for field in entity:
        if field not in ROOT_FIELDS:
            raise InvalidEntity(unknown_field(field))
