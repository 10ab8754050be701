"""What is found: a place in a file, how much it weighs, and which rule it breaks."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How much a finding weighs: an error is refused, a warning is worth mending, a note worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One finding. `file` is a path or a URL; `line` and `column` count from 1; `field` is dotted."""

    file: str
    line: int = 1
    column: int = 1
    level: Level
    rule: str
    message: str
    field: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.level}[{self.rule}] {' '.join(self.message.split())}"


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that was found, and whether it is one: `valid`. Its document begins at `line`."""

    ref: str
    file: str
    line: int
    valid: bool


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a check: the files that were looked at, the entities in them, and what is wrong."""

    files: Sequence[str]
    entities: Sequence[Described]
    findings: Sequence[Finding]

    def fails(self, *, strict: bool) -> bool:
        """Whether something is to be mended; *strict* counts warnings too."""
        failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
        return any(finding.level in failing for finding in self.findings)
