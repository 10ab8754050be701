"""`catalog`: static locations, what may come from where, and how the engine behaves. Keys are Backstage's."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import msgspec

from cuelight.catalog.brake import Brake
from cuelight.catalog.engine import Conduct
from cuelight.catalog.locations import StaticLocation
from cuelight.catalog.rules import Allowance, Rule, Rules, Where
from cuelight.clock import SECOND
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


class Share(float):
    """A part of a whole, from 0 to 1, read from `20%` or `0.2`."""

    __slots__ = ()

    @classmethod
    def from_config(cls, raw: object) -> Self:
        """*raw* as a share; ValueError names the forms."""
        text = str(raw).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0
        if not 0 < share <= 1 or isinstance(raw, bool):
            raise ValueError("expected a share above 0: 20%, 12.5% or 0.2")
        return cls(share)

    def __repr__(self) -> str:
        return f"Share({str(self)!r})"

    def __str__(self) -> str:
        return f"{self * 100:g}%"


class BrakeSection(Section, frozen=True):
    """How much of what a provider brought may be deleted within `window`: more than `share` *and* `entities` wait.

    They stay as they were until somebody approves (`cuelight deletions approve`).
    """

    share: Share = Share(0.2)
    entities: Annotated[int, msgspec.Meta(ge=0)] = 10
    window: Duration = Duration(3600)

    def brake(self) -> Brake:
        """The same as the engine's word."""
        return Brake(share=self.share, entities=self.entities, window=int(self.window * SECOND))


class CatalogSection(Section, frozen=True):
    """The catalog.

    `rules` None stands for Backstage's default (Component, API, Location); an empty list allows nothing.
    `processing_interval` is the time between two runs of an entity, None for never. `deletion_brake` None (`false`)
    lets everything be deleted at once, whatever a host says by mistake.
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
    deletion_brake: BrakeSection | None = BrakeSection()

    def brake(self) -> Brake | None:
        """The deletion brake, None where there is to be none."""
        return None if self.deletion_brake is None else self.deletion_brake.brake()

    def static(self) -> list[StaticLocation]:
        """The locations that are always registered."""
        return [StaticLocation(type=location.type, target=location.target) for location in self.locations]

    def conduct(self) -> Conduct:
        """How the engine has to behave."""
        general = Rules().rules if self.rules is None else tuple(section.rule() for section in self.rules)
        own = [rule for location in self.locations for rule in location.own_rules()]
        return Conduct(rules=Rules((*general, *own)), keep_orphans=self.orphan_strategy == "keep")
