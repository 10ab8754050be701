"""The Location entities that nobody wrote: Backstage's generated ones, so that a client sees what it knows.

A provider adds one for each descriptor that it selects; `catalog.locations` of the configuration adds one for each entry.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from cuelight.catalog.cause import Cause
from cuelight.catalog.connection import Deferred, replace
from cuelight.db import Transaction
from cuelight.model import generated_name

CONFIGURED = "ConfigLocationProvider"
"""The provider of the configuration's locations, as Backstage calls it."""


class StaticLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A location that is always registered: its type (`url`) and its target."""

    type: str
    target: str


def location_entity(
    location: StaticLocation, *, presence: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """The entity for *location*, called *name* where that is not generated from it.

    With *presence* `optional` its file may be missing without that being an error.
    """
    ref = location_key(location)
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {
            "name": name or generated_name(location.type, location.target),
            "annotations": {
                "backstage.io/managed-by-location": ref,
                "backstage.io/managed-by-origin-location": ref,
            },
        },
        "spec": {
            "type": location.type,
            "target": location.target,
            **({"presence": presence} if presence else {}),
        },
    }


def location_ref(location: StaticLocation) -> str:
    """The ref of that entity."""
    return f"location:default/{generated_name(location.type, location.target)}"


def location_key(location: StaticLocation) -> str:
    """What its entity is held under, and what everything below says that it comes from: `url:https://…`."""
    return f"{location.type}:{location.target}"


async def configure(tx: Transaction, locations: Sequence[StaticLocation], cause: Cause) -> None:
    """Have exactly *locations* registered by the configuration; what it had before and has no more goes."""
    entities = [Deferred(entity=location_entity(each), location_key=location_key(each)) for each in locations]
    await replace(tx, CONFIGURED, entities, cause)
