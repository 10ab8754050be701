"""Search rows: what of an entity can be filtered by, sorted by and counted.

Every leaf of a final entity becomes a row of a dotted, lower-case key and a lower-case value; a list of strings also
becomes a key for each of its strings (`metadata.tags.java` = `true`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from cuelight.model.ref import DEFAULT_NAMESPACE
from cuelight.model.scalars import javascript_text

LONGEST = 200
"""UTF-16 code units of a key, past which the row is left out, and of a value, past which it is null."""

_LEFT_OUT = frozenset(
    {"attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"}
)


class SearchRow(msgspec.Struct, frozen=True):
    """A searchable fact: `value` is lower case and what filters compare, `original_value` is what facets show.

    Both are None where the entity has null there, or a value that is too long: the key then merely exists.
    """

    key: str
    value: str | None
    original_value: str | None


class Collision(msgspec.Struct, frozen=True):
    """Two fields that differ only by case: the rows of `dropped` are left out in favour of `kept`."""

    kept: str
    dropped: str


class SearchRows(msgspec.Struct, frozen=True):
    """The rows of an entity, distinct by key and value, and which fields gave none because of their case."""

    rows: tuple[SearchRow, ...]
    collisions: tuple[Collision, ...] = ()


def flatten(entity: Mapping[str, Any]) -> SearchRows:
    """The search rows of a final entity, in document order."""
    spellings: dict[str, str] = {}
    collisions: dict[Collision, None] = {}
    rows: dict[tuple[str, str | None], SearchRow] = {}
    for path, value in _facts(entity):
        key = path.lower()
        spelling = spellings.setdefault(key, path)
        if spelling != path:
            collisions[Collision(spelling, path)] = None
        elif not _is_long(key):
            original = value if type(value) is str else None if value is None else javascript_text(value)
            lower = None if original is None else original.lower()
            if lower is not None and _is_long(lower):
                original = lower = None
            if (key, lower) not in rows:
                rows[key, lower] = SearchRow(key, lower, original)
    return SearchRows(tuple(rows.values()), tuple(collisions))


def _is_long(text: str) -> bool:
    if len(text) > LONGEST:
        return True
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST


def _facts(entity: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from _leaves(entity)
    metadata = entity.get("metadata")
    fields = metadata if isinstance(metadata, dict) else {}
    for field in ("name", "namespace", "uid"):
        if not isinstance(value := fields.get(field), dict | list):
            yield f"metadata.{field}", value
    if not fields.get("namespace"):
        yield "metadata.namespace", DEFAULT_NAMESPACE
    relations = entity.get("relations")
    for relation in relations if isinstance(relations, list) else ():
        if isinstance(relation, dict) and isinstance(relation.get("targetRef"), str):
            yield f"relations.{relation.get('type')}", relation["targetRef"]


def _leaves(root: Any) -> Iterator[tuple[str, Any]]:
    """Every leaf below *root* with its path, depth first; of a list, each string also as the end of a path."""
    named: set[str] = set()
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed(_fields(path, value))
        elif isinstance(value, list):
            waiting += reversed(_items(path, value, named))
        else:
            yield path, value


def _fields(path: str, value: dict[str, Any]) -> list[tuple[str, Any]]:
    prefix = f"{path}." if path else ""
    below = [(prefix + key, item) for key, item in value.items()]
    return [field for field in below if field[0] not in _LEFT_OUT]


def _items(path: str, values: list[Any], named: set[str]) -> list[tuple[str, Any]]:
    below: list[tuple[str, Any]] = []
    for item in values:
        below.append((path, item))
        if isinstance(item, str) and (name := f"{path}.{item}").lower() not in named:
            named.add(name.lower())
            below.append((name, True))
    return below
