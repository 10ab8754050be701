"""What makes a JSON value an entity at all: its envelope, and the schema that every kind shares.

The envelope is what must hold before anything is done with a value (it can be named); the schema is what must hold
after pre-processing, whatever the kind. Both stop at the first fault, in Backstage's words.
"""

from typing import Any

from cuelight.model.shapes import (
    Fault,
    array_of,
    map_of,
    matching,
    one_of,
    record,
    string,
    text,
)
from cuelight.model.violation import InvalidEntity, Violation

_envelope = record(
    {
        "apiVersion": text,
        "kind": text,
        "metadata": record({"name": text, "namespace": text}, required=("name",)),
    },
    required=("apiVersion", "kind", "metadata"),
)

_metadata = record(
    {
        **dict.fromkeys(("uid", "etag", "name", "namespace", "title"), text),
        "description": string,
        "labels": map_of(string),
        "annotations": map_of(string),
        "tags": array_of(text),
        "links": array_of(record(dict.fromkeys(("url", "title", "icon", "type"), text), required=("url",))),
    },
    required=("name",),
)

_relation = record(
    {
        "type": matching(r"^\w+$"),
        "target": record(
            dict.fromkeys(("kind", "namespace", "name"), text), required=("kind", "namespace", "name"), closed=True
        ),
        "targetRef": text,
    },
    required=("type", "targetRef"),
    closed=True,
)

_status_item = record(
    {
        "type": text,
        "level": one_of("info", "warning", "error"),
        "message": string,
        "error": record(
            {"name": text, "message": string, "code": string, "stack": string}, required=("name", "message")
        ),
    },
    required=("type", "level", "message"),
)

entity_shape = record(
    {
        "apiVersion": text,
        "kind": text,
        "metadata": _metadata,
        "spec": record({}),
        "relations": array_of(_relation),
        "status": record({"items": array_of(_status_item)}),
    },
    required=("apiVersion", "kind", "metadata"),
    closed=True,
)
"""The schema that entities of every kind share."""


def check_envelope(value: Any) -> None:
    """Raise `InvalidEntity` (rule `envelope`) unless *value* has an apiVersion, a kind and a metadata.name."""
    if fault := _envelope(value):
        raise _invalid("envelope", fault)


def check_entity(value: Any) -> None:
    """Raise `InvalidEntity` (rule `entity-schema`) unless *value* fits the schema that every kind shares."""
    if fault := entity_shape(value):
        raise _invalid("entity-schema", fault)


def _invalid(rule: str, fault: Fault) -> InvalidEntity:
    return InvalidEntity(Violation(rule, fault.path, str(fault), "TypeError"))
