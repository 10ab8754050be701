"""The engines, one file each: a new one is found by its file.

A file defines `BACKEND`, a class made with (db, clock) that keeps the contract of `cuelight.events.backend`.
Third parties register theirs under the entry point `cuelight.event_backends`.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from cuelight.errors import ConfigurationError

ENTRY_POINT = "cuelight.event_backends"


def backend_names() -> tuple[str, ...]:
    """Every engine that `eventSystem.client` can name."""
    built_in = {module.name for module in pkgutil.iter_modules(__path__)}
    return tuple(sorted(built_in | {point.name for point in entry_points(group=ENTRY_POINT)}))


def backend_class(name: str) -> Any:
    """The class of the engine called *name*; ConfigurationError where there is none."""
    if any(module.name == name for module in pkgutil.iter_modules(__path__)):
        return import_module(f"{__name__}.{name}").BACKEND
    for point in entry_points(group=ENTRY_POINT, name=name):
        return point.load()
    raise ConfigurationError(f"eventSystem.client is {name!r}; this Cuelight has: {', '.join(backend_names())}")
