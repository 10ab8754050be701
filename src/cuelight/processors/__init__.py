"""The steps of the processing pipeline that Cuelight brings, one file each.

What passes through: one entity after the other, on its way from what its author wrote to what the catalog holds. Each
file declares `build(surroundings)`; built-ins are found by listing this package, others through the entry point
`cuelight.processors`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

import msgspec

from cuelight.catalog.processing.processor import Processor
from cuelight.errors import ConfigurationError
from cuelight.scm import Urls

GROUP = "cuelight.processors"
"""The entry point under which third parties register a function like `build`."""


class Ingredients(msgspec.Struct, frozen=True, kw_only=True):
    """What processors are built from. *urls* gives how the host of a URL spells its addresses; None where none is known."""

    urls: Callable[[str], Urls | None]


Build = Callable[[Ingredients], Processor]


def find_processors(ingredients: Ingredients) -> list[Processor]:
    """Every processor, those of others after our own; ConfigurationError where one of these cannot be loaded."""
    return [build(ingredients) for build in (*_own(), *_foreign())]


def _own() -> Iterator[Build]:
    for found in pkgutil.iter_modules(__path__):
        yield importlib.import_module(f"{__name__}.{found.name}").build


def _foreign() -> Iterator[Build]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            yield point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(
                f"the processor {point.name} ({point.value}) cannot be loaded: {error}; mend or uninstall its package"
            ) from error
