"""Which processors work, in which order, and how: what `catalog.processorOptions` and `catalog.processors` say."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

DEFAULT_PRIORITY: Final = 20.0
"""The priority of a processor of which the configuration says nothing; a lower one works earlier."""
OPTIONAL_READERS: Final = frozenset({"FileReaderProcessor", "url-reader", "AnnotateLocationEntityProcessor"})
"""What `catalog.disableDefaultProcessors` leaves out, by Backstage's names."""


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says of one processor; `disabled` None: nothing, so that it is as it is by default."""

    disabled: bool | None = None
    priority: float = DEFAULT_PRIORITY


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What it says of all of them, by name.

    `bare`: without those that Backstage adds by default. `owners`: take owners from CODEOWNERS. `slugged`: kinds that get
    their repository's slug as an annotation.
    """

    by_name: Mapping[str, Preference] = {}
    bare: bool = False
    owners: bool = False
    slugged: Sequence[str] = ()

    def wants(self, name: str, *, default: bool) -> bool:
        """Whether the processor called *name* works; *default* where the configuration does not say."""
        disabled = self.by_name.get(name, Preference()).disabled
        if disabled is not None:
            return not disabled
        return default and not (self.bare and name in OPTIONAL_READERS)

    def priority(self, name: str) -> float:
        """Where the processor called *name* comes: lower ones first."""
        return self.by_name.get(name, Preference()).priority
