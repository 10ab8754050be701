"""Why a document cannot be read, and the limits that keep reading it cheap."""

from typing import NamedTuple

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a text, and where: `line` and `column` count from 1.

    `rule` is a stable id: `yaml-syntax`, `yaml-duplicate-key`, `yaml-limit`, `not-an-object`.
    """

    rule: str
    message: str
    line: int
    column: int


class Position(NamedTuple):
    """A place in a text, counted from 1."""

    line: int
    column: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one file may hold; an alias counts as if what it stands for were written out."""

    characters: int = 10_000_000
    """Of the text, and of all that its aliases expand to."""
    nodes: int = 1_000_000
    """Values and keys of all documents: about what the largest text of ordinary lines holds."""
    depth: int = 100
    """Levels of nesting; descriptors have about five, inlined API definitions twenty."""
    documents: int = 10_000
    """Documents in a file: organisations are sometimes exported as one."""


DEFAULT_LIMITS = Limits()


class Unreadable(Exception):
    """Reading cannot go on: *problem* is all that the text yields."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
