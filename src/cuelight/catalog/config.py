"""`catalog`: static locations, what may come from where, and how the engine behaves. Keys are Backstage's."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from cuelight.catalog.engine import Conduct
from cuelight.catalog.locations import StaticLocation
from cuelight.catalog.rules import Allowance, Rule, Rules, Where
from cuelight.options import Duration, Section


class AllowSection(Section, frozen=True):
    """A kind that may come, and of it perhaps only one `spec.type`. Mere text is a kind."""

    kind: str
    type: str | None = msgspec.field(name="spec.type", default=None)

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take a kind that stands alone."""
        return {"kind": raw} if isinstance(raw, str) and not raw.startswith("{") else raw

    def allowance(self) -> Allowance:
        """The same as the engine's word."""
        return Allowance(kind=self.kind, type=self.type)


class WhereSection(Section, frozen=True):
    """Locations that a rule is about: those of a type, of one target (`exact`), or of targets like a glob (`pattern`)."""

    type: str
    exact: str | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.exact is not None and self.pattern is not None:
            raise ValueError("has both exact and pattern; keep one of them")

    def where(self) -> Where:
        """The same as the engine's word."""
        return Where(type=self.type, exact=self.exact, pattern=self.pattern)


class RuleSection(Section, frozen=True):
    """Kinds that may come from `locations`: from all where the key is missing, from none where the list is empty."""

    allow: Sequence[AllowSection]
    locations: Sequence[WhereSection] | None = None

    def rule(self) -> Rule:
        """The same as the engine's word."""
        locations = None if self.locations is None else tuple(each.where() for each in self.locations)
        return Rule(allow=tuple(each.allowance() for each in self.allow), locations=locations)


class LocationRuleSection(Section, frozen=True):
    """Kinds that may come from the location that this stands under, besides what the global rules allow."""

    allow: Sequence[AllowSection]


class LocationSection(Section, frozen=True):
    """A location that is always registered."""

    type: str
    target: str
    rules: Sequence[LocationRuleSection] = ()

    def own_rules(self) -> list[Rule]:
        """What only this location may hold."""
        here = (Where(type=self.type, exact=self.target),)
        return [Rule(allow=tuple(each.allowance() for each in rule.allow), locations=here) for rule in self.rules]


class CatalogSection(Section, frozen=True):
    """The catalog.

    `rules` None stands for Backstage's default (Component, API, Location); an empty list allows nothing.
    `processing_interval` is the time between two runs of an entity, None for never.
    """

    passed_over = frozenset(
        {"actions", "defaultLocationConflictStrategy", "disableDefaultProcessors", "experimental", "import"}
        | {"orphanProviderStrategy", "processorOptions", "processors", "providerOptions", "scmEvents"}
        | {"stitchingStrategy", "useUrlReadersSearch", "enableRelationsCompatibility"}
    )

    locations: Sequence[LocationSection] = ()
    rules: Sequence[RuleSection] | None = None
    processing_interval: Duration | None = Duration(100)
    orphan_strategy: Literal["keep", "delete"] = "delete"
    readonly: bool = False

    def static(self) -> list[StaticLocation]:
        """The locations that are always registered."""
        return [StaticLocation(type=location.type, target=location.target) for location in self.locations]

    def conduct(self) -> Conduct:
        """How the engine has to behave."""
        general = Rules().rules if self.rules is None else tuple(section.rule() for section in self.rules)
        own = [rule for location in self.locations for rule in location.own_rules()]
        return Conduct(rules=Rules((*general, *own)), keep_orphans=self.orphan_strategy == "keep")
