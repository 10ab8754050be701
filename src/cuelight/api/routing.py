"""Every endpoint of the API on its path."""

from starlette.routing import BaseRoute

from cuelight.api import (
    analyze,
    ancestry,
    changes,
    conflicts,
    deletions,
    deliveries,
    entities,
    entity,
    facets,
    freshness,
    locations,
    operations,
    permissions,
    problems,
    queries,
    refresh,
    refs,
    repositories,
    runs,
    stream,
    unprocessed,
    validation,
)
from cuelight.api.context import Context
from cuelight.api.documents import document_endpoint
from cuelight.api.names import NAMES
from cuelight.asgi import Endpoint, plugin, resources
from cuelight.asgi.openapi import Group

CATALOG = "/api/catalog"

CATALOG_ENDPOINTS: tuple[Endpoint[Context], ...] = (
    *entity.ENDPOINTS,
    *entities.ENDPOINTS,
    *queries.ENDPOINTS,
    *refs.ENDPOINTS,
    *facets.ENDPOINTS,
    *ancestry.ENDPOINTS,
    *refresh.CATALOG_ENDPOINTS,
    *locations.ENDPOINTS,
    *analyze.ENDPOINTS,
    *validation.ENDPOINTS,
    *unprocessed.ENDPOINTS,
    *permissions.ENDPOINTS,
    document_endpoint("catalog", lambda: [catalog_group()]),
)
"""Backstage's, under /api/catalog."""

ENDPOINTS: tuple[Endpoint[Context], ...] = (
    *deliveries.ENDPOINTS,
    *changes.ENDPOINTS,
    *stream.ENDPOINTS,
    *conflicts.ENDPOINTS,
    *problems.ENDPOINTS,
    *deletions.ENDPOINTS,
    *freshness.ENDPOINTS,
    *refresh.ENDPOINTS,
    *repositories.ENDPOINTS,
    *runs.ENDPOINTS,
    *operations.ENDPOINTS,
    document_endpoint("Cuelight", lambda: [catalog_group(), Group(endpoints=ENDPOINTS)]),
)
"""Ours, on their full paths."""


def catalog_group() -> Group:
    """Backstage's operations, as a document has them."""
    return Group(prefix=CATALOG, endpoints=CATALOG_ENDPOINTS, names=NAMES)


def routes(context: Context) -> list[BaseRoute]:
    """The API's routes; no path of theirs is a page's."""
    return [plugin(CATALOG, CATALOG_ENDPOINTS, context), *resources(ENDPOINTS, context)]


def health_routes(context: Context) -> list[BaseRoute]:
    """Health and metrics alone: what every process answers, whatever its role."""
    return resources(operations.ENDPOINTS, context)
