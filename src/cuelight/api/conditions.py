"""Backstage's permission conditions: the rules that they are made of, and what each asks of an entity, as a query.

A permission framework decides that somebody may do something with entities that meet a condition, and asks the plugin
that has them whether a certain one does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.errors import InputError

ENTITY: Final = "catalog-entity"
"""The type of resource that conditions are about."""
_DEEPEST: Final = 16
_SCHEMA: Final = "http://json-schema.org/draft-07/schema#"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on one field of an entity.

    Where `value` describes a parameter, `parameter` is the last part of `field`, which is to be there, and with a value to
    have that. Where it is None, `parameter` lists values, one of which `field` is to have.
    """

    name: str
    description: str
    field: str
    parameter: str
    meaning: str
    value: str | None = None

    @property
    def schema(self) -> Mapping[str, Any]:
        """What the parameters look like, as JSON Schema."""
        text = {"type": "string"}
        shape = {"type": "array", "items": text} if self.value is None else text
        properties: dict[str, Any] = {self.parameter: {**shape, "description": self.meaning}}
        if self.value is not None:
            properties["value"] = {**text, "description": self.value}
        return {
            "type": "object",
            "properties": properties,
            "required": [self.parameter],
            "additionalProperties": False,
            "$schema": _SCHEMA,
        }

    def query(self, parameters: Any) -> Mapping[str, Any]:
        """What the rule asks with these *parameters*; InputError where they are none of its."""
        given = parameters if isinstance(parameters, Mapping) else {}
        chosen = given.get(self.parameter)
        if self.value is None:
            if not _is_texts(chosen):
                raise self._invalid("a list of texts")
            return {self.field: {"$in": chosen}}
        value = given.get("value", "")
        if not isinstance(chosen, str) or not isinstance(value, str):
            raise self._invalid("a text, and so is value")
        return {f"{self.field}.{chosen}": value if "value" in given else {"$exists": True}}

    def _invalid(self, wanted: str) -> InputError:
        return InputError(f"Parameters to rule are invalid: of {self.name}, {self.parameter} is {wanted}")


RULES: Final = (
    Rule(
        name="HAS_ANNOTATION",
        description="Allow entities with the specified annotation",
        field="metadata.annotations",
        parameter="annotation",
        meaning="Name of the annotation to match on",
        value="Value of the annotation to match on",
    ),
    Rule(
        name="HAS_LABEL",
        description="Allow entities with the specified label",
        field="metadata.labels",
        parameter="label",
        meaning="Name of the label to match on",
        value="Value of the label to match on",
    ),
    Rule(
        name="HAS_METADATA",
        description="Allow entities with the specified metadata subfield",
        field="metadata",
        parameter="key",
        meaning="Property within the entities metadata to match on",
        value="Value of the given property to match on",
    ),
    Rule(
        name="HAS_SPEC",
        description="Allow entities with the specified spec subfield",
        field="spec",
        parameter="key",
        meaning="Property within the entities spec to match on",
        value="Value of the given property to match on",
    ),
    Rule(
        name="IS_ENTITY_KIND",
        description="Allow entities matching a specified kind",
        field="kind",
        parameter="kinds",
        meaning="List of kinds to match at least one of",
    ),
    Rule(
        name="IS_ENTITY_OWNER",
        description="Allow entities owned by a specified claim",
        field="relations.ownedBy",
        parameter="claims",
        meaning="List of claims to match at least one on within ownedBy",
    ),
)
_RULES: Final = {rule.name: rule for rule in RULES}


def query_of(conditions: Any, *, levels: int = _DEEPEST) -> Mapping[str, Any]:
    """*conditions* as a query of the API; InputError where they are none, or nested more than *levels* deep."""
    if not isinstance(conditions, Mapping) or not levels:
        raise InputError(f"conditions are an object with anyOf, allOf, not or rule, at most {_DEEPEST} in each other")
    for word, ours in (("anyOf", "$any"), ("allOf", "$all")):
        if word in conditions:
            return {ours: [query_of(each, levels=levels - 1) for each in _several(conditions[word], word)]}
    if "not" in conditions:
        return {"$not": query_of(conditions["not"], levels=levels - 1)}
    rule = _RULES.get(str(conditions.get("rule")))
    if rule is None:
        raise InputError(f"Unexpected permission rule: {conditions.get('rule')}; known: {', '.join(_RULES)}")
    return rule.query(conditions.get("params"))


def _several(value: Any, word: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise InputError(f"{word} lists conditions, at least one")
    return value


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
