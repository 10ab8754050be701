"""The API: Backstage's catalog API, our own beside it, and what operators ask for. One file per resource.

What passes through: a `Call` becomes a question to the rooms below, and their rows become what goes on the wire:
instants as ISO 8601, names in camel case, lists as `{"items": […], "nextCursor": …}`. `routes(context)` is all that
`app` needs; a process that serves no API still answers `health_routes(context)`.
"""

from cuelight.api.context import Context
from cuelight.api.routing import CATALOG_ENDPOINTS, ENDPOINTS, health_routes, routes

__all__ = ["CATALOG_ENDPOINTS", "ENDPOINTS", "Context", "health_routes", "routes"]
