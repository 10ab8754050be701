"""Backstage's JSON schemas of entities, each whole, and documents that are near to what they accept."""

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import jsonschema_rs

from cuelight.model import replaced
from tests.corpus import corpus

Way = Sequence[str | int]

ODD: Sequence[Any] = (
    None,
    True,
    0,
    1.5,
    "",
    "x",
    "backstage.io/v1alpha1",
    [],
    ["x"],
    [""],
    [1],
    {},
    {"x": 1},
    {"x": ""},
)
"""Values of every type, which are wrong somewhere."""


class Schema(NamedTuple):
    """A schema that says all of an entity: its file's name, a document that has every field, and what it takes."""

    file: str
    full: dict[str, Any]
    validator: jsonschema_rs.Draft7Validator

    def accepts(self, entity: Any) -> bool:
        """Whether *entity* is as the schema asks."""
        return self.validator.is_valid(entity)


def schema(file: str) -> Schema:
    """The schema in *file*, with all that it refers to in its place."""
    whole = _whole(json.loads(corpus("schemas", file).read_text()))
    return Schema(file, sample(whole), jsonschema_rs.Draft7Validator(whole))


def kinds() -> list[str]:
    """The files of the schemas of kinds."""
    return sorted(file.name for file in corpus("schemas").glob("*.v1alpha1*.schema.json"))


def sample(whole: Mapping[str, Any]) -> Any:
    """A value that has every field of *whole*."""
    if "allOf" in whole:
        merged: dict[str, Any] = {}
        for part in whole["allOf"]:
            merged |= {key: _joined(merged.get(key), value) for key, value in sample(part).items()}
        return merged
    if "const" in whole or "enum" in whole:
        return whole.get("const", whole.get("enum", [None])[0])
    match whole.get("type"):
        case "object":
            return {name: sample(field) for name, field in whole.get("properties", {}).items()}
        case "array":
            return [sample(whole["items"])]
        case _:
            return "x"


def neighbours(value: Any) -> Iterator[Any]:
    """*value* with one thing changed: a field taken away, added, or of another value, wherever it is."""
    for way, item in _places(value):
        yield from (replaced(value, way, other) for other in _others(item))


def neighbour(value: Any, random: Random) -> Any:
    """One of these, at random."""
    way, item = random.choice(list(_places(value)))
    return replaced(value, way, random.choice(list(_others(item))))


def _others(item: Any) -> Iterator[Any]:
    yield from ODD
    if isinstance(item, dict):
        yield {**item, "foreign": 1}
        yield from ({key: each for key, each in item.items() if key != name} for name in item)
    if isinstance(item, list):
        yield from ([*item, odd] for odd in ODD)
    if isinstance(item, str):
        yield from (item * 500, item * 500 + "x")


def _places(value: Any) -> Iterator[tuple[Way, Any]]:
    yield (), value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from (((key, *way), item) for way, item in _places(child))


def _joined(first: Any, second: Any) -> Any:
    return {**first, **second} if isinstance(first, dict) and isinstance(second, dict) else second


def _whole(part: Any) -> Any:
    """*part* without names, and with what it refers to written out."""
    if isinstance(part, list):
        return [_whole(item) for item in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("$ref"), str):
        return _whole(_named(part["$ref"]))
    return {key: _whole(item) for key, item in part.items() if key not in {"$id", "$schema", "examples", "definitions"}}


def _named(reference: str) -> Any:
    file, _, name = reference.partition("#")
    found = json.loads(corpus("schemas", f"{file or 'common'}.schema.json").read_text())
    return found["definitions"][name] if name else found
