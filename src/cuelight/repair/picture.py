"""Taking pictures for the comparison: of what the hosts hold, and of what the catalog's rows say."""

from collections import defaultdict

import msgspec
from sqlalchemy import select

from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Reading, Statement
from cuelight.errors import HostError
from cuelight.repair.comparison import Picture
from cuelight.repositories import LOCATIONS, Registry
from cuelight.repositories.plan import declares
from cuelight.repositories.tables import REPOSITORIES, SOURCES
from cuelight.scm import Commit, Host, Look, Provider, Repository, Seen, Selection, Unseen

TOGETHER = 100
"""Heads that are asked for in one request."""

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
        heads = {branch_key(row["host"], row["host_id"], row["branch"]): row["head"] for row in await tx.fetch(_HEADS)}
        sources: dict[str, dict[str, str]] = defaultdict(dict)
        for row in await tx.fetch(_SOURCES):
            sources[branch_key(row["host"], row["host_id"], row["branch"])][row["path"]] = row["blob"]
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
    listed = [each async for each in host.repositories(provider.scope) if provider.excluded(each) is None]
    branch = provider.selection.branch
    for start in range(0, len(listed), TOGETHER):
        looks = [
            Look(repository_id=each.id, full_name=each.full_name, branch=branch)
            for each in listed[start : start + TOGETHER]
        ]
        for answer in await host.heads(looks):
            seen = _seen(answer)
            if seen.commit is not None and seen.branch is not None:
                key = branch_key(seen.repository.host, seen.repository.id, seen.branch)
                heads[key] = seen.commit.sha
                sources.setdefault(key, {}).update(
                    await _descriptors(host, provider.selection, seen.repository, seen.commit)
                )


def _seen(answer: Seen | Unseen | HostError) -> Seen:
    if isinstance(answer, HostError):
        raise answer
    if isinstance(answer, Unseen):
        raise HostError(f"it is listed, but {answer.reason}")
    return answer


async def _descriptors(host: Host, selection: Selection, repository: Repository, commit: Commit) -> dict[str, str]:
    """Path → blob of the descriptors of a commit; the files are read only where they have to declare themselves."""
    tree = await host.tree(repository, commit)
    selected = {path: blob for path, blob in tree.blobs.items() if selection.paths.matches(path)}
    if not selection.declared or not selected:
        return selected
    files = await host.files(repository, commit.sha, sorted(selected))
    return {path: blob for path, blob in selected.items() if (file := files[path]) and declares(file.content)}


def branch_key(host: str, host_id: str, branch: str) -> str:
    """How a branch is called in a picture."""
    return f"{host}/{host_id}@{branch}"
