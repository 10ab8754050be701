"""`fields=` parameters: the parts of an entity that a client asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.errors import InputError

MOST_FIELDS = 1_000
"""Fields that one request may name."""
MOST_DIGITS = 9
"""Of a number that may be a place in a list."""


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


def _path(entity: Mapping[str, Any], parts: list[str]) -> list[str | int]:
    """The keys that lead to the field, each as short as the entity allows; empty where it has no such field."""
    path: list[str | int] = []
    at: Any = entity
    key: str | None = None
    for part in parts:
        key = part if key is None else f"{key}.{part}"
        step = _step(at, key)
        if step is not None:
            at = at[step]
            path.append(step)
            key = None
    return path if key is None else []


def _step(at: Any, key: str) -> str | int | None:
    """What leads from *at* to what *key* names there; None where it names nothing.

    As in Backstage, a list is looked into by number, though nobody may say so with brackets.
    """
    if isinstance(at, list):
        return _index(at, key)
    return key if isinstance(at, Mapping) and key in at else None


def _index(items: Sequence[Any], key: str) -> int | None:
    if not key.isascii() or not key.isdecimal() or len(key) > MOST_DIGITS or (key[0] == "0" and key != "0"):
        return None
    return int(key) if int(key) < len(items) else None


def _copy(path: list[str | int], entity: Mapping[str, Any], output: dict[str, Any]) -> None:
    source: Any = entity
    target: Any = output
    for key in path[:-1]:
        source = source[key]
        target = _inside(target, key, [] if isinstance(source, list) else {})
        if target is source:  # the whole of it was asked for before
            return
    _inside(target, path[-1], None)
    target[path[-1]] = source[path[-1]]


def _inside(target: Any, key: Any, empty: Any) -> Any:
    """What *target* holds under *key*, *empty* where that was nothing; in a list, null stands for what is left out."""
    if not isinstance(target, list):
        return target.setdefault(key, empty)
    target.extend([None] * (key + 1 - len(target)))
    if target[key] is None:
        target[key] = empty
    return target[key]
