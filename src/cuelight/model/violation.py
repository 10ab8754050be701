"""What is wrong with an entity: which rule, at which field, in which words."""

import msgspec

from cuelight.errors import InputError


class Violation(msgspec.Struct, frozen=True):
    """The first rule that an entity breaks.

    `rule` is a stable id: `envelope`, `entity-schema`, `unknown-root-field`, `field-format`, `kind-schema`,
    `unknown-kind`, `relation`. `path` leads to the field (`("metadata", "tags", 0)`; empty: the entity itself).
    `message` is in Backstage's words, `error` the class that Backstage raises it as, which its API shows.
    """

    rule: str
    path: tuple[str | int, ...]
    message: str
    error: str = "Error"


class InvalidEntity(InputError):
    """An entity breaks a rule; correct the descriptor that `violation` points into."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation
