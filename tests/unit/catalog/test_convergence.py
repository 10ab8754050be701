"""However a catalog came to where it is, it is what an empty one would become from the same files."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog import Deferred, Pending, Unreadable, replace
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE, RELATIONS, STITCH_QUEUE
from tests.unit.catalog.world import World, component, location, locations, world, yaml

HOST = "https://host/o/r/blob/main"
LEAVES = tuple(f"{HOST}/leaf{number}.yaml" for number in range(4))
INNER = tuple(f"{HOST}/inner{number}.yaml" for number in range(3))
ROOTS = tuple(f"{HOST}/root{number}.yaml" for number in range(3))
STEPS = 40
WALKS = (*(("sqlite", seed) for seed in range(12)), *(("postgresql", seed) for seed in range(2)))


class Walk:
    """A random walk through what can happen to files and providers."""

    def __init__(self, catalog: World, seed: int, *, contested: bool = False) -> None:
        self._catalog = catalog
        self._contested = contested
        self._random = random.Random(seed)
        self.files: dict[str, str] = {}
        self.given: set[str] = set()

    async def begin(self) -> None:
        """Fill every file, and give every root."""
        self.files = {url: self._content(url) for url in (*LEAVES, *INNER, *ROOTS)}
        self._catalog.files.held = dict(self.files)
        self.given = set(ROOTS)
        await give_roots(self._catalog, self.given)

    async def step(self) -> None:
        """One event: a file written, lost or unreadable, or another choice of roots."""
        event = self._random.choice((self._write, self._write, self._write, self._lose, self._break, self._choose))
        await event()

    async def heal(self) -> None:
        """See that what is known of every file is what it holds."""
        self._catalog.files.held = dict(self.files)
        await self._catalog.touch(*LEAVES, *INNER, *ROOTS)

    async def _write(self) -> None:
        url = self._random.choice(LEAVES if self._contested else (*LEAVES, *INNER, *ROOTS))
        self.files[url] = self._content(url)
        await self._catalog.write(url, self.files[url])

    async def _lose(self) -> None:
        url = self._random.choice((*LEAVES, *INNER))
        self.files.pop(url, None)
        self._catalog.files.held.pop(url, None)
        await self._catalog.touch(url)

    async def _break(self) -> None:
        url = self._random.choice((*LEAVES, *INNER, *ROOTS))
        broken = self._random.choice(
            (Pending(reason="later"), Unreadable(reason="large"), "a: [1", yaml({"kind": "X"}))
        )
        await self._catalog.write(url, broken)

    async def _choose(self) -> None:
        self.given = set(self._random.sample(ROOTS, self._random.randint(0, len(ROOTS))))
        await give_roots(self._catalog, self.given)

    def _content(self, url: str) -> str:
        if url in LEAVES:
            names = self._random.sample(range(4), self._random.randint(0, 4))
            return yaml(*(self._component(url, name) for name in names))
        targets = (*INNER, *LEAVES)
        chosen = self._random.sample(targets, self._random.randint(1, 4))
        return yaml(locations(f"of-{url.rsplit('/', 1)[1]}", *chosen, presence="optional"))

    def _component(self, url: str, number: int) -> dict[str, Any]:
        name = url.rsplit("/", 1)[1].removesuffix(".yaml")
        other = f"component:{name}-{self._random.randrange(4)}"
        return component(
            f"{'shared' if self._contested else name}-{number}", dependsOn=[other], type=self._random.choice("xyz")
        )


async def give_roots(catalog: World, roots: set[str]) -> None:
    """Have exactly *roots* registered."""
    cause = catalog.cause()
    await catalog.db.transact(lambda tx: replace(tx, "p", _generated(roots), cause))
    await catalog.engine.settled()


def _generated(roots: set[str]) -> list[Deferred]:
    return [location(url, presence="optional") for url in sorted(roots)]


async def seen(catalog: World) -> dict[str, Any]:
    """The final entities, without what depends on the way: the etag, and which of several origins was the last."""
    finals = await catalog.finals()
    for entity in finals.values():
        del entity["metadata"]["etag"]
        del entity["metadata"]["annotations"]["backstage.io/managed-by-origin-location"]
    return finals


@pytest.mark.parametrize(("dialect", "seed"), WALKS, indirect=["dialect"])
async def test_a_catalog_with_a_history_equals_one_without(tmp_path: Path, seed: int):
    async with world(tmp_path) as catalog:
        walk = Walk(catalog, seed)
        await walk.begin()
        for _ in range(STEPS):
            await walk.step()
        await walk.heal()
        with_history = await seen(catalog)
        left = {
            table.name: sorted(str(sorted(row.items())) for row in await catalog.rows(table))
            for table in (REFRESH_REFERENCES, RELATIONS, CONFLICTS, STITCH_QUEUE)
        }
    (tmp_path / "fresh").mkdir()
    async with world(tmp_path / "fresh") as fresh:
        fresh.files.held = dict(walk.files)
        await give_roots(fresh, walk.given)
        assert with_history == await seen(fresh)
        for table in (REFRESH_REFERENCES, RELATIONS, CONFLICTS, STITCH_QUEUE):
            assert left[table.name] == sorted(str(sorted(row.items())) for row in await fresh.rows(table))


async def claimed(catalog: World) -> set[tuple[str, str, str]]:
    """Every ref with each thing that some file would have it be, whichever of these is shown."""
    rows = [*await catalog.rows(REFRESH_STATE), *await catalog.rows(CONFLICTS)]
    return {
        (row["entity_ref"], row["location_key"], json.dumps(json.loads(row["unprocessed"])["spec"])) for row in rows
    }


@pytest.mark.parametrize(("dialect", "seed"), WALKS, indirect=["dialect"])
async def test_contested_refs_have_the_same_claimants_whatever_their_history(tmp_path: Path, seed: int):
    async with world(tmp_path) as catalog:
        walk = Walk(catalog, seed, contested=True)
        await walk.begin()
        for _ in range(STEPS):
            await walk.step()
        await walk.heal()
        with_history, refs = await claimed(catalog), set(await catalog.finals())
    (tmp_path / "fresh").mkdir()
    async with world(tmp_path / "fresh") as fresh:
        fresh.files.held = dict(walk.files)
        await give_roots(fresh, walk.given)
        assert with_history == await claimed(fresh)
        assert refs == set(await fresh.finals())
