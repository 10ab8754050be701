"""Files that an entity names, from their host to the entity: read once wanted, and followed from then on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog import CatalogEngine
from cuelight.catalog.processing.preferences import Preferences
from cuelight.clock import ManualClock
from cuelight.processors import Ingredients, find_processors
from cuelight.repositories import RepositoryReader
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ENTITIES, PROBLEMS_ROWS, World

FILE = "catalog-info.yaml"
PETS = "api:default/pets"


def api(definition: str) -> str:
    return (
        "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: pets\n"
        f"spec:\n  type: openapi\n  lifecycle: production\n  owner: team\n  definition:\n    {definition}\n"
    )


async def definition(world: World) -> Any:
    """The definition of the API that is visible; None where none is."""
    entities = {row["entity_ref"]: json.loads(row["entity"]) for row in await world.rows(ENTITIES)}
    return entities[PETS]["spec"]["definition"] if PETS in entities else None


async def held(world: World, files: Mapping[str, str]) -> str:
    """Have a repository with *files*, and let everything come to rest."""
    repository = world.host.add("a", files)
    await world.scan()
    await world.work()
    return repository


async def test_a_file_that_an_entity_names_is_read_and_the_entity_appears(world: World):
    await held(world, {FILE: api("$text: ./pets.yaml"), "pets.yaml": "openapi: 3.0.0\n"})
    assert await definition(world) == "openapi: 3.0.0\n"
    assert await world.rows(PROBLEMS_ROWS) == []


async def test_a_push_that_changes_only_a_named_file_changes_the_entity(world: World):
    files = {FILE: api("$text: ./pets.yaml"), "pets.yaml": "openapi: 3.0.0\n"}
    repository = await held(world, files)
    await world.push_of(repository, {**files, "pets.yaml": "openapi: 3.1.0\n"})
    await world.work()
    assert await definition(world) == "openapi: 3.1.0\n"


async def test_a_push_that_changes_only_what_a_definition_refers_to_changes_the_entity(world: World):
    files = {
        FILE: api("$openapi: ./api/pets.yaml"),
        "api/pets.yaml": "paths: {$ref: ./paths.yaml}",
        "api/paths.yaml": "get: {$ref: '../schemas.yaml#/Pet'}",
        "schemas.yaml": "Pet: one\n",
    }
    repository = await held(world, files)
    assert await definition(world) == "paths:\n  get: one\n"
    await world.push_of(repository, {**files, "schemas.yaml": "Pet: two\n"})
    await world.work()
    assert await definition(world) == "paths:\n  get: two\n"


async def test_an_entity_that_names_another_file_keeps_its_version_until_that_was_read(world: World):
    files = {FILE: api("$text: ./pets.yaml"), "pets.yaml": "one"}
    repository = await held(world, files)
    await world.push_of(repository, {FILE: api("$text: ./more.yaml"), "more.yaml": "two"})
    (claim,) = await world.reconciler.claim(1)
    await world.reconciler.handle(claim)
    await world.settle()
    assert await definition(world) == "one"
    await world.work()
    assert await definition(world) == "two"


async def test_an_entity_whose_file_is_gone_keeps_its_last_good_version_and_says_so(world: World):
    files = {FILE: api("$text: ./pets.yaml"), "pets.yaml": "one"}
    repository = await held(world, files)
    await world.push_of(repository, {FILE: files[FILE]})
    await world.work()
    assert await definition(world) == "one"
    (problem,) = await world.rows(PROBLEMS_ROWS)
    assert (problem["rule"], problem["line"], problem["path"]) == ("placeholder", 9, "spec.definition")


@pytest.mark.parametrize("path", ["CODEOWNERS", ".github/CODEOWNERS"])
async def test_a_push_that_changes_only_codeowners_changes_the_owner(tmp_path: Path, path: str):
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        world = World(db, clock, MemoryProvider(FILE))
        ingredients = Ingredients(urls=world.registry.urls_of, preferences=Preferences(owners=True))
        world.engine = CatalogEngine(db, clock, RepositoryReader(world.registry), find_processors(ingredients))
        ownerless = api("x").replace("  owner: team\n", "").replace("definition:\n    x", "definition: x")
        repository = await held(world, {FILE: ownerless, "CODEOWNERS": "* @acme/one\n"})
        assert await world.owner(PETS) == "one"
        await world.push_of(repository, {FILE: ownerless, "CODEOWNERS": "* @acme/one\n", path: "* @acme/two\n"})
        await world.work()
        assert await world.owner(PETS) == "two"
