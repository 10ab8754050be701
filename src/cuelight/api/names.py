"""What Backstage's OpenAPI document calls its operations: programs that make a client from a document name methods so.

By method and path, below the plugin's prefix.
"""

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("POST", "/refresh"): "RefreshEntity",
    ("GET", "/entities"): "GetEntities",
    ("GET", "/entities/by-uid/{uid}"): "GetEntityByUid",
    ("DELETE", "/entities/by-uid/{uid}"): "DeleteEntityByUid",
    ("GET", "/entities/by-name/{kind}/{namespace}/{name}"): "GetEntityByName",
    ("GET", "/entities/by-name/{kind}/{namespace}/{name}/ancestry"): "GetEntityAncestryByName",
    ("POST", "/entities/by-refs"): "GetEntitiesByRefs",
    ("GET", "/entities/by-query"): "GetEntitiesByQuery",
    ("POST", "/entities/by-query"): "QueryEntitiesByPredicate",
    ("GET", "/entity-facets"): "GetEntityFacets",
    ("POST", "/entity-facets"): "QueryEntityFacetsByPredicate",
    ("POST", "/locations"): "CreateLocation",
    ("GET", "/locations"): "GetLocations",
    ("POST", "/locations/by-query"): "GetLocationsByQuery",
    ("GET", "/locations/{id}"): "GetLocation",
    ("PUT", "/locations/{id}"): "UpdateLocation",
    ("DELETE", "/locations/{id}"): "DeleteLocation",
    ("GET", "/locations/by-entity/{kind}/{namespace}/{name}"): "getLocationByEntity",
    ("POST", "/analyze-location"): "AnalyzeLocation",
    ("POST", "/validate-entity"): "ValidateEntity",
}
