"""A configuration file, from its text to nodes that know their line.

Scalars are read as YAML 1.2's core schema has them, like Backstage does: `on` is text, `014` is 14. Built from
libyaml's events under limits, so that no file can take more than it is worth.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from cuelight.model.scalars import resolve, resolve_tagged
from cuelight.options import Finding, InvalidConfiguration
from cuelight.settings.files import UnfitFileError, content_of
from cuelight.settings.inclusion import FORMS, Inclusion
from cuelight.settings.nodes import Node, origins
from cuelight.settings.variables import substitute

MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 50


def read_document(path: Path, environ: Mapping[str, str]) -> Node:
    """The file at *path* as nodes; InvalidConfiguration where it is missing, too large, or no map in YAML."""
    try:
        content = content_of(path)
    except UnfitFileError as error:
        raise _invalid(str(path), f"{error}; name another file with --config") from error
    return parse_document(content, str(path), environ)


def parse_document(content: bytes, name: str, environ: Mapping[str, str], within: Sequence[Path] = ()) -> Node:
    """*content* as nodes whose origins are `name:line`; InvalidConfiguration with everything that is wrong in it.

    It has to be a map, unless another includes it. Other files are meant from the folder of *name*. *within* are those that include this one, the outermost first.
    """
    above = (*within, Path(name).resolve())
    document = _Document(
        content, name, environ, Inclusion(Path(name).parent, environ, lambda path: _included(path, environ, above))
    )
    try:
        node = document.root()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _invalid(f"{name}:{line}", f"is not YAML: {error.problem or error.context}; correct it") from error
    except yaml.YAMLError as error:
        raise _invalid(name, f"is not YAML in UTF-8: {str(error).splitlines()[0]}; correct it") from error
    if document.findings:
        raise InvalidConfiguration(document.findings)
    if not within and not isinstance(node.value, dict):
        raise _invalid(node.origin, "expected a map of sections such as backend, catalog, integrations")
    return node


def _included(path: Path, environ: Mapping[str, str], above: Sequence[Path]) -> Node:
    if path.resolve() in above:
        raise _invalid(str(path), "is included by itself; take one of both includes away")
    try:
        content = content_of(path)
    except UnfitFileError as error:
        raise _invalid(
            str(path), f"{error}; correct the path, which begins at the folder of the file that names it"
        ) from error
    return parse_document(content, str(path), environ, above)


def _invalid(origin: str, message: str) -> InvalidConfiguration:
    return InvalidConfiguration([Finding(path="", message=message, origin=origin)])


class _Document:
    """One reading of a file's events. `findings` are equal keys, which do not stop it."""

    def __init__(self, content: bytes, name: str, environ: Mapping[str, str], inclusion: Inclusion) -> None:
        self.findings: list[Finding] = []
        self._events: Iterator[Any] = iter(yaml.parse(content, Loader=yaml.CSafeLoader))
        self._name = name
        self._environ = environ
        self._inclusion = inclusion
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def root(self) -> Node:
        """What the document is; an empty file is an empty map."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Node({}, f"{self._name}:1")
        node = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        following = next(self._events)
        if isinstance(following, yaml.DocumentStartEvent):
            raise _invalid(
                self._origin(following), "a second document begins; keep one, or put it in a file of its own"
            )
        if node.value is None:
            return Node({}, node.origin)
        return node

    def _node(self, event: Any, depth: int) -> Node:
        self._counted(event, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._count
        node = Node(self._value(event, depth), self._origin(event))
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._count - before
        return node

    def _counted(self, event: Any, depth: int, nodes: int = 1) -> None:
        self._count += nodes
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise _invalid(
                self._origin(event), f"more than {MAX_NODES} values, or {MAX_DEPTH} deep, begin here; split the file"
            )

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise _invalid(
                self._origin(event), f"*{event.anchor} names no anchor above it; write &{event.anchor} there"
            )
        node, size = self._anchors[event.anchor]
        self._counted(event, 0, size)
        return node

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            return substitute(value, self._environ) if isinstance(value, str) else value
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._node(item, depth + 1) for item in iter(self._next, None)]
        return self._map(depth)

    def _map(self, depth: int) -> Any:
        pairs: dict[str, Node] = {}
        for event in iter(self._next, None):
            if not isinstance(event, yaml.ScalarEvent):
                raise _invalid(self._origin(event), "a key is not text; write a word before the colon")
            if event.value in pairs:
                message = f"the key is already at {pairs[event.value].origin}; remove one of them"
                self.findings.append(Finding(path=event.value, message=message, origin=self._origin(event)))
            self._counted(event, depth)
            node = self._node(next(self._events), depth + 1)
            pairs[event.value] = Node(node.value, self._origin(event))  # a person looks for the key
        if not FORMS.intersection(pairs):
            return pairs
        value = self._inclusion.value(pairs)
        self._counted(event, depth, sum(1 for _ in origins(Node(value, ""))))
        return value

    def _next(self) -> Any:
        """The next event; None at the end of the list or map that is being read."""
        event = next(self._events)
        return None if isinstance(event, yaml.CollectionEndEvent) else event

    def _origin(self, event: Any) -> str:
        return f"{self._name}:{event.start_mark.line + 1}"


def _scalar(event: Any) -> Any:
    if event.tag is not None and not event.implicit[0]:
        return resolve_tagged(event.tag, event.value)
    return resolve(event.value) if event.implicit[0] else event.value
