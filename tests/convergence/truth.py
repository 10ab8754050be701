"""What the catalog should say in the end: read off the forge by hand, and from a catalog that began from nothing.

Which of several claimants holds a contested ref is left to history, and nothing else: the catalog that begins from nothing is
shown every contested ref only in the file that holds it here, and then has to agree in everything.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from cuelight.catalog.tables import REFRESH_STATE
from cuelight.clock import ManualClock
from cuelight.db import Statement
from cuelight.repair import Drift, Picture, compare
from cuelight.repositories.plan import declares
from cuelight.scm import Globs
from tests.convergence.contents import FILLER, refs, without
from tests.convergence.database import empty_database
from tests.convergence.forge import HOST, Forge, Hosted
from tests.convergence.origins import Origins
from tests.convergence.world import World

UNREADABLE = "Unable to read url"
_KNOWN = Statement(select(REFRESH_STATE.c.entity_ref))
Claim = tuple[str, str]
"""A repository's id and a path."""


async def drift(world: World) -> Sequence[Drift]:
    """Every difference between what *world*'s catalog says and what it should say."""
    actual = await world.picture()
    expected = expected_sources(world.forge, world)
    assert not compare(expected, (await _scanned(world, {})).picture), (
        "a scan of an empty catalog does not get the sources right"
    )
    return compare(_plain(await _with_holders_of(actual, expected, world)), _plain(actual))


def _plain(picture: Picture) -> Picture:
    """*picture* without the sentences of problems: why nothing is known of a repository depends on how that was learnt."""
    entities = {ref: _without_sentences(entity) for ref, entity in (picture.entities or {}).items()}
    return msgspec.structs.replace(picture, entities=entities)


def _without_sentences(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    items = [_without_sentence(item) for item in entity.get("status", {}).get("items", [])]
    return {**entity, "status": {**entity["status"], "items": items}} if items else entity


def _without_sentence(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """*item* without its words; for what cannot be read also without its name, which says if that was ever proven."""
    name = "unreadable" if UNREADABLE in item["message"] else item["error"]["name"]
    return {**item, "message": "", "error": {"name": name}}


def expected_sources(forge: Forge, world: World) -> Picture:
    """Heads and descriptors of all that the providers take, straight from the forge."""
    heads: dict[str, str] = {}
    sources: dict[str, dict[str, str]] = {}
    for hosted in forge.hosted.values():
        taken = [each for each in world.process.registry.providers if hosted.owner == each.scope.owner]
        branch = world.choice.branch or hosted.default_branch
        head = hosted.history.branches.get(branch or "")
        if taken and hosted.granted and head and not taken[0].excluded(hosted.described):
            key = f"{HOST}/{hosted.id}@{branch}"
            heads[key] = head
            sources[key] = _descriptors(hosted, head, world)
    return Picture(heads=heads, sources={key: paths for key, paths in sources.items() if paths})


def _descriptors(hosted: Hosted, head: str, world: World) -> dict[str, str]:
    node, globs = hosted.history.nodes[head], Globs(world.choice.paths)
    return {
        path: blob
        for path, blob in node.blobs().items()
        if globs.matches(path) and (not world.choice.declared or declares(node.files[path].encode()))
    }


async def _with_holders_of(actual: Picture, expected: Picture, world: World) -> Picture:
    """*expected*, with the entities of a catalog from nothing in which contested refs are where *actual* has them."""
    holders = _holders(actual.entities or {}, world.forge)
    fresh = await _scanned(world, holders)
    made = fresh.picture.entities or {}
    entities = {
        ref: entity
        for ref, entity in {**made, **_kept(actual.entities or {}, fresh)}.items()
        if f"/{FILLER}" not in ref
    }
    origins = Origins(entities, world.process.registry)
    return msgspec.structs.replace(
        expected,
        entities={ref: origins.like(entity, (actual.entities or {}).get(ref)) for ref, entity in entities.items()},
    )


def _kept(entities: Mapping[str, Mapping[str, Any]], fresh: "Scanned") -> dict[str, Any]:
    """The Locations that were of use once and are of none now: their last version stays, with what is wrong with them.

    A catalog that begins from nothing has them, and does not show them.
    """
    return {
        ref: entity
        for ref, entity in entities.items()
        if ref in fresh.unseen and entity["kind"] == "Location" and entity.get("status", {}).get("items")
    }


def _holders(entities: Mapping[str, Mapping[str, Any]], forge: Forge) -> Mapping[str, Claim]:
    """The file that each contested ref was read from."""
    claims: dict[str, set[Claim]] = defaultdict(set)
    for hosted in forge.hosted.values():
        for node in hosted.history.nodes.values():
            for path, text in node.files.items():
                for ref in refs(text):
                    claims[ref].add((hosted.id, path))
    contested = {ref for ref, claimants in claims.items() if len(claimants) > 1}
    return {ref: _read_from(entity, forge) for ref, entity in entities.items() if ref in contested}


def _read_from(entity: Mapping[str, Any], forge: Forge) -> Claim:
    """The file that *entity* says it is managed by: `url:https://HOST/OWNER/NAME/tree/REF/PATH`."""
    page = entity["metadata"]["annotations"]["backstage.io/managed-by-location"].split("/", 3)[3]
    owner, name, _, _, path = page.split("/", 4)
    hosted = forge.named(f"{owner}/{name}")
    return (hosted.id if hosted else "", path)


class Scanned(msgspec.Struct, frozen=True):
    """What a catalog says that began from nothing, and the refs that it has and does not show."""

    picture: Picture
    unseen: frozenset[str]


async def _scanned(world: World, holders: Mapping[str, Claim]) -> Scanned:
    """What a catalog that begins from nothing says after one scan, where nobody but *holders* declares their refs."""

    def shown(hosted: Hosted, path: str, text: str) -> str:
        for ref in refs(text):
            if ref in holders and holders[ref] != (hosted.id, path):
                text = without(text, ref)
        return text

    clock = ManualClock(world.clock.now())
    async with empty_database(clock) as db, World(db, clock, world.choice, forge=world.forge, shown=shown) as fresh:
        await fresh.scan()
        await fresh.rest()
        picture = await fresh.picture()
        known = {row["entity_ref"] for row in await fresh.rows(_KNOWN)}
        return Scanned(picture, frozenset(known - (picture.entities or {}).keys()))
