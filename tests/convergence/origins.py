"""A file that several Locations name came into the catalog by one of them; which one is left to history, as for any contested ref."""

from collections.abc import Mapping
from typing import Any, Final

from cuelight.repositories import Registry
from cuelight.scm import Globs, Place

Entity = Mapping[str, Any]
ORIGIN: Final = "backstage.io/managed-by-origin-location"
MANAGED_BY: Final = "backstage.io/managed-by-location"


class Origins:
    """The ways that lead to each file in a catalog of *entities*."""

    def __init__(self, entities: Mapping[str, Entity], registry: Registry) -> None:
        self._registry = registry
        self._locations = [entity for entity in entities.values() if entity["kind"] == "Location"]

    def like(self, entity: Entity, other: Entity | None) -> Entity:
        """*entity* with the origin of *other*, where that is another way to the same file."""
        if other is None or _note(entity, MANAGED_BY) != _note(other, MANAGED_BY):
            return entity
        if _note(other, ORIGIN) not in self._ways(_note(entity, MANAGED_BY)):
            return entity
        notes = {**entity["metadata"]["annotations"], ORIGIN: _note(other, ORIGIN)}
        return {**entity, "metadata": {**entity["metadata"], "annotations": notes}}

    def _ways(self, managed_by: str) -> set[str]:
        """The origins of all Locations that name the file at *managed_by*."""
        file = self._registry.place(managed_by.removeprefix("url:"))
        return {_note(each, ORIGIN) for each in self._locations for place in self._named(each) if _means(place, file)}

    def _named(self, location: Entity) -> list[Place | None]:
        spec, base = location["spec"], _note(location, MANAGED_BY).removeprefix("url:")
        targets = [*spec.get("targets", ()), *([spec["target"]] if "target" in spec else [])]
        return [self._registry.place(self._registry.resolve(target, base)) for target in targets]


def _note(entity: Entity, name: str) -> str:
    return str(entity["metadata"]["annotations"][name])


def _means(place: Place | None, file: Place | None) -> bool:
    """Whether *place*, whose path may hold globs, is where *file* is."""
    if place is None or file is None:
        return False
    same = (place.host, place.full_name.lower(), place.ref) == (file.host, file.full_name.lower(), file.ref)
    return same and Globs((place.path,)).matches(file.path)
