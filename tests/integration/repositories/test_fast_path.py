"""Pushes whose payload suffices: what they spare, and what is never believed for good."""

import pytest

from cuelight.errors import HostUnavailable
from cuelight.scm import Push
from tests.integration.repositories.world import ROWS, SIGNS, World, component, location


@pytest.fixture
async def repository(world: World) -> str:
    """A repository that is applied and proven."""
    repository = world.host.add("a", {"catalog-info.yaml": component("a"), "README.md": "hello"})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    return repository


async def test_a_push_whose_payload_suffices_costs_one_request(world: World, repository: str):
    await world.push_of(repository, {"catalog-info.yaml": component("a", "other"), "README.md": "hello"})
    await world.work()
    assert (await world.owner("component:default/a"), dict(world.host.asked)) == ("other", {"files": 1})


async def test_a_push_that_touches_no_descriptor_costs_none(world: World, repository: str):
    after = await world.push_of(repository, {"catalog-info.yaml": component("a"), "README.md": "changed"})
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["head"], dict(world.host.asked)) == (after, {})


async def test_a_head_that_only_a_payload_says_is_not_proven(world: World, repository: str):
    before = world.host.heads_at[repository, "main"]
    await world.push_of(repository, {"catalog-info.yaml": component("a"), "README.md": "changed"})
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["proven"], row["commits"]) == (before, 1)


async def test_several_pushes_are_followed_one_after_the_other_whatever_order_they_came_in(
    world: World, repository: str
):
    first = world.host.heads_at[repository, "main"]
    second = world.host.commit(repository, {"catalog-info.yaml": component("a", "second")})
    third = world.host.commit(repository, {"catalog-info.yaml": component("a", "third")})
    await world.happen(world.ordinary(repository, second, third))
    await world.happen(world.ordinary(repository, first, second))
    await world.work()
    assert (await world.owner("component:default/a"), dict(world.host.asked)) == ("third", {"files": 1})


async def test_a_gap_is_asked_about(world: World, repository: str):
    world.host.commit(repository, {"catalog-info.yaml": component("a", "lost")})
    await world.push_of(repository, {"catalog-info.yaml": component("a", "lost"), "new.md": ""})
    await world.work()
    assert await world.owner("component:default/a") == "lost"
    assert dict(world.host.asked) == {"heads": 1, "compare": 1, "files": 1}


async def test_a_comparison_that_is_cut_is_followed_by_the_tree(world: World, repository: str):
    many = {f"docs/{index}.md": str(index) for index in range(301)}
    world.host.commit(repository, {"catalog-info.yaml": component("a", "other"), **many})
    await world.scan()
    await world.work()
    assert (await world.owner("component:default/a"), world.host.asked["tree"]) == ("other", 1)


async def test_a_descriptor_that_a_push_removes_goes(world: World, repository: str):
    await world.push_of(repository, {"README.md": "hello"})
    await world.work()
    assert (await world.refs(), dict(world.host.asked)) == ([], {"files": 1})


async def test_a_descriptor_that_is_removed_and_added_again_in_one_push_stays(world: World, repository: str):
    """X1"""
    await world.push_of(repository, {"catalog-info.yaml": component("a", "again"), "README.md": "hello"})
    await world.work()
    assert await world.owner("component:default/a") == "again"


async def test_a_file_that_no_payload_lists_is_found_by_the_confirmation(world: World, repository: str):
    """A merge that reverts a file to what one of its parents has is listed nowhere."""
    files = {"catalog-info.yaml": component("a", "merged"), "README.md": "merged"}
    after = await world.push_of(repository, files, paths=["README.md"])
    world.host.merges.add(after)
    await world.work()
    await world.scan()
    await world.work()
    assert await world.owner("component:default/a") == "merged"


async def test_a_straight_line_of_commits_proves_what_was_applied(world: World, repository: str):
    after = await world.push_of(repository, {"catalog-info.yaml": component("a", "other")})
    await world.work()
    await world.scan()
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["proven"], row["commits"], world.host.asked["tree"]) == (after, 0, 0)


async def test_a_push_that_comes_a_minute_late_is_asked_about(world: World, repository: str):
    before = world.host.heads_at[repository, "main"]
    after = world.host.commit(repository, {"catalog-info.yaml": component("a", "reverted")})
    world.host.heads_at[repository, "main"] = before
    push = world.ordinary(repository, before, after)
    await world.happen(Push(**{name: getattr(push, name) for name in push.__struct_fields__} | {"pushed_at": 0}))
    world.clock.advance(61)
    await world.work()
    assert await world.owner("component:default/a") == "team"


async def test_a_forced_push_is_asked_about(world: World, repository: str):
    before = world.host.heads_at[repository, "main"]
    after = world.host.commit(repository, {"README.md": "rewritten"})
    push = world.ordinary(repository, before, after, paths=[])
    await world.happen(Push(**{name: getattr(push, name) for name in push.__struct_fields__} | {"forced": True}))
    await world.work()
    assert (await world.refs(), world.host.asked["heads"]) == ([], 1)


async def test_a_repository_that_a_payload_calls_by_another_name_is_asked_about(world: World, repository: str):
    known = world.host.known[repository]
    before = world.host.heads_at[repository, "main"]
    after = world.host.commit(repository, {"catalog-info.yaml": component("a", "other")})
    world.host.known[repository] = type(known)(
        **{name: getattr(known, name) for name in known.__struct_fields__}
        | {"full_name": "acme/b", "web_url": "https://github.com/acme/b"}
    )
    await world.happen(world.ordinary(repository, before, after))
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["full_name"], await world.drift()) == ("acme/b", [])


async def test_what_a_location_names_is_followed_too(world: World):
    files = {"catalog-info.yaml": location("./more.yaml"), "more.yaml": component("more")}
    repository = world.host.add("b", files)
    await world.scan()
    await world.work()
    world.host.asked.clear()
    await world.push_of(repository, {**files, "more.yaml": component("more", "other")})
    await world.work()
    assert (await world.owner("component:default/more"), dict(world.host.asked)) == ("other", {"files": 1})


async def test_a_fast_path_that_the_host_does_not_answer_is_asked_about_in_full(world: World, repository: str):
    world.host.error = HostUnavailable("the replica has no such commit yet")
    await world.push_of(repository, {"catalog-info.yaml": component("a", "other"), "README.md": "hello"})
    await world.work()
    world.host.error = None
    world.clock.advance(10)
    await world.work()
    assert (await world.owner("component:default/a"), world.host.asked["heads"]) == ("other", 1)


async def test_a_push_behind_the_head_ends_at_once(world: World, repository: str):
    between = world.host.commit(repository, {"catalog-info.yaml": component("a", "between")})
    world.host.commit(repository, {"catalog-info.yaml": component("a", "head")})
    await world.push(repository, between)
    await world.work()
    signals = {row["id"]: row["outcome"] for row in await world.rows(SIGNS)}
    assert (signals["e1"], await world.owner("component:default/a")) == ("applied", "head")
