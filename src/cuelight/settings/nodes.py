"""Raw configuration that remembers where each value was written."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class Node(msgspec.Struct, frozen=True):
    """A raw value and its origin: `value` is a scalar, an `Unreadable`, a list of nodes or a map of nodes.

    `origin` is `app-config.yaml:12` or `environment variable X`.
    """

    value: Any
    origin: str


def merge(under: Node, over: Node) -> Node:
    """*over* laid on *under*: maps merge key by key, anything else is replaced."""
    if not isinstance(under.value, Mapping) or not isinstance(over.value, Mapping):
        return over
    merged = dict(under.value)
    for key, node in over.value.items():
        merged[key] = merge(merged[key], node) if key in merged else node
    return Node(merged, under.origin if under.value else over.origin)


def raw(node: Node) -> Any:
    """The values alone. A key whose value is null is not there, so that a later file can take one away."""
    match node.value:
        case Mapping():
            return {key: raw(child) for key, child in node.value.items() if child.value is not None}
        case list():
            return [raw(child) for child in node.value]
    return node.value


def origins(node: Node, path: str = "") -> Iterator[tuple[str, str]]:
    """Each path (`integrations.github[0].token`) within *node*, and where it was written."""
    yield path, node.origin
    match node.value:
        case Mapping():
            for key, child in node.value.items():
                yield from origins(child, f"{path}.{key}" if path else key)
        case list():
            for index, child in enumerate(node.value):
                yield from origins(child, f"{path}[{index}]")


def origin_of(path: str, known: Mapping[str, str]) -> str | None:
    """Where *path* was written, or the nearest thing around it; None where nobody wrote anything of it."""
    while path and path not in known:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return known.get(path) if path else None
