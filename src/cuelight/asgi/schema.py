"""JSON Schema of declared types, and what of a value breaks it: in the words and in the order of Ajv, Backstage's validator.

A body is decoded straight into its type. Only one that does not fit is looked at here, to say why; so the schema that
the OpenAPI document shows is the one that is held up to the caller.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

Fragment = Mapping[str, Any]
REF: Final = "#/components/schemas/{name}"

_IS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1,
}


class Schema:
    """The schema of a type, with those of the structs in it."""

    def __init__(self, declared: Any) -> None:
        (self.root,), self.components = msgspec.json.schema_components([declared], ref_template=REF)

    @property
    def required(self) -> bool:
        """Whether a value has to have anything in it: an empty object does not fit."""
        return self.flaw({}) is not None

    def flaw(self, value: Any) -> str | None:
        """The first thing that is wrong with *value*: where, and what it must be (`/limit must be number`)."""
        return next(self._flaws(self.root, value, ""), None)

    def resolve(self, fragment: Fragment) -> Fragment:
        """*fragment*, or what it refers to."""
        reference = fragment.get("$ref")
        return fragment if reference is None else self.components[reference.rpartition("/")[2]]

    def _flaws(self, fragment: Fragment, value: Any, path: str) -> Iterator[str]:
        schema = self.resolve(fragment)
        wanted = schema.get("type")
        if wanted is not None and not _IS[wanted](value):
            yield f"{path} must be {wanted}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{path} must be equal to one of the allowed values: {', '.join(map(str, schema['enum']))}"
        elif "anyOf" in schema:
            yield from self._alternatives(schema["anyOf"], value, path)
        elif isinstance(value, dict):
            yield from self._object(schema, value, path)
        elif isinstance(value, list):
            yield from self._array(schema, value, path)
        else:
            yield from _limits(schema, value, path)

    def _alternatives(self, alternatives: list[Fragment], value: Any, path: str) -> Iterator[str]:
        """Where a value or null is wanted, what is wrong with it as a value; else that no alternative fits."""
        if any(next(self._flaws(each, value, path), None) is None for each in alternatives):
            return
        values = [each for each in alternatives if each != {"type": "null"}]
        if len(values) == 1:
            yield from self._flaws(values[0], value, path)
        else:
            yield f"{path} must match a schema in anyOf"

    def _object(self, schema: Fragment, value: Mapping[str, Any], path: str) -> Iterator[str]:
        properties: Mapping[str, Fragment] = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path} must have required property '{name}'"
        others = schema.get("additionalProperties", True)
        if others is False and not value.keys() <= properties.keys():
            yield f"{path} must NOT have additional properties"
        for name, fragment in properties.items():
            if name in value:
                yield from self._flaws(fragment, value[name], f"{path}/{_pointer(name)}")
        for name in value.keys() - properties.keys() if isinstance(others, dict) else ():
            yield from self._flaws(others, value[name], f"{path}/{_pointer(name)}")

    def _array(self, schema: Fragment, value: list[Any], path: str) -> Iterator[str]:
        yield from _sizes(schema, len(value), path, ("minItems", "maxItems", "items"))
        for number, item in enumerate(value):
            yield from self._flaws(schema.get("items", {}), item, f"{path}/{number}")


def _limits(schema: Fragment, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        yield from _sizes(schema, len(value), path, ("minLength", "maxLength", "characters"))
    elif not isinstance(value, bool) and value is not None:
        if value < schema.get("minimum", value):
            yield f"{path} must be >= {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield f"{path} must be <= {schema['maximum']}"


def _sizes(schema: Fragment, size: int, path: str, words: tuple[str, str, str]) -> Iterator[str]:
    least, most, things = words
    if size < schema.get(least, 0):
        yield f"{path} must NOT have fewer than {schema[least]} {things}"
    if size > schema.get(most, size):
        yield f"{path} must NOT have more than {schema[most]} {things}"


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
