"""What is wrong with a configuration, all of it at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.errors import ConfigurationError


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: where, what, and what to do.

    `path` is the key's path (`backend.listen.port`, empty for the whole). `origin` is where the value was written:
    `app-config.yaml:12` or `environment variable X`; None where nobody wrote it.
    """

    path: str
    message: str
    origin: str | None = None

    def __str__(self) -> str:
        return ": ".join(part for part in (self.origin, self.path, self.message) if part)


class InvalidConfiguration(ConfigurationError):
    """The configuration is wrong; `findings` has each reason, and the message a line for each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class Unreadable(msgspec.Struct, frozen=True):
    """Stands in for a raw value that could not be had; a finding only if somebody wants it.

    So a variable that is missing from a section that Cuelight does not read is no error.
    """

    message: str


def unreadable_in(raw: Any) -> Unreadable | None:
    """The first unreadable value within *raw*, for who reads maps and lists by hand; None where all can be read."""
    if isinstance(raw, Mapping):
        return next(filter(None, map(unreadable_in, raw.values())), None)
    if isinstance(raw, list | tuple):
        return next(filter(None, map(unreadable_in, raw)), None)
    return raw if isinstance(raw, Unreadable) else None
