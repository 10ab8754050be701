"""The documents of a descriptor: JSON objects, or the problems that they are instead."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cuelight.model.yaml.builder import Builder, Root
from cuelight.model.yaml.problem import DEFAULT_LIMITS, Limits, Problem, Unreadable
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
    try:
        return _read(prepare(text, limits), limits)
    except Unreadable as error:
        return [Document(0, error.problem.line, problem=error.problem)]


def _read(text: str, limits: Limits) -> list[Document]:
    for _ in range(attempts(text, limits)):
        builder = Builder(limits)
        try:
            return list(_documents(builder, text))
        except Unreadable as error:
            unread = Document(max(builder.index, 0), error.problem.line, problem=error.problem)
            mended = mend(text, error.problem)
        if mended is None:
            break
        text = mended
    return [unread]


def _documents(builder: Builder, text: str) -> Iterator[Document]:
    for root in builder.roots(events(text)):
        if problem := root.problem or _not_an_object(root):
            yield Document(root.index, root.at.line, problem=problem)
        elif root.value is not None:
            yield Document(root.index, root.at.line, root.value)


def _not_an_object(root: Root) -> Problem | None:
    if root.value is None or isinstance(root.value, dict):
        return None
    return Problem("not-an-object", f"Expected object at root, got {_javascript_type(root.value)}", *root.at)


def _javascript_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "number", float: "number"}.get(type(value), "object")
