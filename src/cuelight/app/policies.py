"""What each operation is called in `accessRestrictions`: Backstage's names for its catalog, `<plugin>.<access>` for the rest.

Backstage checks these names in its permission framework; here a caller whose restrictions leave an operation out is
refused with 403.
"""

from collections.abc import Mapping
from typing import Final

from cuelight.asgi.access import Operation, Permission, plain_permission

READ: Final = Permission("catalog.entity.read", "read")
DELETE: Final = Permission("catalog.entity.delete", "delete")
REFRESH: Final = Permission("catalog.entity.refresh", "update")
VALIDATE: Final = Permission("catalog.entity.validate")
LOCATION_READ: Final = Permission("catalog.location.read", "read")
LOCATION_CREATE: Final = Permission("catalog.location.create", "create")
LOCATION_DELETE: Final = Permission("catalog.location.delete", "delete")
LOCATION_ANALYZE: Final = Permission("catalog.location.analyze")
UNPROCESSED_READ: Final = Permission("catalog.entities.unprocessed.read", "read")
UNPROCESSED_DELETE: Final = Permission("catalog.entities.unprocessed.delete", "delete")

CATALOG: Final[Mapping[tuple[str, str], Permission]] = {
    ("GET", "/entities"): READ,
    ("GET", "/entities/by-query"): READ,
    ("POST", "/entities/by-query"): READ,
    ("GET", "/entities/by-uid/{uid}"): READ,
    ("DELETE", "/entities/by-uid/{uid}"): DELETE,
    ("GET", "/entities/by-name/{kind}/{namespace}/{name}"): READ,
    ("GET", "/entities/by-name/{kind}/{namespace}/{name}/ancestry"): READ,
    ("POST", "/entities/by-refs"): READ,
    ("GET", "/entity-facets"): READ,
    ("POST", "/entity-facets"): READ,
    ("POST", "/refresh"): REFRESH,
    ("POST", "/validate-entity"): VALIDATE,
    ("GET", "/locations"): LOCATION_READ,
    ("POST", "/locations"): LOCATION_CREATE,
    ("POST", "/locations/by-query"): LOCATION_READ,
    ("GET", "/locations/{id}"): LOCATION_READ,
    ("PUT", "/locations/{id}"): LOCATION_CREATE,
    ("DELETE", "/locations/{id}"): LOCATION_DELETE,
    ("GET", "/locations/by-entity/{kind}/{namespace}/{name}"): LOCATION_READ,
    ("POST", "/analyze-location"): LOCATION_ANALYZE,
    ("GET", "/entities/unprocessed/failed"): UNPROCESSED_READ,
    ("GET", "/entities/unprocessed/pending"): UNPROCESSED_READ,
    ("DELETE", "/entities/unprocessed/delete/{entity_id}"): UNPROCESSED_DELETE,
    ("GET", "/openapi.json"): READ,
    ("GET", "/.well-known/backstage/permissions/metadata"): READ,
    ("POST", "/.well-known/backstage/permissions/apply-conditions"): READ,
}
"""Backstage's names, by method and path below `/api/catalog`."""


def permission_of(operation: Operation) -> Permission:
    """The permission that *operation* needs."""
    if operation.plugin == "catalog":
        return CATALOG.get((operation.method, operation.path)) or plain_permission(operation)
    return plain_permission(operation)
