"""`catalog.rules`: which kinds may come from which registered location. Pure.

Rules are about what files hold: an entity that a provider gives is never asked. The location that counts is the
origin, the one that was registered, not the file.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.model import LocationRef


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """A kind, and of it perhaps only one `spec.type`; both whatever their case."""

    kind: str
    type: str | None = None

    def covers(self, entity: Mapping[str, Any]) -> bool:
        """Whether *entity* is what this allows."""
        if entity["kind"].lower() != self.kind.lower():
            return False
        if self.type is None:
            return True
        spec = entity.get("spec")
        given = spec.get("type") if isinstance(spec, dict) else None
        return isinstance(given, str) and given.lower() == self.type.lower()


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Locations of one type: the one target `exact`, or those that the glob `pattern` matches, or all of the type."""

    type: str
    exact: str | None = None
    pattern: str | None = None

    def covers(self, location: LocationRef) -> bool:
        """Whether *location* is one of these."""
        if location.type != self.type:
            return False
        if self.exact is not None and location.target != self.exact:
            return False
        return self.pattern is None or _glob(self.pattern).fullmatch(location.target) is not None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds that may come from some locations: None means from all, none at all means from nowhere."""

    allow: Sequence[Allowance]
    locations: Sequence[Where] | None = None

    def allows(self, entity: Mapping[str, Any], origin: LocationRef) -> bool:
        """Whether this rule lets *entity* come from *origin*."""
        if self.locations is not None and not any(where.covers(origin) for where in self.locations):
            return False
        return any(allowance.covers(entity) for allowance in self.allow)


class Rules(msgspec.Struct, frozen=True):
    """All rules: what one of them allows is allowed."""

    rules: Sequence[Rule] = (
        Rule(allow=(Allowance(kind="Component"), Allowance(kind="API"), Allowance(kind="Location"))),
    )

    def allow(self, entity: Mapping[str, Any], origin: LocationRef) -> bool:
        """Whether *entity*, which has passed the envelope check, may come from *origin*."""
        return any(rule.allows(entity, origin) for rule in self.rules)


_WORDS = re.compile(r"\*\*/|\*\*|[*?{},]|\[[^\]/]+\]|.", re.DOTALL)
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_CHOICES = {"{": "(?:", ",": "|", "}": ")"}


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` and `?` stay within a segment, `**` does not; `{a,b}` is either, `[ab]` one of them; any case; dots are letters.

    Braces that do not match one another, or within one another, are letters too.
    """
    chosen = {index for match in _CHOICE.finditer(pattern) for index in range(*match.span())}
    parts = (_part(found[0], chosen=found.start() in chosen) for found in _WORDS.finditer(pattern))
    return re.compile("".join(parts), re.IGNORECASE)


_CHOICE = re.compile(r"\{[^{}]*,[^{}]*\}")


def _part(word: str, *, chosen: bool) -> str:
    """What *word* of a pattern means; *chosen*: it is within braces that hold a choice."""
    if word.startswith("[") and len(word) > 2:
        return _class(word)
    return (_CHOICES.get(word) if chosen else None) or _MEANINGS.get(word) or re.escape(word)


def _class(word: str) -> str:
    """`[a-z]` or `[!a-z]` as a regular expression; a range that ends before it begins is letters."""
    inner = re.sub(r"[\\\[&~|]", r"\\\g<0>", word[1:-1])
    found = f"[^/{inner[1:]}]" if inner[:1] in {"!", "^"} else f"[{inner}]"
    try:
        re.compile(found)
    except re.error:
        return re.escape(word)
    return found
