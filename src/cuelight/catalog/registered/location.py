"""What a registered location is, and which may be one."""

import msgspec

from cuelight.catalog.connection import Deferred
from cuelight.catalog.locations import StaticLocation, location_entity, location_key
from cuelight.db import Row
from cuelight.errors import InputError, NotFoundError
from cuelight.model import parse_ref, stringify_location_ref

STORE = "DefaultLocationStore"
"""The provider of registered locations, as Backstage calls it."""
LONGEST = 2_000
"""Bytes of a target: no address is longer, and an index holds it."""


class Registered(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A registered location. `entity_ref` is that of its Location entity, named after the first target that it had."""

    id: str
    type: str
    target: str
    entity_ref: str

    @property
    def location(self) -> StaticLocation:
        """What it names."""
        return StaticLocation(type=self.type, target=self.target)

    def deferred(self) -> Deferred:
        """Its entity, as the store gives it to the catalog."""
        entity = location_entity(self.location, name=parse_ref(self.entity_ref).name)
        return Deferred(entity=entity, location_key=location_key(self.location))


def registered_in(row: Row) -> Registered:
    """The location of a row of `locations`."""
    return Registered(id=row["id"], type=row["type"], target=row["target"], entity_ref=row["entity_ref"])


def checked(location: StaticLocation) -> StaticLocation:
    """*location*, where it may be registered; InputError otherwise. Any text is a target, as long as there is some."""
    if location.type != "url":
        raise InputError('Registered locations must be of an allowed type ["url"]')
    stringify_location_ref(location.type, location.target.strip())
    length = len(location.target.encode(errors="surrogatepass"))
    if length > LONGEST:
        raise InputError(f"the target has {length} bytes, at most {LONGEST} are taken; register what it leads to")
    return location


def unknown(location_id: str) -> NotFoundError:
    """The error for an id that no location has."""
    return NotFoundError(f"Found no location with ID {location_id}")
