"""An error as Backstage serialises it: in the status of an entity, and in what a rehearsal says."""

import re
from typing import Final

import msgspec

_CAUSED: Final = re.compile(r"(?P<what>.*?); caused by (?P<name>\w+): (?P<message>.*)", re.DOTALL)


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The class and the words of an error; `cause` is the one that its message was made from."""

    name: str
    message: str
    cause: "Verdict | None" = None


def verdict_of(name: str, message: str) -> Verdict:
    """The error *name* with *message*, which tells of its cause where it has one."""
    caused = _CAUSED.fullmatch(message)
    cause = verdict_of(caused["name"], caused["message"]) if caused else None
    return Verdict(name=name, message=message, cause=cause)
