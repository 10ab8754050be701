"""`fields=` parameters: the parts of an entity that a client asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.errors import InputError

MOST_FIELDS = 1_000
"""Fields that one request may name."""


class Projection(msgspec.Struct, frozen=True):
    """Dotted fields, of which a key with dots in it may be a part (`metadata.annotations.backstage.io/orphan`)."""

    fields: tuple[str, ...]

    def of(self, entity: Mapping[str, Any]) -> dict[str, Any]:
        """A new object with the fields that *entity* has; values are shared with it, and are not to be changed."""
        output: dict[str, Any] = {}
        for field in self.fields:
            if path := _path(entity, field.split(".")):
                _copy(path, entity, output)
        return output


def parse_fields(parameters: Sequence[str] = (), *, exact: Sequence[str] = ()) -> Projection | None:
    """Read `fields` parameters (comma-separated) and fields of a body (*exact*); None where they name no field.

    InputError for a field that looks into an array, and for more than `MOST_FIELDS`.
    """
    written = [*exact, *(field for parameter in parameters for field in parameter.split(","))]
    fields = tuple(dict.fromkeys(stripped for field in written if (stripped := field.strip())))
    if len(fields) > MOST_FIELDS:
        raise InputError(f"Invalid fields, more than {MOST_FIELDS} of them; ask for their parents")
    for field in fields:
        if "[" in field:
            raise InputError(f'Invalid field "{field}", array type fields are not supported')
    return Projection(fields) if fields else None


def _path(entity: Mapping[str, Any], parts: list[str]) -> list[str]:
    """The keys that lead to the field, each as short as the entity allows; empty where it has no such field."""
    path: list[str] = []
    at: Any = entity
    key: str | None = None
    for part in parts:
        key = part if key is None else f"{key}.{part}"
        if isinstance(at, Mapping) and key in at:
            at = at[key]
            path.append(key)
            key = None
    return path if key is None else []


def _copy(path: list[str], entity: Mapping[str, Any], output: dict[str, Any]) -> None:
    source: Any = entity
    for key in path[:-1]:
        source = source[key]
        output = output.setdefault(key, {})
        if output is source:  # the whole of it was asked for before
            return
    output[path[-1]] = source[path[-1]]
