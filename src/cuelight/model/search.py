"""Search rows: what of an entity can be filtered by, sorted by and counted.

Every leaf of a final entity becomes a row of a dotted, lower-case key and a lower-case value; a list of strings also
becomes a key for each of its strings (`metadata.tags.java` = `true`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from cuelight.model.ref import DEFAULT_NAMESPACE
from cuelight.model.scalars import javascript_text

LONGEST = 200
"""UTF-16 code units of a key, past which the row is left out, and of a value, past which it is null."""

_NEVER_LONG = LONGEST // 2
"""Characters that are no more than `LONGEST` code units, whatever they are."""
_LEFT_OUT = frozenset(
    {"attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"}
)


class SearchRow(msgspec.Struct, frozen=True, gc=False):
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
        elif len(key) <= _NEVER_LONG or not _is_long(key):
            original = value if type(value) is str else None if value is None else javascript_text(value)
            lower = None if original is None else original.lower()
            if lower is not None and len(lower) > _NEVER_LONG and _is_long(lower):
                original = lower = None
            if (key, lower) not in rows:
                rows[key, lower] = SearchRow(key, lower, original)
    return SearchRows(tuple(rows.values()), tuple(collisions))


def collisions_of(entity: Mapping[str, Any]) -> Sequence[Collision]:
    """Which fields of *entity* would give no rows because of their case."""
    paths = {path for path, _ in _facts(entity)}
    return () if len({path.lower() for path in paths}) == len(paths) else flatten(entity).collisions


def _is_long(text: str) -> bool:
    if len(text) > LONGEST:
        return True
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST


def _facts(entity: Mapping[str, Any]) -> list[tuple[str, Any]]:
    facts = _leaves(entity)
    metadata = entity.get("metadata")
    fields = metadata if isinstance(metadata, dict) else {}
    for field in ("name", "namespace", "uid"):
        if not isinstance(value := fields.get(field), dict | list):
            facts.append((f"metadata.{field}", value))
    if not fields.get("namespace"):
        facts.append(("metadata.namespace", DEFAULT_NAMESPACE))
    relations = entity.get("relations")
    for relation in relations if isinstance(relations, list) else ():
        if isinstance(relation, dict) and isinstance(relation.get("targetRef"), str):
            facts.append((f"relations.{relation.get('type')}", relation["targetRef"]))
    return facts


def _leaves(root: Any) -> list[tuple[str, Any]]:
    """Every leaf below *root* with its path, depth first; of a list, each string also as the end of a path."""
    leaves: list[tuple[str, Any]] = []
    named: set[str] = set()
    levels: list[Iterator[tuple[str, Any]]] = [iter((("", root),))]
    while levels:
        for path, value in levels[-1]:
            if type(value) is str:  # as most are
                leaves.append((path, value))
            elif isinstance(value, dict):
                levels.append(iter(_fields(path, value)))
                break
            elif isinstance(value, list):
                levels.append(iter(_items(path, value, named)))
                break
            else:
                leaves.append((path, value))
        else:
            levels.pop()
    return leaves


def _fields(path: str, value: dict[str, Any]) -> list[tuple[str, Any]]:
    prefix = f"{path}." if path else ""
    return [(below, item) for key, item in value.items() if (below := prefix + key) not in _LEFT_OUT]


def _items(path: str, values: list[Any], named: set[str]) -> list[tuple[str, Any]]:
    below: list[tuple[str, Any]] = []
    for item in values:
        below.append((path, item))
        if isinstance(item, str) and (name := f"{path}.{item}").lower() not in named:
            named.add(name.lower())
            below.append((name, True))
    return below
