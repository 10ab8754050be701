"""The steps of the processing pipeline that Cuelight brings, one file or folder each.

What passes through: one entity after the other, on its way from what its author wrote to what the catalog holds. Each
declares `build(ingredients)`, which returns a `cuelight.catalog.processing.Processor`, or None where the configuration asks
for none. Built-ins are found by listing this package, those of others through the entry point `cuelight.processors`:

    [project.entry-points."cuelight.processors"]
    licence = "company.cuelight:build"

    class Licence:
        name = "Licence"                            # catalog.processorOptions.Licence.{disabled,priority}

        async def prepare(self, entity, run):       # before it is validated: a new entity, the given one stays
            answer = await run.read(run.resolve("./LICENSE"))   # from now on a change of that file wakes the entity
            ...
            return entity

        async def finish(self, entity, run):        # after: run.emit, run.relate, run.report
            ...

        async def recognise(self, entity, run):     # optional: for kinds of its own
            return entity["kind"] == "Licence"

    def build(ingredients):
        return Licence()

A processor awaits nothing but its run. A file is `Found`, `Absent`, `Unreadable`, or `Pending`: then `run.want` it, and raise
`StillUnread` where the entity makes no sense without it. They work in the order of their priorities, and of equal ones in
Backstage's: placeholders, readers, annotations, then those of others by the names of their entry points.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Final

import msgspec

from cuelight.catalog.processing.preferences import Preferences
from cuelight.catalog.processing.processor import Processor
from cuelight.errors import ConfigurationError
from cuelight.scm import Urls

GROUP = "cuelight.processors"
"""The entry point under which third parties register a function like `build`."""

_ORDER: Final = ("placeholders", "location", "annotate_location", "annotate_scm_slug", "codeowners")


class Ingredients(msgspec.Struct, frozen=True, kw_only=True):
    """What processors are built from: *preferences* are the configuration's.

    *urls* gives how the host of a URL spells its addresses; None where none is known.
    """

    urls: Callable[[str], Urls | None]
    preferences: Preferences = Preferences()


Build = Callable[[Ingredients], Processor | None]


def find_processors(ingredients: Ingredients) -> list[Processor]:
    """Every processor that is wanted, in order; ConfigurationError where one of others cannot be loaded."""
    preferences = ingredients.preferences
    built = [each for build in (*_own(), *_foreign()) if (each := build(ingredients)) is not None]
    wanted = [each for each in built if preferences.wants(each.name, default=True)]
    return sorted(wanted, key=lambda each: preferences.priority(each.name))


def _own() -> Iterator[Build]:
    names = {found.name for found in pkgutil.iter_modules(__path__)}
    for name in (*_ORDER, *sorted(names - set(_ORDER))):
        yield importlib.import_module(f"{__name__}.{name}").build


def _foreign() -> Iterator[Build]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            yield point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(
                f"the processor {point.name} ({point.value}) cannot be loaded: {error}; mend or uninstall its package"
            ) from error
