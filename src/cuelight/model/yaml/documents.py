"""The documents of a descriptor: JSON objects, or the problems that they are instead."""

from typing import Any

import msgspec

from cuelight.model.yaml.builder import Builder, Root
from cuelight.model.yaml.problem import DEFAULT_LIMITS, Limits, Position, Problem, Unreadable
from cuelight.model.yaml.stream import attempts, events, mend, prepare


class Document(msgspec.Struct, frozen=True):
    """One document of a file: an object, or its problem; exactly one of `value` and `problem` is there.

    `index` counts from 0 every document of the file, also the empty ones, which are passed over. `line` is where its
    value begins, from 1.
    """

    index: int
    line: int
    value: dict[str, Any] | None = None
    problem: Problem | None = None


def parse_documents(text: bytes | str, *, limits: Limits = DEFAULT_LIMITS) -> list[Document]:
    """Every document of *text* that is not empty, in order; never raises for what a text holds.

    A text that cannot be read to its end (rules `yaml-syntax` and `yaml-limit`) yields that one problem alone.
    `yaml-duplicate-key` and `not-an-object` are problems of their document; Backstage takes nothing from a file while
    any document of it has a problem. Bytes are read as UTF-8; what is none becomes U+FFFD.
    """
    roots = parse_values(text, limits=limits)
    return [document for root in roots if (document := _document(root)) is not None]


def parse_values(text: bytes | str, *, limits: Limits = DEFAULT_LIMITS) -> list[Root]:
    """Every document of *text*, whatever value it has and the empty ones too, in order; never raises for what a text holds."""
    try:
        return _read(prepare(text, limits), limits)
    except Unreadable as error:
        return [_unread(0, error)]


def _read(text: str, limits: Limits) -> list[Root]:
    for _ in range(attempts(text, limits)):
        builder = Builder(limits)
        try:
            return list(builder.roots(events(text)))
        except Unreadable as error:
            unread = _unread(max(builder.index, 0), error)
            mended = mend(text, error.problem)
        if mended is None:
            break
        text = mended
    return [unread]


def _unread(index: int, error: Unreadable) -> Root:
    problem = error.problem
    return Root(index, Position(problem.line, problem.column), None, problem)


def _document(root: Root) -> Document | None:
    """*root* as a descriptor's document; None where it is empty."""
    if problem := root.problem or _not_an_object(root):
        return Document(root.index, root.at.line, problem=problem)
    return None if root.value is None else Document(root.index, root.at.line, root.value)


def _not_an_object(root: Root) -> Problem | None:
    if root.value is None or isinstance(root.value, dict):
        return None
    return Problem("not-an-object", f"Expected object at root, got {_javascript_type(root.value)}", *root.at)


def _javascript_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "number", float: "number"}.get(type(value), "object")
