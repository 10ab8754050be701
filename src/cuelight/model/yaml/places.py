"""The place of a field in its descriptor, looked up only once something is wrong with it."""

from collections.abc import Iterator, Sequence

import msgspec
import yaml

from cuelight.model.scalars import resolve, resolve_tagged
from cuelight.model.yaml.builder import key_text
from cuelight.model.yaml.problem import DEFAULT_LIMITS, Position, Unreadable
from cuelight.model.yaml.stream import RESTORE, attempts, below, events, mend, position, prepare

_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_FORMS = {yaml.MappingStartEvent: "mapping", yaml.SequenceStartEvent: "sequence", yaml.AliasEvent: "alias"}


class _Node(msgspec.Struct, gc=False):
    """A value or key as far as its place needs it: `end` is the index of what comes after all that is in it."""

    form: str
    at: Position
    end: int
    anchor: str | None
    key: str | None = None


class Places:
    """Where the fields of document *document* (from 0) of *text* are; read once, asked as often as needed.

    Lines before *line* are passed over, and with them the documents that begin there.
    """

    def __init__(self, text: bytes | str, document: int, *, line: int = 1) -> None:
        self._before = line - 1
        self._nodes = _nodes_of(text, document, line)

    def of(self, path: Sequence[str | int]) -> Position:
        """Where the field at *path* is; where it is missing, its nearest parent.

        A field's place is its key's, an item's its own; line 1, column 1 where the text has no such document.
        """
        if not self._nodes:
            return Position(self._before + 1, 1)
        index, found = 0, self._nodes[0].at
        for part in path:
            index = self._followed(index)
            child = self._child(index, part) if index < len(self._nodes) else None
            if child is None:
                break
            found = self._nodes[child].at
            index = self._nodes[child].end if self._nodes[index].form == "mapping" else child
        return Position(self._before + found.line, found.column)

    def _child(self, index: int, part: str | int) -> int | None:
        """The index of the key *part*, or of item *part*, of the collection at *index*."""
        form = self._nodes[index].form
        if form == "mapping":
            keys = (child for number, child in enumerate(self._children(index)) if number % 2 == 0)
            return next((child for child in keys if self._nodes[child].key == part), None)
        if form == "sequence" and isinstance(part, int):
            return next((child for number, child in enumerate(self._children(index)) if number == part), None)
        return None

    def _children(self, index: int) -> Iterator[int]:
        """Where each child of the collection at *index* begins: of a mapping, keys and values in turn."""
        at, end = index + 1, self._nodes[index].end
        while at < end:
            yield at
            at = self._nodes[at].end

    def _followed(self, index: int) -> int:
        """*index*, or where what the alias there stands for begins."""
        if index >= len(self._nodes) or self._nodes[index].form != "alias":
            return index
        name = self._nodes[index].anchor
        earlier = ((at, self._nodes[at]) for at in range(index - 1, -1, -1))
        return next((at for at, node in earlier if node.anchor == name and node.form != "alias"), index)


def locate(text: bytes | str, document: int, path: Sequence[str | int]) -> Position:
    """Where the field at *path* is in document *document* (from 0) of *text*: `Places` for one question."""
    return Places(text, document).of(path)


def _nodes_of(text: bytes | str, document: int, line: int) -> list[_Node]:
    """The nodes of one document, as far as it can be read."""
    found: list[_Node] = []
    try:
        readable = below(prepare(text, DEFAULT_LIMITS), line)
    except Unreadable:
        return found
    for _ in range(attempts(readable, DEFAULT_LIMITS)):
        found = []
        try:
            _gather(_within(readable, document), found)
        except Unreadable as error:
            mended = mend(readable, error.problem)
        else:
            break
        if mended is None:
            break
        readable = mended
    return found


def _gather(document: Iterator[yaml.Event], found: list[_Node]) -> None:
    """Add the nodes of *document* to *found*; what is not closed goes on to the end."""
    opened: list[_Node] = []
    try:
        for event in document:
            if isinstance(event, _CLOSING):
                opened.pop().end = len(found)
            elif isinstance(event, yaml.NodeEvent) and len(found) < DEFAULT_LIMITS.nodes:
                found.append(_node(event, len(found) + 1))
                if isinstance(event, _OPENING):
                    opened.append(found[-1])
            else:
                return  # past a limit nobody read further, either
    finally:
        for node in opened:
            node.end = len(found)


def _within(text: str, document: int) -> Iterator[yaml.Event]:
    index, depth = -1, 0
    for event in events(text):
        if isinstance(event, yaml.DocumentStartEvent):
            index += 1
        elif index == document:
            depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
            if isinstance(event, yaml.DocumentEndEvent) or depth > DEFAULT_LIMITS.depth:
                return
            yield event


def _node(event: yaml.NodeEvent, end: int) -> _Node:
    form = _FORMS.get(type(event), "scalar")
    return _Node(form, position(event), end, event.anchor, _key(event))


def _key(event: yaml.Event) -> str | None:
    if not isinstance(event, yaml.ScalarEvent):
        return None
    text = event.value.translate(RESTORE)
    if event.tag is not None:
        return key_text(resolve_tagged(event.tag, text))
    return key_text(resolve(text)) if event.implicit[0] else text
