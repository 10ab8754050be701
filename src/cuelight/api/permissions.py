"""What Backstage's permission framework asks of a plugin: which permissions it has.

Conditions on them are not taken: who may do what is told by `backend.auth.externalAccess`. So there are no rules.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from cuelight.api.context import Context
from cuelight.asgi import Access, Call, Query, get


class PermissionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A permission; one of type `resource` is about a single entity."""

    type: Literal["basic", "resource"]
    name: str
    attributes: Mapping[str, str]
    resource_type: str | UnsetType = UNSET


class PermissionsAnswer(msgspec.Struct, frozen=True):
    """All permissions of the catalog, and the rules that conditions may be made of."""

    permissions: Sequence[PermissionItem]
    rules: Sequence[Mapping[str, str]]


def _on_entities(name: str, action: str) -> PermissionItem:
    return PermissionItem(
        type="resource", name=f"catalog.entity.{name}", attributes={"action": action}, resource_type="catalog-entity"
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
    return PermissionsAnswer(PERMISSIONS, ())


ENDPOINTS = (permissions,)
