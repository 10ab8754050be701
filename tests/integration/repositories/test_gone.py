"""Repositories and branches that disappear, and those that only seem to."""

from collections.abc import Sequence

import msgspec
import pytest

from cuelight.errors import HostDenied, HostUnavailable
from cuelight.repair import Scanner, Sweeper
from cuelight.scm import Repository
from tests.integration.repositories.world import ROWS, SIGNS, World, component, location


async def loaded(world: World, *names: str) -> list[str]:
    ids = [world.host.add(name, {"catalog-info.yaml": component(name)}) for name in names]
    await world.scan()
    await world.work()
    world.clock.advance(10)
    return ids


def change(world: World, repository: str, **facts: object) -> Repository:
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], **facts)
    return world.host.known[repository]


async def looked_at(world: World) -> list[str]:
    await world.scan()
    await world.work()
    return await world.refs()


async def test_a_repository_that_a_complete_list_lacks_and_its_host_does_not_show_goes(world: World):
    a, _ = await loaded(world, "a", "b")
    del world.host.known[a]
    assert await looked_at(world) == ["component:default/b"]
    assert sorted(row["status"] for row in await world.rows(ROWS)) == ["gone", "tracked"]


async def test_a_repository_that_only_the_list_lacks_stays(world: World):
    a, _ = await loaded(world, "a", "b")
    world.host.unlisted.add(a)
    assert await looked_at(world) == ["component:default/a", "component:default/b"]


async def test_a_repository_that_its_host_does_not_show_but_lists_stays_and_says_so(world: World):
    a, _ = await loaded(world, "a", "b")
    world.host.hidden.add(a)
    assert await looked_at(world) == ["component:default/a", "component:default/b"]
    row = next(row for row in await world.rows(ROWS) if row["host_id"] == a)
    assert "shows these credentials no repository acme/a; what came from it stays" in row["reason"]


async def test_a_repository_whose_deletion_an_event_names_goes(world: World):
    a, _ = await loaded(world, "a", "b")
    told = world.host.known.pop(a)
    await world.event(a, "deleted", repository=told)
    await world.work()
    assert await world.refs() == ["component:default/b"]


async def test_a_deletion_that_its_host_does_not_agree_to_deletes_nothing(world: World):
    a, _ = await loaded(world, "a", "b")
    await world.event(a, "deleted")
    await world.work()
    world.clock.advance(61)
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]
    assert all(row["outcome"] for row in await world.rows(SIGNS))


async def test_a_deletion_that_its_host_shows_a_little_later_is_waited_for(world: World):
    a, _ = await loaded(world, "a", "b")
    await world.event(a, "deleted")
    await world.work()
    del world.host.known[a]
    world.clock.advance(3)
    await world.work()
    assert await world.refs() == ["component:default/b"]


async def test_access_that_was_revoked_keeps_what_came_from_the_repository(world: World):
    a, _ = await loaded(world, "a", "b")
    world.host.hidden.add(a)
    await world.event(a, "revoked")
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]


async def test_an_empty_list_deletes_nothing(world: World):
    await loaded(world, "a", "b")
    world.host.known.clear()
    assert await looked_at(world) == ["component:default/a", "component:default/b"]


@pytest.mark.parametrize("error", [HostDenied("401"), HostUnavailable("502")])
async def test_a_host_that_does_not_answer_deletes_nothing(world: World, error: Exception):
    await loaded(world, "a", "b")
    world.host.known.clear()
    world.host.error = error  # type: ignore[assignment]
    assert await looked_at(world) == ["component:default/a", "component:default/b"]


async def test_a_list_that_lost_every_private_repository_keeps_these(world: World):
    a, _ = await loaded(world, "a", "b")
    change(world, a, visibility="private")
    await looked_at(world)
    del world.host.known[a]
    assert await looked_at(world) == ["component:default/a", "component:default/b"]


async def test_a_private_repository_that_a_list_with_others_lacks_goes(world: World):
    a, b = await loaded(world, "a", "b")
    change(world, a, visibility="private")
    change(world, b, visibility="private")
    await looked_at(world)
    world.clock.advance(10)
    del world.host.known[a]
    assert await looked_at(world) == ["component:default/b"]


async def test_what_the_filters_leave_out_from_now_on_goes(world: World):
    a, _ = await loaded(world, "a", "b")
    await world.event(a, "archived", repository=change(world, a, archived=True))
    await world.work()
    assert await world.refs() == ["component:default/b"]


async def test_what_the_filters_take_again_comes_back(world: World):
    a, _ = await loaded(world, "a", "b")
    await world.event(a, "archived", repository=change(world, a, archived=True))
    await world.work()
    world.clock.advance(10)
    await world.event(a, "unarchived", repository=change(world, a, archived=False))
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]


async def test_a_repository_that_moved_to_another_owner_goes(world: World):
    a, _ = await loaded(world, "a", "b")
    change(world, a, full_name="stranger/a", web_url="https://github.com/stranger/a")
    assert await looked_at(world) == ["component:default/b"]


async def test_a_repository_that_comes_back_is_taken_again(world: World):
    a, _ = await loaded(world, "a", "b")
    known = world.host.known.pop(a)
    await looked_at(world)
    world.host.known[a] = known
    world.clock.advance(10)
    assert await looked_at(world) == ["component:default/a", "component:default/b"]


async def test_a_branch_that_comes_back_is_taken_again(world: World):
    (a,) = await loaded(world, "a")
    head = world.host.heads_at.pop((a, "main"))
    await looked_at(world)
    world.host.heads_at[a, "main"] = head
    world.clock.advance(10)
    assert await looked_at(world) == ["component:default/a"]


async def test_a_repository_that_was_made_while_the_list_was_read_is_not_missing(world: World):
    a, _ = await loaded(world, "a", "b")
    late = world.host.add("late", {"catalog-info.yaml": component("late")})
    world.host.unlisted.add(late)
    await world.push(late, world.host.heads_at[late, "main"])
    assert await looked_at(world) == ["component:default/a", "component:default/b", "component:default/late"]
    assert a


async def test_a_name_that_another_repository_took_over_keeps_what_that_one_has(world: World):
    a, _ = await loaded(world, "a", "b")
    old = world.host.known[a]
    other = world.host.add("other", {"catalog-info.yaml": component("other")})
    change(world, other, full_name=old.full_name, web_url=old.web_url)
    del world.host.known[a]
    await looked_at(world)
    assert await world.refs() == ["component:default/b", "component:default/other"]


async def test_a_location_into_a_repository_that_is_gone_says_so(world: World):
    a, _ = await loaded(world, "a", "b")
    named = world.host.add(
        "c", {"catalog-info.yaml": location("https://github.com/acme/a/blob/main/catalog-info.yaml")}
    )
    await looked_at(world)
    del world.host.known[a]
    world.clock.advance(10)
    refs: Sequence[str] = await looked_at(world)
    assert "location:default/files" in refs
    assert named


async def test_a_provider_that_left_the_configuration_leaves_what_came_from_it(world: World):
    a, _ = await loaded(world, "a", "b")
    await world.push_of(a, {})
    world.registry._providers.clear()  # as a start with another configuration has it
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]


async def test_a_scan_leaves_the_heads_of_what_is_settled_to_the_sweep(world: World):
    a, _ = await loaded(world, "a", "b")
    world.host.commit(a, {"catalog-info.yaml": component("a", "other")})
    world.host.asked.clear()
    sweeper = Sweeper(world.db, world.registry, world.clock)
    report = await Scanner(world.db, world.registry, sweeper).scan()
    await world.work()
    assert (report.signalled, await world.owner("component:default/a")) == (0, "other")
    assert world.host.asked == {"repositories": 1, "heads": 2, "compare": 1, "files": 1}
