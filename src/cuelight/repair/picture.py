"""Taking pictures for the comparison: of what the hosts hold, and of what the catalog's rows say."""

from collections import defaultdict

import msgspec
from sqlalchemy import select

from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Reading, Statement
from cuelight.errors import HostError
from cuelight.repair.comparison import Picture
from cuelight.repositories import LOCATIONS, Registry
from cuelight.repositories.tables import REPOSITORIES, SOURCES
from cuelight.scm import Provider

_HEADS = Statement(
    select(REPOSITORIES.c.host, REPOSITORIES.c.host_id, REPOSITORIES.c.branch, REPOSITORIES.c.head).where(
        REPOSITORIES.c.head.is_not(None), REPOSITORIES.c.provider != LOCATIONS
    )
)
_SOURCES = Statement(
    select(REPOSITORIES.c.host, REPOSITORIES.c.host_id, REPOSITORIES.c.branch, SOURCES.c.path, SOURCES.c.blob)
    .join(REPOSITORIES, REPOSITORIES.c.id == SOURCES.c.repository_id)
    .where(SOURCES.c.kind == "descriptor", SOURCES.c.blob.is_not(None))
)
_ENTITIES = Statement(select(FINAL_ENTITIES.c.entity_ref, FINAL_ENTITIES.c.entity))


async def picture_of_catalog(db: Database) -> Picture:
    """What the catalog's rows say, in one snapshot."""

    async def look(tx: Reading) -> Picture:
        heads = {_branch(row["host"], row["host_id"], row["branch"]): row["head"] for row in await tx.fetch(_HEADS)}
        sources: dict[str, dict[str, str]] = defaultdict(dict)
        for row in await tx.fetch(_SOURCES):
            sources[_branch(row["host"], row["host_id"], row["branch"])][row["path"]] = row["blob"]
        entities = {row["entity_ref"]: msgspec.json.decode(row["entity"]) for row in await tx.fetch(_ENTITIES)}
        return Picture(heads=heads, sources=sources, entities=entities)

    return await db.read(look)


async def picture_of_hosts(registry: Registry) -> Picture:
    """What the hosts hold now of everything that the providers take. HostError where that cannot be known."""
    heads: dict[str, str] = {}
    sources: dict[str, dict[str, str]] = {}
    for provider in registry.providers:
        await _add_provider(registry, provider, heads, sources)
    return Picture(heads=heads, sources={branch: paths for branch, paths in sources.items() if paths})


async def _add_provider(
    registry: Registry, provider: Provider, heads: dict[str, str], sources: dict[str, dict[str, str]]
) -> None:
    host = registry.host(provider.host)
    if host is None:
        raise HostError(f"provider {provider.name} names host {provider.host}, which integrations lacks")
    selection = provider.selection
    async for repository in host.repositories(provider.owner):
        branch = selection.branch_of(repository)
        commit = None
        if provider.excluded(repository) is None and branch is not None:
            commit = await host.head(repository, branch)
        if commit is not None and branch is not None:
            tree = await host.tree(repository, commit)
            key = _branch(repository.host, repository.id, branch)
            heads[key] = commit.sha
            sources[key] = {path: blob for path, blob in tree.blobs.items() if selection.paths.matches(path)}


def _branch(host: str, host_id: str, branch: str) -> str:
    return f"{host}/{host_id}@{branch}"
