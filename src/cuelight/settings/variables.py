"""`${VAR}` within the text of a configuration, as Backstage has it."""

import re
from collections.abc import Mapping
from typing import Final

from cuelight.options import Unreadable

# https://backstage.io/docs/conf/writing/#environment-variable-substitution
_REFERENCE: Final = re.compile(r"(?P<escape>\$)?\$\{(?P<inside>[^{}]*)\}")
_INSIDE: Final = re.compile(r"\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*(?::-(?P<default>.*))?", re.DOTALL)


class _MissingError(Exception):
    """A variable that nobody set, or something between the braces that names none."""


def substitute(text: str, environ: Mapping[str, str]) -> str | Unreadable:
    """*text* with `${VAR}` and `${VAR:-default}` replaced; `$${` stands for `${`. Unreadable where one is missing."""
    try:
        return _REFERENCE.sub(lambda found: _replacement(found, environ), text)
    except _MissingError as error:
        return Unreadable(str(error))


def _replacement(found: re.Match[str], environ: Mapping[str, str]) -> str:
    if found["escape"]:
        return found[0][1:]
    inside = _INSIDE.fullmatch(found["inside"])
    if inside is None:
        raise _MissingError(f"{found[0]} names no variable; write ${{NAME}}, or $${{ where the text itself has ${{")
    name, default = inside["name"], inside["default"]
    value = environ.get(name)
    if default is not None:
        return value or default
    if value is None:
        raise _MissingError(f"the variable {name} is not set; set it, or write ${{{name}:-default}}")
    return value
