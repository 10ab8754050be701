"""Every endpoint of the API on its path."""

from starlette.routing import BaseRoute

from cuelight.api import (
    changes,
    deletions,
    deliveries,
    entities,
    freshness,
    operations,
    problems,
    refresh,
    repositories,
    runs,
)
from cuelight.api.context import Context
from cuelight.asgi import Endpoint, plugin, resources

CATALOG_ENDPOINTS: tuple[Endpoint[Context], ...] = (*entities.ENDPOINTS, *refresh.CATALOG_ENDPOINTS)
"""Backstage's, under /api/catalog."""

ENDPOINTS: tuple[Endpoint[Context], ...] = (
    *deliveries.ENDPOINTS,
    *changes.ENDPOINTS,
    *problems.ENDPOINTS,
    *deletions.ENDPOINTS,
    *freshness.ENDPOINTS,
    *refresh.ENDPOINTS,
    *repositories.ENDPOINTS,
    *runs.ENDPOINTS,
    *operations.ENDPOINTS,
)
"""Ours, on their full paths."""


def routes(context: Context) -> list[BaseRoute]:
    """The API's routes; no path of theirs is a page's."""
    return [plugin("/api/catalog", CATALOG_ENDPOINTS, context), *resources(ENDPOINTS, context)]


def health_routes(context: Context) -> list[BaseRoute]:
    """Health and metrics alone: what every process answers, whatever its role."""
    return resources(operations.ENDPOINTS, context)
