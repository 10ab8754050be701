"""`catalog.processorOptions` and `catalog.processors`: which processors work, in which order, and how. Keys are Backstage's."""

from collections.abc import Mapping, Sequence
from typing import Any

from cuelight.catalog.processing.preferences import DEFAULT_PRIORITY, Preference, Preferences
from cuelight.options import Section


class ProcessorOptionsSection(Section, frozen=True):
    """One processor: `disabled` leaves it out, `false` has one that is off by default; a lower `priority` works earlier."""

    disabled: bool | None = None
    priority: float | None = None

    def preference(self) -> Preference:
        """The same as the pipeline's word."""
        priority = DEFAULT_PRIORITY if self.priority is None else self.priority
        return Preference(disabled=self.disabled, priority=priority)


class SlugSection(Section, frozen=True):
    """Kinds that get the slug of their repository as an annotation. True stands for the default."""

    kinds: Sequence[str] = ("Component",)

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take `true`."""
        return {} if raw is True or raw == "true" else raw


class ProcessorsSection(Section, frozen=True):
    """Processors of Backstage's community that are off by default; `codeowners` takes missing owners from CODEOWNERS."""

    shared = True

    annotate_scm_slug: SlugSection | None = None
    codeowners: bool = False


def preferences_of(
    options: Mapping[str, ProcessorOptionsSection], processors: ProcessorsSection, *, bare: bool
) -> Preferences:
    """All of it as the pipeline's word; *bare*: without Backstage's default processors."""
    slug = processors.annotate_scm_slug
    return Preferences(
        by_name={name: section.preference() for name, section in options.items()},
        bare=bare,
        owners=processors.codeowners,
        slugged=tuple(slug.kinds) if slug else (),
    )
