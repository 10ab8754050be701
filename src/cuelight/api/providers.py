"""Providers by name, where a request asks for what is of one: a name that there is not is told from one with nothing."""

from cuelight.api.context import Context
from cuelight.catalog.queries import list_providers
from cuelight.errors import NotFoundError
from cuelight.repositories import LOCATIONS
from cuelight.repositories.queries import list_tracked_providers


async def expect_provider(context: Context, name: str | None) -> None:
    """NotFoundError, which names those that there are, unless *name* is configured, or anything is there of it.

    It reads a good part of the database: to be asked only where nothing was found.
    """
    known = {LOCATIONS, *(provider.name for provider in context.registry.providers)}
    if name is None or name in known:
        return
    known.update(await list_tracked_providers(context.db), await list_providers(context.db))
    if name not in known:
        raise NotFoundError(f"there is no provider {name[:200]!r}; there are: {', '.join(sorted(known))}")
