"""Dry runs over live reading: what registering a location would bring, from rows and from hosts; nothing is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from cuelight.catalog import Answer, File, Found, Rules, StaticLocation, Unreadable
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.rehearsal import Bounds, Rehearsal, location_tree, verdicts_on
from cuelight.catalog.rules import Allowance, Rule
from cuelight.catalog.tables import REFRESH_STATE
from cuelight.db import Statement
from cuelight.errors import HostUnavailable, InputError, TimedOut
from cuelight.model import LocationRef
from cuelight.processors import Ingredients, find_processors
from cuelight.repositories.live import LiveReader, refuse
from cuelight.repositories.reader import RepositoryReader
from tests.integration.repositories.world import ROWS, World, component, location

BLOB = "https://github.com/acme/shop/blob/main"
TREE = "https://github.com/acme/shop/tree/main"
ANYTHING = Rules((Rule(allow=tuple(Allowance(kind=kind) for kind in ("Component", "API", "Location"))),))
STATE = Statement(REFRESH_STATE.select())


def rehearsal(
    world: World,
    *,
    rules: Rules = ANYTHING,
    bounds: Bounds | None = None,
    elsewhere: Callable[[str], Awaitable[Answer]] = refuse,
) -> Rehearsal:
    processors = find_processors(Ingredients(urls=world.registry.urls_of))
    gatherer = lambda: LiveReader(world.db, world.registry, elsewhere)  # noqa: E731 -- each rehearsal has its own
    return Rehearsal(Pipeline(processors), rules, gatherer, bounds=bounds)


async def tried(world: World, target: str, **ways: Any) -> Sequence[str]:
    """The names of what registering *target* would bring, in order; generated ones as `-`."""
    entities = await location_tree(rehearsal(world, **ways), StaticLocation(type="url", target=target))
    names = [entity["metadata"]["name"] for entity in entities]
    return ["-" if name.startswith("generated-") else name for name in names]


async def refused(world: World, target: str, **ways: Any) -> str:
    with pytest.raises(InputError) as error:
        await tried(world, target, **ways)
    return error.value.message


async def test_it_brings_the_location_and_then_the_last_document_first(world: World):
    world.host.add("shop", {"a.yaml": f"{component('one')}---\n{component('two')}"})
    assert await tried(world, f"{BLOB}/a.yaml") == ["-", "two", "one"]


async def test_nothing_is_stored_and_nothing_tracked(world: World):
    world.host.add("shop", {"a.yaml": component("one")})
    await tried(world, f"{BLOB}/a.yaml")
    assert [*await world.rows(STATE), *await world.rows(ROWS)] == []


async def test_it_follows_locations_to_the_end_of_the_tree(world: World):
    files = {
        "a.yaml": location("./b/b.yaml").replace("files", "outer"),
        "b/b.yaml": location("../c.yaml").replace("files", "inner"),
        "c.yaml": component("one"),
    }
    world.host.add("shop", files)
    assert await tried(world, f"{BLOB}/a.yaml") == ["-", "outer", "inner", "one"]


async def test_globs_are_matched_with_the_tree_of_the_head(world: World):
    world.host.add("shop", {"s/a.yaml": component("a"), "s/b.yaml": component("b"), "c.yaml": component("c")})
    assert sorted(await tried(world, f"{BLOB}/s/*.yaml")) == ["-", "a", "b"]


async def test_files_are_read_together_and_heads_asked_for_once(world: World):
    files = {f"{name}.yaml": component(name) for name in "bcd"}
    world.host.add("shop", {"a.yaml": location("./b.yaml", "./c.yaml", "./d.yaml"), **files})
    await tried(world, f"{BLOB}/a.yaml")
    assert world.host.asked == {"heads": 1, "files": 2}


async def test_what_the_catalog_holds_is_not_asked_for_again(world: World):
    world.host.add("shop", {"catalog-info.yaml": component("one")})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    assert await tried(world, f"{BLOB}/catalog-info.yaml") == ["-", "one"]
    assert not world.host.asked


async def test_a_file_that_came_since_is_found_at_the_host(world: World):
    repository = world.host.add("shop", {"catalog-info.yaml": location("./new.yaml")})
    await world.scan()
    await world.work()
    world.host.commit(repository, {"new.yaml": component("new")})
    assert await tried(world, f"{BLOB}/new.yaml") == ["-", "new"]


async def test_a_placeholder_is_filled_in(world: World):
    api = component("pets").replace("kind: Component", "kind: API") + "  definition:\n    $text: ./pets.txt\n"
    world.host.add("shop", {"a.yaml": api, "pets.txt": "GET /pets"})
    tree = await location_tree(rehearsal(world), StaticLocation(type="url", target=f"{BLOB}/a.yaml"))
    assert tree[1]["spec"]["definition"] == "GET /pets"


async def test_a_missing_file_refuses_it_in_backstages_words(world: World):
    world.host.add("shop", {})
    assert await refused(world, f"{BLOB}/gone.yaml") == (
        f"NotFoundError: Unable to read url, no matching files found for {TREE}/gone.yaml"
    )


@pytest.mark.parametrize("target", [f"{BLOB}/a.yaml", "https://github.com/acme/none/blob/main/a.yaml", f"{BLOB}/"])
async def test_what_a_host_does_not_show_is_missing(world: World, target: str):
    world.host.add("shop", {}, branch=None)
    assert "no matching files found" in await refused(world, target)


async def test_an_address_of_a_host_that_is_no_files_is_refused_in_backstages_words(world: World):
    assert await refused(world, "https://github.com/acme/shop") == (
        "Error: Unable to read url, Error: Incorrect URL: https://github.com/acme/shop, "
        "Error: Invalid GitHub URL or file path"
    )


async def test_such_an_address_is_not_said_to_be_forbidden_where_it_is_registered_either(world: World):
    reader = RepositoryReader(world.registry)
    answer = await world.db.read(lambda tx: reader.read(tx, "https://github.com/acme/shop"))
    assert isinstance(answer, Unreadable)
    assert "Incorrect URL" in answer.reason


async def test_a_host_that_does_not_answer_refuses_it_with_its_reason(world: World):
    world.host.error = HostUnavailable("github.com answered 502")
    assert "github.com answered 502" in await refused(world, f"{BLOB}/a.yaml")


async def test_an_invalid_entity_refuses_it(world: World):
    world.host.add("shop", {"a.yaml": component("bad name")})
    message = await refused(world, f"{BLOB}/a.yaml")
    assert message.startswith("InputError: Policy check failed for component:default/bad name; caused by Error: ")


async def test_a_kind_that_may_not_come_refuses_it(world: World):
    world.host.add("shop", {"a.yaml": component("one")})
    message = await refused(world, f"{BLOB}/a.yaml", rules=Rules((Rule(allow=(Allowance(kind="Location"),)),)))
    assert message.startswith("NotAllowedError: Entity component:default/one at ")


@pytest.mark.parametrize(
    "files",
    [
        {"a.yaml": f"{component('one')}---\n{component('one')}"},
        {"a.yaml": location("./b.yaml", "./c.yaml"), "b.yaml": component("one"), "c.yaml": component("one")},
    ],
)
async def test_one_ref_twice_refuses_it(world: World, files: dict[str, str]):
    world.host.add("shop", files)
    assert await refused(world, f"{BLOB}/a.yaml") == "Duplicate nested entity: component:default/one"


async def test_locations_in_a_circle_refuse_it(world: World):
    files = {
        "a.yaml": location("./b.yaml").replace("files", "a"),
        "b.yaml": location("./a.yaml").replace("files", "b"),
    }
    world.host.add("shop", files)
    assert await refused(world, f"{BLOB}/a.yaml") == "Duplicate nested entity: location:default/a"


async def test_a_url_of_no_integration_is_not_read(world: World):
    assert "configure an integration for the target host" in await refused(world, "https://elsewhere/a.yaml")


async def test_another_reader_may_read_elsewhere(world: World):
    async def elsewhere(url: str) -> Answer:
        return Found(files=(File(url=url, content=component("far").encode()),))

    assert await tried(world, "https://elsewhere/a.yaml", elsewhere=elsewhere) == ["-", "far"]


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (Bounds(entities=1), "more than 1 entities"),
        (Bounds(files=1), "more than 1 files"),
        (Bounds(depth=1), "more than 1 deep"),
    ],
)
async def test_what_leads_too_far_is_refused(world: World, bounds: Bounds, message: str):
    files = {"a.yaml": location("./b.yaml", "./c.yaml"), "b.yaml": component("b"), "c.yaml": component("c")}
    world.host.add("shop", files)
    assert message in await refused(world, f"{BLOB}/a.yaml", bounds=bounds)


async def test_a_host_that_never_answers_is_not_waited_for(world: World):
    world.host.gate = asyncio.Event()
    with pytest.raises(TimedOut, match=r"within 0\.01 seconds"):
        await tried(world, f"{BLOB}/a.yaml", bounds=Bounds(seconds=0.01))


async def test_a_good_entity_is_well(world: World):
    assert await verdicts_on(rehearsal(world), entity(owner="me"), LocationRef("url", f"{BLOB}/a.yaml")) == []


async def test_a_verdict_tells_its_cause_apart(world: World):
    (verdict,) = await verdicts_on(rehearsal(world), entity(), LocationRef("url", f"{BLOB}/a.yaml"))
    assert verdict.cause is not None
    assert (verdict.name, verdict.cause.name) == ("InputError", "TypeError")
    assert verdict.message.endswith(f"; caused by TypeError: {verdict.cause.message}")


def entity(**spec: str) -> dict[str, Any]:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "v"},
        "spec": {"type": "service", "lifecycle": "production", **spec},
    }
