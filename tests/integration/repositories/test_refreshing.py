"""A refresh from its request to its end, and how fresh an entity then is: over a real reconciler and a real catalog."""

from cuelight.clock import SECOND
from cuelight.errors import HostUnavailable
from cuelight.repositories.freshness import EntityFreshness, freshness_of_ref, measure_staleness
from cuelight.repositories.refreshing import Progress, Refresh, ask_for_refresh, refresh_progress
from tests.integration.repositories.world import World, component

REF = "component:default/a"
FILE = "catalog-info.yaml"


async def one(world: World) -> str:
    """The repository a, brought in."""
    repository = world.host.add("a", {FILE: component("a")})
    await world.scan()
    await world.work()
    return repository


async def ask(world: World) -> Refresh:
    asked = await ask_for_refresh(world.db, world.registry, REF)
    assert asked is not None
    return asked


async def progress(world: World, asked: Refresh) -> Progress:
    found = await refresh_progress(world.db, asked.id)
    assert found is not None
    return found


async def freshness(world: World) -> EntityFreshness:
    found = await freshness_of_ref(world.db, world.registry, REF)
    assert found is not None
    return found


async def test_a_refresh_finds_a_push_whose_webhook_was_lost(world: World):
    repository = await one(world)
    world.host.commit(repository, {FILE: component("a", "other")})
    asked = await ask(world)
    await world.work()
    assert await world.owner(REF) == "other"
    found = await progress(world, asked)
    assert (found.outcome, found.at_rest) == ("applied", True)


async def test_a_refresh_of_what_is_right_confirms_it(world: World):
    await one(world)
    asked = await ask(world)
    await world.work()
    found = await progress(world, asked)
    assert (found.outcome, found.at_rest) == ("confirmed", True)


async def test_a_refresh_is_not_at_rest_before_the_catalog_is(world: World):
    repository = await one(world)
    world.host.commit(repository, {FILE: component("a", "other")})
    asked = await ask(world)
    await world.settle()
    for claim in await world.reconciler.claim(10):
        await world.reconciler.handle(claim)
    found = await progress(world, asked)
    assert (found.outcome, found.at_rest) == ("applied", False)


async def test_a_refresh_shares_its_reconcile_with_a_push_that_came_after_it(world: World):
    repository = await one(world)
    asked = await ask(world)
    world.clock.advance(0.1)
    await world.push(repository, world.host.commit(repository, {FILE: component("a", "other")}))
    assert await world.work() == 1
    assert (await progress(world, asked)).at_rest


async def test_a_refresh_says_that_the_host_does_not_answer(world: World):
    await one(world)
    world.host.error = HostUnavailable("github.com answered 503")
    asked = await ask(world)
    await world.work()
    found = await progress(world, asked)
    assert (found.outcome, found.unanswered, found.reason) == (None, 1, "github.com answered 503")


async def test_a_hidden_repository_ends_a_refresh_as_kept_and_the_entity_says_why_it_stays(world: World):
    repository = await one(world)
    world.host.hidden.add(repository)
    asked = await ask(world)
    await world.work()
    found = await progress(world, asked)
    assert found.outcome == "kept"
    assert (await freshness(world)).backing.reason == found.reason


async def test_freshness_names_the_commit_and_the_head(world: World):
    repository = await one(world)
    first = world.host.heads_at[repository, "main"]
    head = await world.push_of(repository, {FILE: component("a"), "README.md": "new"})
    await world.work()
    backing = (await freshness(world)).backing
    assert (backing.commit, backing.head, backing.waiting, backing.reason) == (first, head, 0, None)


async def test_freshness_says_which_head_only_a_payload_stands_for(world: World):
    repository = await one(world)
    first = world.host.heads_at[repository, "main"]
    world.clock.advance(5)
    head = await world.push_of(repository, {FILE: component("a", "other")})
    await world.work()
    found = await freshness(world)
    assert (found.backing.head, found.backing.proven, found.lag) == (head, first, 5 * SECOND)


async def test_a_push_that_was_not_looked_at_yet_is_on_its_way(world: World):
    repository = await one(world)
    await world.push_of(repository, {FILE: component("a", "other")})
    assert (await freshness(world)).backing.waiting == 1


async def test_the_last_change_tells_the_push_that_led_to_it(world: World):
    repository = await one(world)
    head = await world.push_of(repository, {FILE: component("a", "other")})
    await world.work()
    change = (await freshness(world)).last_change
    assert change is not None
    assert (change.cause, change.commit, change.total, change.host, change.ours) == ("d1", head, 0, 0, 0)


async def test_a_repository_whose_host_does_not_answer_is_waiting_and_unsettled(world: World):
    repository = await one(world)
    world.host.error = HostUnavailable("github.com answered 503")
    await world.push(repository, "c" * 40)
    await world.work()
    found = await measure_staleness(world.db)
    assert (found.waiting, found.unsettled) == (1, 1)
