"""The code hosts that Cuelight speaks with: one folder each, which declares a `MODULE`.

Built-in folders are found by listing this package, those of others through the entry point group
`cuelight.integrations`, whose entries name a `Module`. The rest of the program knows only what is in `cuelight.scm`.
"""

import importlib
import pkgutil
from importlib.metadata import EntryPoint, entry_points

from cuelight.errors import ConfigurationError
from cuelight.scm import Module

GROUP = "cuelight.integrations"
"""The entry points through which other distributions add code hosts."""


def modules() -> list[Module]:
    """Every integration that is installed, by name; ConfigurationError where one cannot be loaded or two share a name."""
    found = [*_built_in(), *map(_loaded, entry_points(group=GROUP))]
    names = [module.name for module in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigurationError(f"two integrations are called {min(twice)}; uninstall one of them")
    return sorted(found, key=lambda module: module.name)


def _built_in() -> list[Module]:
    folders = (found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    return [importlib.import_module(f"{__name__}.{folder}").MODULE for folder in folders]


def _loaded(entry: EntryPoint) -> Module:
    try:
        module = entry.load()
    except Exception as error:
        raise ConfigurationError(f"the integration {entry.name} ({entry.value}) cannot be loaded: {error}") from error
    if not isinstance(module, Module):
        raise ConfigurationError(f"the integration {entry.name} ({entry.value}) declares no Module; uninstall it")
    return module
