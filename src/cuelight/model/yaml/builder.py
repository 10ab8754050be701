"""From libyaml's events to JSON values, one document after the other, without recursion.

Values are built as events come, so every limit is checked before what would pass it exists. An alias is a copy of
what it stands for (values are changed independently later), and each copied node counts.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import yaml

from cuelight.model.scalars import javascript_text, jsonable, resolve, resolve_tagged
from cuelight.model.yaml.problem import Limits, Position, Problem, Unreadable
from cuelight.model.yaml.stream import RESTORE, position

_RESTORED = frozenset(map(chr, RESTORE))


class Root(msgspec.Struct, frozen=True):
    """A document's value as JSON, and where it begins; `problem` where two of its keys are equal."""

    index: int
    at: Position
    value: Any
    problem: Problem | None


class _Array:
    __slots__ = ("anchor", "value")

    def __init__(self, anchor: str | None = None) -> None:
        self.value: list[Any] = []
        self.anchor = anchor

    def add(self, value: Any) -> None:
        """Take the next item."""
        self.value.append(jsonable(value))


class _Object:
    __slots__ = ("anchor", "key", "value")

    def __init__(self, anchor: str | None = None) -> None:
        self.value: dict[str, Any] = {}
        self.anchor = anchor
        self.key: str | None = None

    def add(self, value: Any) -> str | None:
        """Take the next key or value; the key, where there is an equal one already."""
        if self.key is not None:
            self.value[self.key] = jsonable(value)
            self.key = None
            return None
        self.key = key = value if type(value) is str else key_text(value)
        return key if key in self.value else None


class Builder:
    """Builds one text's documents. `index` is that of the document being read, from 0."""

    def __init__(self, limits: Limits) -> None:
        self.index = -1
        self._limits = limits
        self._nodes = 0
        self._characters = 0
        self._begin: Position | None = None
        self._problem: Problem | None = None
        self._anchors: dict[str, Any] = {}
        self._root = _Array()
        self._stack: list[_Array | _Object] = []
        self._handlers: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._document_start,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._sequence_start,
            yaml.MappingStartEvent: self._mapping_start,
            yaml.SequenceEndEvent: self._collection_end,
            yaml.MappingEndEvent: self._collection_end,
        }

    def roots(self, events: Iterable[yaml.Event]) -> Iterator[Root]:
        """Each document's value; `Unreadable` past a limit and at an alias without its anchor."""
        handlers = self._handlers
        for event in events:
            if handler := handlers.get(type(event)):
                handler(event)
            elif type(event) is yaml.DocumentEndEvent:
                yield Root(self.index, self._begin or Position(1, 1), self._root.value[0], self._problem)

    def _document_start(self, event: yaml.DocumentStartEvent) -> None:
        self.index += 1
        if self.index >= self._limits.documents:
            raise self._past("documents", self._limits.documents, event)
        self._begin = self._problem = None
        self._anchors = {}
        self._root = _Array()
        self._stack = [self._root]

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        text = event.value
        if not _RESTORED.isdisjoint(text):
            text = text.translate(RESTORE)
        if event.tag is not None:
            value = resolve_tagged(event.tag, text)
        else:
            value = resolve(text) if event.implicit[0] else text
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        self._count(event)
        self._add(value, event)

    def _sequence_start(self, event: yaml.SequenceStartEvent) -> None:
        self._open(_Array(event.anchor), event)

    def _mapping_start(self, event: yaml.MappingStartEvent) -> None:
        self._open(_Object(event.anchor), event)

    def _open(self, frame: _Array | _Object, event: yaml.Event) -> None:
        self._count(event)
        self._anchors.pop(frame.anchor or "", None)  # an alias within what it names would have no end
        self._stack.append(frame)

    def _collection_end(self, event: yaml.Event) -> None:
        frame = self._stack.pop()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = frame.value
        self._add(frame.value, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            message = f"Unresolved alias (the anchor must be set before the alias): {event.anchor}"
            raise Unreadable(Problem("yaml-syntax", message, *position(event)))
        self._add(self._copy(self._anchors[event.anchor], event, 0), event)

    def _copy(self, value: Any, event: yaml.Event, depth: int) -> Any:
        self._count(event, depth)
        if isinstance(value, dict):
            self._expand(sum(map(len, value)), event)
            return {key: self._copy(item, event, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(item, event, depth + 1) for item in value]
        self._expand(len(value) if isinstance(value, str) else 1, event)
        return value

    def _add(self, value: Any, event: yaml.Event) -> None:
        duplicate = self._stack[-1].add(value)
        if duplicate is not None and self._problem is None:
            message = f"Map keys must be unique; {duplicate!r} is here a second time"
            self._problem = Problem("yaml-duplicate-key", message, *position(event))

    def _count(self, event: yaml.Event, depth: int = 0) -> None:
        self._nodes += 1
        if self._begin is None:
            self._begin = position(event)
        if self._nodes > self._limits.nodes:
            raise self._past("values (aliases written out)", self._limits.nodes, event)
        if len(self._stack) + depth > self._limits.depth:
            raise self._past("levels of nesting", self._limits.depth, event)

    def _expand(self, characters: int, event: yaml.Event) -> None:
        self._characters += characters
        if self._characters > self._limits.characters:
            raise self._past("characters once its aliases are written out", self._limits.characters, event)

    def _past(self, what: str, limit: int, event: yaml.Event) -> Unreadable:
        message = f"the file has more than {limit} {what}; split or simplify it"
        return Unreadable(Problem("yaml-limit", message, *position(event)))


def key_text(value: Any) -> str:
    """The object key that JavaScript makes of a YAML key; of a collection, as `{{ name }}` has one, its flow form."""
    return "" if value is None else _flow(value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        items = [key if item is None else f"{key}: {_flow(item)}" for key, item in value.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if isinstance(value, list):
        return f"[ {', '.join(map(_flow, value))} ]" if value else "[]"
    return javascript_text(value)
