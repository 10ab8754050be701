"""What is wrong with an entity or its file, as a row that pages and the API show."""

import msgspec

from cuelight.model import Violation

ERROR = "error"
"""It shows in the entity's status."""
FURTHER = "further"
"""An error beside the one that shows in the entity's status, which has only the first, as in Backstage."""
WARNING = "warning"
"""Worth knowing; the entity is as its author meant."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` is a stable id, `name` the error's class in Backstage's API, `path` the field, dotted.

    `url`, `line` and `column` (from 1) say where, as far as that is known. `about` is the ref of another entity that it is
    about; it is not stored.
    """

    rule: str
    message: str
    name: str = "InputError"
    level: str = ERROR
    url: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    about: str | None = None


def of_violation(violation: Violation, message: str, *, level: str = ERROR) -> Problem:
    """The problem of an entity that breaks a rule of the model; *message* is what its status says."""
    return Problem(rule=violation.rule, message=message, level=level, path=".".join(map(str, violation.path)) or None)
