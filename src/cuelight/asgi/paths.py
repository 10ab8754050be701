"""Paths of endpoints, matched as they were sent: a part is decoded after it was told from its neighbours.

So `%2F` within a name stays within it, and a path that only looks like ours once it is decoded is none of ours.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar
from urllib.parse import quote, unquote_to_bytes

from starlette.types import Scope

from cuelight.errors import InputError, NotFoundError

Target = TypeVar("Target")
_SLASH: Final = "/"
_MALFORMED: Final = re.compile("%(?![0-9A-Fa-f]{2})")
"""A percent sign that encodes nothing; it is taken for a byte that is not UTF-8 either."""


class Pattern:
    """A path with `{parameters}`, each of which stands for one part."""

    __slots__ = ("_literals", "_names", "_size")

    def __init__(self, path: str) -> None:
        parts = path.split(_SLASH)
        self._size = len(parts)
        self._names = [(index, part[1:-1]) for index, part in enumerate(parts) if _is_parameter(part)]
        self._literals = [(index, part) for index, part in enumerate(parts) if not _is_parameter(part)]

    @property
    def literal(self) -> bool:
        """Whether it has no parameters."""
        return not self._names

    def match(self, parts: Sequence[str], *, any_case: bool = False) -> Mapping[str, str] | None:
        """The parameters as they were sent, where *parts* fit, in *any_case* perhaps; None where they do not."""
        if len(parts) != self._size:
            return None
        for index, literal in self._literals:
            if parts[index] != literal and not (any_case and parts[index].lower() == literal.lower()):
                return None
        return {name: parts[index] for index, name in self._names}


class Paths(Generic[Target]):
    """What is on which path, in any case, as Express has it. One without parameters goes before those with; else the first
    that fits.
    """

    def __init__(self, targets: Mapping[str, Target]) -> None:
        patterns = [(Pattern(path), path, target) for path, target in targets.items()]
        self._literal = {path.lower(): target for pattern, path, target in patterns if pattern.literal}
        self._others = [(pattern, target) for pattern, _, target in patterns if not pattern.literal]

    def find(self, path: str) -> tuple[Target, Mapping[str, str]] | None:
        """What is on *path*, with the parameters as they were sent; None where nothing is."""
        target = self._literal.get(path.lower())
        if target is not None:
            return target, {}
        parts = path.split(_SLASH)
        for pattern, other in self._others:
            found = pattern.match(parts, any_case=True)
            if found is not None and all(found.values()):
                return other, found
        return None


def sent_path(scope: Scope) -> str:
    """The path of a request as it was sent, still encoded."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")


def decoded(parameters: Mapping[str, str]) -> dict[str, str]:
    """*parameters* decoded; InputError where one is not encoded UTF-8, NotFoundError where it can be no name."""
    return {name: _decoded(sent) if "%" in sent else sent for name, sent in parameters.items()}


def _decoded(sent: str) -> str:
    try:
        value = unquote_to_bytes(_MALFORMED.sub("%FF", sent)).decode()
    except UnicodeDecodeError:
        raise InputError("malformed uri'") from None  # as Backstage says it, with its apostrophe
    if "\0" in value:
        raise NotFoundError(f"nothing is at '{sent}': no name holds the character %00")
    return value


def _is_parameter(part: str) -> bool:
    return part.startswith("{")
