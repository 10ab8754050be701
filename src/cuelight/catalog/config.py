"""`catalog`: static locations, what may come from where, and how the engine behaves. Keys are Backstage's."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec

from cuelight.catalog.brake import Brake
from cuelight.catalog.engine import Conduct
from cuelight.catalog.locations import StaticLocation
from cuelight.catalog.processing.config import ProcessorOptionsSection, ProcessorsSection, preferences_of
from cuelight.catalog.processing.preferences import Preferences
from cuelight.catalog.registered import Registering
from cuelight.catalog.rules import Allowance, Rule, Rules, Where
from cuelight.clock import SECOND
from cuelight.model import KINDS
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
    """A location that is always registered: of type `url`, or `file`, whose target is found from the working directory."""

    type: str
    target: str
    rules: Sequence[LocationRuleSection] = ()

    def location(self) -> StaticLocation:
        """The same as the catalog's word."""
        target = os.path.abspath(self.target) if self.type == "file" else self.target  # noqa: PTH100 -- links stay
        return StaticLocation(type=self.type, target=target)

    def own_rules(self) -> list[Rule]:
        """What only this location may hold."""
        here = (Where(type=self.type, exact=self.location().target),)
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
    `processing_interval` is the time between two looks at what nobody tells us of (local files, and pages of hosts without an
    integration), None for never; what a code host pushes waits for nothing. `readonly` refuses to register and
    unregister locations; `default_location_conflict_strategy` is what becomes of one that is registered already.
    `deletion_brake` None (`false`) lets everything be deleted at once, whatever a host says by mistake.
    `additional_kinds` are those that Backstage knows only with a module more: Template, AiResource, API/mcp-server.
    """

    passed_over = frozenset(
        {"actions", "experimental", "import"}
        | {"orphanProviderStrategy", "providerOptions", "scmEvents"}
        | {"stitchingStrategy", "useUrlReadersSearch", "enableRelationsCompatibility"}
    )

    locations: Sequence[LocationSection] = ()
    rules: Sequence[RuleSection] | None = None
    processing_interval: Duration | None = Duration(100)
    orphan_strategy: Literal["keep", "delete"] = "delete"
    readonly: bool = False
    default_location_conflict_strategy: Literal["reject", "refresh"] = "reject"
    deletion_brake: BrakeSection | None = BrakeSection()
    additional_kinds: Sequence[str] = ()
    disable_default_processors: bool = False
    processor_options: Mapping[str, ProcessorOptionsSection] = {}
    processors: ProcessorsSection = ProcessorsSection()

    def __post_init__(self) -> None:
        known = sorted(key for key, kind in KINDS.items() if kind.opt_in)
        unknown = sorted(set(self.additional_kinds).difference(known))
        if unknown:
            raise ValueError(f"additionalKinds names {unknown[0]}, which is unknown; known are {', '.join(known)}")

    def brake(self) -> Brake | None:
        """The deletion brake, None where there is to be none."""
        return None if self.deletion_brake is None else self.deletion_brake.brake()

    def registering(self) -> Registering:
        """How locations are registered over the API."""
        return Registering(readonly=self.readonly, on_conflict=self.default_location_conflict_strategy)

    def static(self) -> list[StaticLocation]:
        """The locations that are always registered."""
        return [location.location() for location in self.locations]

    def local_roots(self) -> list[Path]:
        """The folders whose files may be read: the working directory, and those of the files that are named here."""
        named = [Path(location.target).parent for location in self.static() if location.type == "file"]
        return [Path.cwd(), *named]

    def conduct(self) -> Conduct:
        """How the engine has to behave."""
        general = Rules().rules if self.rules is None else tuple(section.rule() for section in self.rules)
        own = [rule for location in self.locations for rule in location.own_rules()]
        return Conduct(
            rules=Rules((*general, *own)),
            opted_in=frozenset(self.additional_kinds),
            keep_orphans=self.orphan_strategy == "keep",
        )

    def preferences(self) -> Preferences:
        """Which processors work, and how."""
        return preferences_of(self.processor_options, self.processors, bare=self.disable_default_processors)
