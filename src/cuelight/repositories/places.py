"""From an entity to the repository behind it: by the address of the file that it was read from."""

from typing import Any, Final

from cuelight.db import Reading, Row
from cuelight.errors import InputError
from cuelight.model import LocationRef, parse_location_ref
from cuelight.repositories.statements import BY_NAME
from cuelight.scm import Place

MANAGED_BY: Final = "backstage.io/managed-by-location"
_LEFT_OUT: Final = frozenset({"excluded", "gone"})


def location_of(entity: dict[str, Any]) -> LocationRef | None:
    """Where *entity* says that it was read from; None where it says nothing that can be understood."""
    annotations = entity["metadata"].get("annotations")
    text = annotations.get(MANAGED_BY) if isinstance(annotations, dict) else None
    try:
        return parse_location_ref(text) if isinstance(text, str) else None
    except InputError:
        return None


async def repository_at(tx: Reading, place: Place) -> Row | None:
    """The row of `repositories` whose branch *place* names; None where nobody tracks that.

    Of several, one that was read comes first, and last those that the filters leave out or that are gone: what came
    from them may still be there.
    """
    rows = await tx.fetch(BY_NAME, {"host": place.host, "name": place.full_name.lower()})
    return min((row for row in rows if _names(place, row)), key=_rank, default=None)


def _names(place: Place, row: Row) -> bool:
    branch: str | None = row["branch"]
    return branch == place.ref or (place.ref is None and branch in {None, row["default_branch"]})


def _rank(row: Row) -> tuple[bool, bool]:
    return row["status"] in _LEFT_OUT, row["head"] is None
