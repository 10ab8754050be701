"""Registered locations: what somebody asked the catalog to hold, over the API.

What passes through: a location becomes a row and, in the same transaction, an entity of the provider that Backstage
calls `DefaultLocationStore`; processing does the rest. So there is never one without the other, whatever dies when.
Unregistering takes everything that lived by it at once: a person asked for that, so no brake stops it.
"""

from cuelight.catalog.registered.asking import LocationPage, LocationQuery, query_locations
from cuelight.catalog.registered.conduct import OnConflict, Registering
from cuelight.catalog.registered.location import LONGEST, STORE, Registered, checked
from cuelight.catalog.registered.reading import all_locations, find_location, is_registered, location_above
from cuelight.catalog.registered.writing import move, register, unregister

__all__ = [
    "LONGEST",
    "STORE",
    "LocationPage",
    "LocationQuery",
    "OnConflict",
    "Registered",
    "Registering",
    "all_locations",
    "checked",
    "find_location",
    "is_registered",
    "location_above",
    "move",
    "query_locations",
    "register",
    "unregister",
]
