"""The repositories of the recorded Backstage, read here: what the catalog holds of them is what that Backstage answered."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog import CatalogEngine
from cuelight.catalog.engine import Conduct
from cuelight.catalog.rules import Allowance, Rule, Rules
from cuelight.clock import ManualClock
from cuelight.model import generated_name
from cuelight.processors import Ingredients, find_processors
from cuelight.repositories import RepositoryReader
from tests.corpus import corpus
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ENTITIES, World

KINDS = ("Component", "System", "API", "Resource", "Location", "Domain", "User", "Group", "Template")
LATER = {"dup-two"}
"""Repositories that a push of the recording adds."""
NOWHERE = f"location:default/{generated_name('url', 'https://github.com/acme/x-manual/blob/main/catalog-info.yaml')}"
"""The Location of a file that its repository never had: Backstage's provider makes one for each repository."""
NAMED = re.compile(r"/entities/by-name/([^/]+)/([^/]+)/([^/]+)")


def recorded(name: str) -> Any:
    return next(case for case in CASES if case["name"] == name)["expect"]["body"]


CASES = json.loads(corpus("golden", "cases.json").read_text())
BY_NAME = [case for case in CASES if case["name"].startswith("byname-")]


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
async def held(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, Mapping[str, Any]]]:
    """Every final entity by its ref, once all repositories were read."""
    clock = ManualClock()
    async with database(tmp_path_factory.mktemp("recorded"), clock) as db:
        world = World(db, clock, MemoryProvider("catalog-info.yaml"))
        rules = Rules((Rule(allow=tuple(Allowance(kind=kind) for kind in KINDS)),))
        processors = find_processors(Ingredients(urls=world.registry.urls_of))
        world.engine = CatalogEngine(db, clock, RepositoryReader(world.registry), processors, Conduct(rules=rules))
        for folder in sorted(corpus("golden", "repositories").iterdir()):
            world.host.add(folder.name, {} if folder.name in LATER else files_of(folder))
        await world.scan()
        await world.settle()
        await world.work()
        yield {row["entity_ref"]: json.loads(row["entity"]) for row in await world.rows(ENTITIES)}


def comparable(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """*entity* without what differs between any two catalogs."""
    metadata = {name: value for name, value in entity["metadata"].items() if name not in {"uid", "etag"}}
    return {**entity, "metadata": metadata}


@pytest.mark.parametrize("case", BY_NAME, ids=lambda case: case["name"])
async def test_an_entity_is_as_it_was_answered(case: Mapping[str, Any], held: Mapping[str, Mapping[str, Any]]):
    match = NAMED.fullmatch(case["path"])
    assert match
    kind, namespace, name = match.groups()
    entity = held.get(f"{kind}:{namespace}/{name}".lower())
    expected = case["expect"]
    if expected["status"] == 404:
        assert entity is None
    else:
        assert entity
        assert comparable(entity) == comparable(expected["body"])


async def test_the_same_entities_are_there(held: Mapping[str, Mapping[str, Any]]):
    listed = {
        f"{each['kind']}:{each['metadata']['namespace']}/{each['metadata']['name']}".lower()
        for each in recorded("list-all-refs")
    }
    assert set(held) == listed - {NOWHERE}
