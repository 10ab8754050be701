"""The annotation that names an entity's repository (section 5.6)."""

from typing import Any

import pytest

from cuelight.catalog.processing.preferences import Preferences
from tests.unit.catalog.world import component
from tests.unit.processors.bench import Bench

SLUG = "github.com/project-slug"


async def slug(entity: dict[str, Any], *kinds: str, **options: Any) -> Any:
    bench = Bench(preferences=Preferences(slugged=kinds), **options)
    return (await bench.entity(entity))["metadata"]["annotations"].get(SLUG)


@pytest.mark.parametrize("kinds", [("Component",), ("API", "component")])
async def test_an_entity_of_a_named_kind_says_its_repository(kinds: tuple[str, ...]):
    assert await slug(component("pay"), *kinds) == "o/r"


@pytest.mark.parametrize("kinds", [(), ("API",)])
async def test_others_say_nothing(kinds: tuple[str, ...]):
    assert await slug(component("pay"), *kinds) is None


async def test_a_host_that_is_not_configured_has_no_slug():
    assert await slug(component("pay"), "Component", file="https://elsewhere/o/r/c.yaml") is None


async def test_a_local_file_has_no_slug():
    assert await slug(component("pay"), "Component", file="file:/srv/c.yaml") is None
