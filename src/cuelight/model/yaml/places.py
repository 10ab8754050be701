"""The place of a field in its descriptor, looked up only once something is wrong with it."""

from collections.abc import Iterator, Sequence

import yaml

from cuelight.model.scalars import resolve, resolve_tagged
from cuelight.model.yaml.builder import key_text
from cuelight.model.yaml.problem import DEFAULT_LIMITS, Position, Unreadable
from cuelight.model.yaml.stream import RESTORE, attempts, events, mend, position, prepare

_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def locate(text: bytes | str, document: int, path: Sequence[str | int]) -> Position:
    """Where the field at *path* is in document *document* (from 0) of *text*; where it is missing, its nearest parent.

    A field's place is its key's, an item's its own; line 1, column 1 where the text has no such document.
    """
    nodes = _events_of(text, document)
    if not nodes:
        return Position(1, 1)
    index, found = 0, position(nodes[0])
    for part in path:
        index = _followed(nodes, index)
        child = _child(nodes, index, part)
        if child is None:
            break
        found = position(nodes[child])
        index = _end(nodes, child) if isinstance(nodes[index], yaml.MappingStartEvent) else child
    return found


def _events_of(text: bytes | str, document: int) -> list[yaml.Event]:
    """The events within one document, as far as it can be read."""
    found: list[yaml.Event] = []
    try:
        readable = prepare(text, DEFAULT_LIMITS)
    except Unreadable:
        return found
    for _ in range(attempts(readable, DEFAULT_LIMITS)):
        found = []
        try:
            found.extend(_within(readable, document))
        except Unreadable as error:
            mended = mend(readable, error.problem)
        else:
            break
        if mended is None:
            break
        readable = mended
    return found


def _within(text: str, document: int) -> Iterator[yaml.Event]:
    index = -1
    for event in events(text):
        if isinstance(event, yaml.DocumentStartEvent):
            index += 1
        elif index == document:
            if isinstance(event, yaml.DocumentEndEvent):
                return
            yield event


def _child(nodes: list[yaml.Event], index: int, part: str | int) -> int | None:
    """The index of the key *part*, or of item *part*, of the collection that begins at *index*."""
    if isinstance(nodes[index], yaml.MappingStartEvent):
        return next((key for key in _children(nodes, index)[::2] if _key(nodes[key]) == part), None)
    if isinstance(nodes[index], yaml.SequenceStartEvent) and isinstance(part, int):
        return next(iter(_children(nodes, index)[part : part + 1]), None)
    return None


def _children(nodes: list[yaml.Event], index: int) -> list[int]:
    """Where each child of the collection at *index* begins: of a mapping, keys and values in turn."""
    starts: list[int] = []
    at = index + 1
    while at < len(nodes) and not isinstance(nodes[at], _CLOSING):
        starts.append(at)
        at = _end(nodes, at)
    return starts


def _end(nodes: list[yaml.Event], index: int) -> int:
    """The index just past the node that begins at *index*."""
    depth = 0
    for at in range(index, len(nodes)):
        depth += isinstance(nodes[at], _OPENING) - isinstance(nodes[at], _CLOSING)
        if depth == 0:
            return at + 1
    return len(nodes) - 1


def _followed(nodes: list[yaml.Event], index: int) -> int:
    """*index*, or where what the alias there stands for begins."""
    event = nodes[index]
    if not isinstance(event, yaml.AliasEvent):
        return index
    anchored = (at for at in range(index - 1, -1, -1) if getattr(nodes[at], "anchor", None) == event.anchor)
    return next((at for at in anchored if not isinstance(nodes[at], yaml.AliasEvent)), index)


def _key(event: yaml.Event) -> str | None:
    if not isinstance(event, yaml.ScalarEvent):
        return None
    text = event.value.translate(RESTORE)
    if event.tag is not None:
        return key_text(resolve_tagged(event.tag, text))
    return key_text(resolve(text)) if event.implicit[0] else text
