"""What a database makes of its sources: final entities, what each file declares, and what may explain a difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import or_, select

from cuelight.catalog.tables import (
    CONFLICTS,
    DELETIONS,
    FINAL_ENTITIES,
    PROBLEMS,
    REFRESH_REFERENCES,
    REFRESH_STATE,
    STITCH_QUEUE,
)
from cuelight.db import Reading, Statement

MANAGED_BY = "backstage.io/managed-by-location"
_PARENTS = REFRESH_REFERENCES.c.source.like("entity:%")

_ENTITIES = Statement(select(FINAL_ENTITIES.c.entity_ref, FINAL_ENTITIES.c.entity))
_DECLARED = Statement(
    select(REFRESH_STATE.c.entity_ref, REFRESH_STATE.c.unprocessed).where(
        REFRESH_STATE.c.entity_ref.in_(select(REFRESH_REFERENCES.c.target_ref).where(_PARENTS))
    )
)
_CONTESTED = Statement(select(CONFLICTS.c.entity_ref, CONFLICTS.c.source, CONFLICTS.c.unprocessed))
_HELD = Statement(
    select(DELETIONS.c.entity_ref).where(or_(*(DELETIONS.c.state == state for state in ("moving", "held", "restored"))))
)
_CHILDREN = Statement(select(REFRESH_REFERENCES.c.source, REFRESH_REFERENCES.c.target_ref).where(_PARENTS))
_ERRORS = Statement(select(PROBLEMS.c.entity_ref, PROBLEMS.c.url).where(PROBLEMS.c.level == "error"))
_DUE = Statement(
    select(REFRESH_STATE.c.entity_ref)
    .where(REFRESH_STATE.c.claim_id.is_not(None))
    .union(select(STITCH_QUEUE.c.entity_ref))
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Final entities by ref, and the refs that each file (`url:https://…`) declares, whoever holds them."""

    entities: Mapping[str, Mapping[str, Any]]
    refs: Mapping[str, frozenset[str]]
    contested: frozenset[str]


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Refs that the brake keeps alive, refs and files (`url:…`) with an error, and refs that are being processed."""

    held: frozenset[str]
    failing: frozenset[str]
    unreadable: frozenset[str]
    busy: frozenset[str]


async def view(tx: Reading) -> View:
    """The view of a database."""
    refs: dict[str, set[str]] = defaultdict(set)
    for row in await tx.fetch(_DECLARED):
        refs[_file(row["unprocessed"])].add(row["entity_ref"])
    contested = await tx.fetch(_CONTESTED)
    for row in contested:
        if row["source"].startswith("entity:"):
            refs[_file(row["unprocessed"])].add(row["entity_ref"])
    return View(
        entities={row["entity_ref"]: msgspec.json.decode(row["entity"]) for row in await tx.fetch(_ENTITIES)},
        refs={file: frozenset(names) for file, names in refs.items()},
        contested=frozenset(row["entity_ref"] for row in contested),
    )


async def circumstances(tx: Reading) -> Circumstances:
    """What is going on in a database besides."""
    errors = await tx.fetch(_ERRORS)
    return Circumstances(
        held=await _kept_alive(tx),
        failing=frozenset(row["entity_ref"] for row in errors),
        unreadable=frozenset(f"url:{row['url']}" for row in errors if row["url"]),
        busy=frozenset(row["entity_ref"] for row in await tx.fetch(_DUE)),
    )


async def _kept_alive(tx: Reading) -> frozenset[str]:
    """What the deletion brake holds back, with all that lives by it."""
    held = {row["entity_ref"] for row in await tx.fetch(_HELD)}
    if not held:
        return frozenset()
    children: dict[str, list[str]] = defaultdict(list)
    for row in await tx.fetch(_CHILDREN):
        children[row["source"].removeprefix("entity:")].append(row["target_ref"])
    return frozenset(_closure(held, children))


def _closure(roots: Iterable[str], children: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        ref = waiting.pop()
        if ref not in found:
            found.add(ref)
            waiting += children.get(ref, ())
    return found


def file_of(entity: Mapping[str, Any]) -> str:
    """Where *entity* says that it was read from; empty where it says nothing."""
    annotations = entity.get("metadata", {}).get("annotations") or {}
    return str(annotations.get(MANAGED_BY, "")) if isinstance(annotations, Mapping) else ""


def _file(unprocessed: str) -> str:
    return file_of(msgspec.json.decode(unprocessed))
