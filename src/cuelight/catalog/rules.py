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


_WORDS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` and `?` stay within a segment, `**` does not; any case; dots are letters like others."""
    parts = (_MEANINGS.get(word) or re.escape(word) for word in _WORDS.findall(pattern))
    return re.compile("".join(parts), re.IGNORECASE)
