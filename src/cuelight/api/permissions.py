"""What Backstage's permission framework asks of a plugin: which permissions it has, and which entities meet a condition.

Here who may do what is told by `backend.auth.externalAccess`, and nobody else is asked; but others may ask.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from cuelight.api.conditions import ENTITY, RULES, query_of
from cuelight.api.context import Context
from cuelight.asgi import Access, Call, Query, get, post
from cuelight.catalog.queries import entities_by_refs
from cuelight.errors import InputError
from cuelight.model import parse_query


class PermissionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A permission; one of type `resource` is about a single entity."""

    type: Literal["basic", "resource"]
    name: str
    attributes: Mapping[str, str]
    resource_type: str | UnsetType = UNSET


class RuleItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A rule, and what its parameters look like, as JSON Schema."""

    name: str
    description: str
    resource_type: str
    params_schema: Mapping[str, Any]


class PermissionsAnswer(msgspec.Struct, frozen=True):
    """All permissions of the catalog, and the rules that conditions may be made of."""

    permissions: Sequence[PermissionItem]
    rules: Sequence[RuleItem]


class ConditionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A question: does the entity with this ref meet these conditions (`allOf`, `anyOf`, `not`, or a `rule` with `params`)?"""

    id: str
    resource_ref: str
    resource_type: str
    conditions: dict[str, Any]


class ConditionsBody(msgspec.Struct, frozen=True):
    """Several questions."""

    items: Annotated[tuple[ConditionItem, ...], msgspec.Meta(max_length=1000)]


class Decision(msgspec.Struct, frozen=True):
    """The answer to the question with this id."""

    id: str
    result: Literal["ALLOW", "DENY"]


class Decisions(msgspec.Struct, frozen=True):
    """An answer to each question, in their order."""

    items: Sequence[Decision]


def _on_entities(name: str, action: str) -> PermissionItem:
    return PermissionItem(
        type="resource", name=f"catalog.entity.{name}", attributes={"action": action}, resource_type=ENTITY
    )


def _in_general(name: str, action: str | None = None) -> PermissionItem:
    return PermissionItem(type="basic", name=name, attributes={} if action is None else {"action": action})


PERMISSIONS = (
    _on_entities("read", "read"),
    _in_general("catalog.entity.create", "create"),
    _on_entities("delete", "delete"),
    _on_entities("refresh", "update"),
    _in_general("catalog.entity.validate"),
    _in_general("catalog.location.read", "read"),
    _in_general("catalog.location.create", "create"),
    _in_general("catalog.location.delete", "delete"),
    _in_general("catalog.location.analyze"),
    _in_general("catalog.entities.unprocessed.read", "read"),
    _in_general("catalog.entities.unprocessed.delete", "delete"),
)


@get("/.well-known/backstage/permissions/metadata", Query, access=Access.READ)
async def permissions(context: Context, call: Call[Query, None]) -> PermissionsAnswer:  # noqa: ARG001 -- an endpoint's signature
    """The permissions of the catalog."""
    rules = [
        RuleItem(name=rule.name, description=rule.description, resource_type=ENTITY, params_schema=rule.schema)
        for rule in RULES
    ]
    return PermissionsAnswer(PERMISSIONS, rules)


@post("/.well-known/backstage/permissions/apply-conditions", Query, ConditionsBody, access=Access.READ)
async def apply_conditions(context: Context, call: Call[Query, ConditionsBody]) -> Decisions:
    """Say of entities whether they meet conditions; one that there is not meets none."""
    items = call.body.items
    others = [item.resource_type for item in items if item.resource_type != ENTITY]
    if others:
        raise InputError(f"Unexpected resource types: {', '.join(others)}.")
    together: dict[bytes, list[ConditionItem]] = {}
    for item in items:
        together.setdefault(msgspec.json.encode(item.conditions), []).append(item)
    met: set[int] = set()
    for alike in together.values():
        met |= await _met(context, alike)
    return Decisions([Decision(item.id, "ALLOW" if id(item) in met else "DENY") for item in items])


ENDPOINTS = (permissions, apply_conditions)


async def _met(context: Context, alike: Sequence[ConditionItem]) -> set[int]:
    """Which of *alike*, that have the same conditions, are met; by identity, since ids may come twice."""
    query = parse_query(query_of(alike[0].conditions))
    found = await entities_by_refs(context.db, [item.resource_ref for item in alike], query=query)
    return {id(item) for item, entity in zip(alike, found, strict=True) if entity is not None}
