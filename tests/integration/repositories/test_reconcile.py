"""Signals in, the host's truth out: what a reconcile writes, and what it leaves alone."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

import cuelight.journal.tables  # noqa: F401 -- its tables are part of the schema
from cuelight.catalog import Cause, StaticLocation, configure
from cuelight.db import Transaction
from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.repositories import Registry, let_go_of_claims, result
from cuelight.repositories.endings import Reconcile
from tests.integration.repositories.host import LARGEST, MemoryProvider
from tests.integration.repositories.world import FILES, PROBLEMS_ROWS, ROWS, SIGNS, World, component, location


async def test_a_scan_brings_every_repository_in(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    world.host.add("b", {"catalog-info.yaml": component("b")})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]
    assert await world.drift() == []


async def test_a_push_changes_the_entity(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    await world.push(repository, world.host.commit(repository, {"catalog-info.yaml": component("a", "other")}))
    await world.work()
    assert await world.owner("component:default/a") == "other"


async def test_a_push_to_a_repository_that_nobody_knew_brings_it_in(world: World):
    repository = world.host.add("new", {"catalog-info.yaml": component("new")})
    await world.push(repository, world.host.heads_at[repository, "main"])
    await world.work()
    assert await world.refs() == ["component:default/new"]


async def test_a_push_to_a_repository_of_another_owner_changes_nothing(world: World):
    repository = world.host.add("x", {"catalog-info.yaml": component("x")}, owner="stranger")
    await world.push(repository, world.host.heads_at[repository, "main"])
    assert await world.work() == 0
    assert await world.rows(ROWS) == []


async def test_a_push_to_another_branch_asks_the_host_nothing(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    await world.push(repository, "c" * 40, branch="feature")
    assert (await world.work(), dict(world.host.asked)) == (0, {})


async def test_ten_pushes_cost_one_reconcile(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    for number in range(10):
        await world.push(repository, world.host.commit(repository, {"catalog-info.yaml": component("a", f"t{number}")}))
    assert await world.work() == 1
    assert await world.owner("component:default/a") == "t9"
    assert set((await world.outcomes()).values()) == {"applied"}


async def test_a_late_push_of_a_head_that_was_applied_is_confirmed(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    old = world.host.heads_at[repository, "main"]
    await world.scan()
    await world.work()
    await world.push(repository, world.host.commit(repository, {"catalog-info.yaml": component("a", "newer")}))
    await world.work()
    await world.push(repository, old)
    await world.work()
    assert await world.owner("component:default/a") == "newer"
    assert (await world.outcomes())["e2"] == "confirmed"


async def test_a_push_whose_commit_never_shows_is_asked_about_for_a_minute_and_ends_as_superseded(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    await world.push(repository, "c" * 40)
    looks = 0
    while (await world.outcomes())["e1"] is None:
        looks += await world.work()
        world.clock.advance(1)
    assert (await world.outcomes())["e1"] == "superseded"
    assert 3 <= looks <= 8


async def test_a_push_that_is_ahead_of_the_host_s_answer_is_applied_once_the_host_shows_it(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    old = world.host.heads_at[repository, "main"]
    new = world.host.commit(repository, {"catalog-info.yaml": component("a", "newer")})
    world.host.heads_at[repository, "main"] = old
    await world.push(repository, new)
    await world.work()
    world.host.heads_at[repository, "main"] = new
    world.clock.advance(3)
    await world.work()
    assert await world.owner("component:default/a") == "newer"
    assert (await world.outcomes())["e1"] == "applied"


async def test_a_push_to_a_new_default_branch_moves_the_entities_there(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    new = world.host.commit(repository, {"catalog-info.yaml": component("a", "newer")}, branch="trunk")
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], default_branch="trunk")
    await world.push(repository, new, branch="trunk")
    await world.work()
    assert await world.owner("component:default/a") == "newer"
    assert "/trunk/" in await world.annotation("component:default/a", "backstage.io/managed-by-location")


async def test_a_renamed_repository_goes_on_under_its_new_name(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    known = world.host.known[repository]
    web_url = "https://github.com/acme/renamed"
    world.host.known[repository] = msgspec.structs.replace(known, full_name="acme/renamed", web_url=web_url)
    await world.push(repository, world.host.commit(repository, {"catalog-info.yaml": component("a", "newer")}))
    await world.work()
    assert await world.owner("component:default/a") == "newer"
    assert "/renamed/" in await world.annotation("component:default/a", "backstage.io/managed-by-location")


@pytest.mark.parametrize("first", [True, False])
async def test_a_push_that_gives_a_repository_another_one_s_name_leaves_nobody_waiting(world: World, *, first: bool):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    other = world.host.add("b", {"catalog-info.yaml": component("b")})
    told = msgspec.structs.replace(world.host.known[other], full_name="acme/a", web_url="https://github.com/acme/a")
    if not first:
        await world.scan()
    await world.push(other, world.host.heads_at[other, "main"], repository=told)
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]


async def test_a_want_of_a_row_under_a_wrong_name_is_asked_again_of_the_right_one(world: World):
    world.host.add("a", {"x.yaml": component("x")})
    other = world.host.add("b", {"catalog-info.yaml": component("b")})
    told = msgspec.structs.replace(world.host.known[other], full_name="acme/a", web_url="https://github.com/acme/a")
    await world.push(other, world.host.heads_at[other, "main"], repository=told)
    (claim,) = await world.reconciler.claim(10)
    target = StaticLocation(type="url", target="https://github.com/acme/a/blob/main/x.yaml")
    cause = Cause(id="configuration", at=world.clock.now())
    await world.db.transact(lambda tx: configure(tx, [target], cause))
    await world.settle()
    await world.reconciler.handle(claim)
    await world.settle()
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/b", "component:default/x"]


async def test_a_location_that_names_a_repository_which_is_not_there_is_told_so(world: World):
    world.host.add("a", {"catalog-info.yaml": location("https://github.com/acme/none/blob/main/x.yaml")})
    await world.scan()
    await world.work()
    messages = [row["message"] for row in await world.rows(PROBLEMS_ROWS)]
    assert any("no repository acme/none" in message for message in messages)


async def test_a_repository_that_only_a_location_names_is_found_by_the_next_scan_once_it_exists(world: World):
    world.host.add("a", {"catalog-info.yaml": location("https://github.com/stranger/none/blob/main/x.yaml")})
    await world.scan()
    await world.work()
    world.host.add("none", {"x.yaml": component("x")}, owner="stranger")
    world.clock.advance(1)
    await world.scan()
    await world.work()
    assert "component:default/x" in await world.refs()


async def test_a_repository_that_the_filters_leave_out_can_still_be_named_by_a_location(world: World):
    archived = world.host.add("old", {"x.yaml": component("x"), "catalog-info.yaml": component("unwanted")})
    world.host.known[archived] = msgspec.structs.replace(world.host.known[archived], archived=True)
    await world.push(archived, world.host.heads_at[archived, "main"])
    await world.work()
    world.host.add("a", {"catalog-info.yaml": location("https://github.com/acme/old/blob/main/x.yaml")})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/x", "location:default/files"]


async def test_a_first_look_at_files_with_names_needs_nothing_but_heads(world: World):
    world = World(world.db, world.clock, MemoryProvider("catalog-info.yaml"))
    world.host.tells_files = True
    for name in ("a", "b"):
        world.host.add(name, {"catalog-info.yaml": component(name)})
    world.host.add("none", {"README.md": "nothing"})
    await world.scan()
    world.host.asked.clear()
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b"]
    assert set(world.host.asked) == {"heads"}


@pytest.mark.parametrize("pauses", [1, 5])
async def test_a_first_look_that_its_host_put_off_needs_nothing_but_heads_either(world: World, pauses: int):
    world = World(world.db, world.clock, MemoryProvider("catalog-info.yaml"))
    world.host.tells_files = True
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    for _ in range(pauses):
        world.host.error = HostUnavailable("403", retry_after=60)
        await world.work()
        world.clock.advance(100)
    world.host.error = None
    await world.work()
    assert await world.refs() == ["component:default/a"]
    assert set(world.host.asked) == {"repositories", "heads"}


async def test_a_first_look_that_failed_twice_asks_for_the_tree(world: World):
    world = World(world.db, world.clock, MemoryProvider("catalog-info.yaml"))
    world.host.tells_files = True
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    for _ in range(2):
        world.host.error = HostUnavailable("502")
        await world.work()
        world.clock.advance(100)
    world.host.error = None
    await world.work()
    assert await world.refs() == ["component:default/a"]
    assert "tree" in world.host.asked


async def test_a_later_look_asks_for_the_tree_though_files_could_be_told_along(world: World):
    world = World(world.db, world.clock, MemoryProvider("catalog-info.yaml"))
    world.host.tells_files = True
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.commit(repository, {})
    await world.scan()
    await world.work()
    assert await world.refs() == []


async def test_one_that_cannot_be_written_holds_up_none_that_is_written_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    for name in ("a", "b", "c"):
        world.host.add(name, {"catalog-info.yaml": component(name)})
    await world.scan()
    whole = result.write_all

    async def write(tx: Transaction, reconciles: Sequence[Reconcile], registry: Registry) -> Sequence[result.Written]:
        if "acme/b" in {each.claim.tracked.full_name for each in reconciles}:
            raise ValueError("nobody foresaw this")
        return await whole(tx, reconciles, registry)

    monkeypatch.setattr("cuelight.repositories.writings.write_all", write)
    claims = await world.reconciler.claim(3)
    await asyncio.gather(*(world.reconciler.handle(claim) for claim in claims))
    await world.settle()
    assert await world.refs() == ["component:default/a", "component:default/c"]


async def test_pushes_do_not_undo_the_pauses_that_a_host_needs(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.error = HostUnavailable("502")
    world.host.asked.clear()
    for _ in range(20):
        await world.push(repository, "c" * 40)
        await world.work()
        world.clock.advance(1)
    assert world.host.asked["heads"] <= 10


async def test_an_error_that_nobody_foresaw_is_a_reason_on_the_row_and_is_tried_again(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    world.host.error = HostError("unheard of")
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["reason"], row["attempts"]) == ("unheard of", 1)


async def test_an_equal_head_costs_no_tree(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    world.clock.advance(1)
    await world.scan()
    await world.work()
    assert (world.host.asked["tree"], world.host.asked["files"]) == (0, 0)


async def test_a_push_that_touches_no_descriptor_reads_no_blob(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    files = {"catalog-info.yaml": component("a"), "README.md": "hello"}
    await world.push(repository, world.host.commit(repository, files))
    await world.work()
    assert world.host.asked["files"] == 0


async def test_a_deleted_descriptor_takes_its_entities_along(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a"), "README.md": ""})
    await world.scan()
    await world.work()
    await world.push(repository, world.host.commit(repository, {"README.md": ""}))
    await world.work()
    assert (await world.refs(), await world.drift()) == ([], [])


async def test_a_moved_descriptor_keeps_its_entity(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    await world.push(repository, world.host.commit(repository, {"services/a/catalog-info.yaml": component("a")}))
    await world.work()
    assert (await world.refs(), await world.drift()) == (["component:default/a"], [])


@pytest.mark.parametrize("error", [HostUnavailable("502"), HostDenied("the token was refused")])
async def test_a_host_that_does_not_answer_changes_nothing_and_is_asked_again(
    world: World, error: HostUnavailable | HostDenied
):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    await world.push(repository, world.host.commit(repository, {}))
    world.host.error = error
    await world.work()
    assert (await world.refs(), (await world.outcomes())["e1"]) == (["component:default/a"], None)
    world.host.error = None
    world.clock.advance(10)
    await world.work()
    assert (await world.refs(), (await world.outcomes())["e1"]) == ([], "applied")


async def test_the_pause_that_a_host_asks_for_is_kept(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    world.host.error = HostUnavailable("429", retry_after=100)
    await world.work()
    world.clock.advance(99)
    assert await world.work() == 0
    world.host.error = None
    world.clock.advance(4)
    assert await world.work() == 1


async def test_a_repository_that_a_host_denies_keeps_what_came_from_it(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    await world.push(repository, world.host.heads_at[repository, "main"])
    del world.host.known[repository]
    await world.work()
    assert (await world.refs(), (await world.outcomes())["e1"]) == (["component:default/a"], "kept")


async def test_a_branch_that_is_gone_takes_what_came_from_it(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    world.host.heads_at.clear()
    await world.event(repository, "branch_deleted")
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (await world.refs(), row["status"], row["reason"]) == (
        [],
        "gone",
        "acme/a has no branch main; what came from it goes",
    )


async def test_an_empty_repository_is_looked_at_and_left(world: World):
    world.host.add("empty", {}, branch=None)
    await world.scan()
    await world.work()
    (row,) = await world.rows(ROWS)
    assert (row["head"], row["reason"], await world.refs()) == (None, "acme/empty has no branch yet", [])


async def test_a_location_s_target_in_the_same_repository_is_read_and_followed(world: World):
    files = {"catalog-info.yaml": location("./more/x.yaml"), "more/x.yaml": component("x")}
    repository = world.host.add("a", files)
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/x", "location:default/files"]
    await world.push(repository, world.host.commit(repository, {**files, "more/x.yaml": component("x", "other")}))
    await world.work()
    assert await world.owner("component:default/x") == "other"


async def test_a_location_s_target_in_another_repository_of_the_host_is_read_and_followed(world: World):
    other = world.host.add("elsewhere", {"x.yaml": component("x")}, owner="stranger")
    world.host.add("a", {"catalog-info.yaml": location("https://github.com/stranger/elsewhere/blob/main/x.yaml")})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/x", "location:default/files"]
    await world.push(other, world.host.commit(other, {"x.yaml": component("x", "other")}))
    await world.work()
    assert await world.owner("component:default/x") == "other"


async def test_a_folder_with_brackets_is_no_glob(world: World):
    files = {"services/[id]/catalog-info.yaml": component("page"), "services/i/catalog-info.yaml": component("i")}
    repository = world.host.add("web", files)
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/i", "component:default/page"]
    await world.push_of(repository, {**files, "services/[id]/catalog-info.yaml": component("page", "next")})
    await world.work()
    assert await world.owner("component:default/page") == "next"


@pytest.mark.parametrize("target", ["./apis/{a,b}.yaml", "./apis/[ab].yaml"])
async def test_braces_and_brackets_that_no_file_has_in_its_name_are_a_glob(world: World, target: str):
    apis = {"apis/a.yaml": component("a"), "apis/b.yaml": component("b"), "apis/c.yaml": component("c")}
    world.host.add("r", {"catalog-info.yaml": location(target), **apis})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b", "location:default/files"]


async def test_a_location_that_names_a_folder_with_brackets_gets_that_one_alone(world: World):
    files = {"app/[id]/part.yaml": component("page"), "app/i/part.yaml": component("i")}
    world.host.add("web", {"catalog-info.yaml": location("./app/[id]/part.yaml"), **files})
    await world.scan()
    await world.work()
    assert await world.refs() == ["component:default/page", "location:default/files"]


async def test_a_location_with_a_glob_gets_what_appears_and_loses_what_goes(world: World):
    files = {"catalog-info.yaml": location("./apis/*.yaml"), "apis/a.yaml": component("a")}
    repository = world.host.add("r", files)
    await world.scan()
    await world.work()
    files["apis/b.yaml"] = component("b")
    await world.push(repository, world.host.commit(repository, files))
    await world.work()
    assert await world.refs() == ["component:default/a", "component:default/b", "location:default/files"]
    del files["apis/a.yaml"]
    await world.push(repository, world.host.commit(repository, files))
    await world.work()
    assert await world.refs() == ["component:default/b", "location:default/files"]


async def test_a_target_that_is_named_no_more_goes_with_its_source(world: World):
    files = {"catalog-info.yaml": location("./x.yaml"), "x.yaml": component("x")}
    repository = world.host.add("a", files)
    await world.scan()
    await world.work()
    for number in range(3):
        files["catalog-info.yaml"] = component(f"y{number}")
        await world.push(repository, world.host.commit(repository, files))
        await world.work()
    assert await world.refs() == ["component:default/y2"]
    assert [row["path"] for row in await world.rows(FILES)] == ["catalog-info.yaml"]


async def test_a_target_that_is_missing_is_a_problem_and_appears_once_it_is_there(world: World):
    files = {"catalog-info.yaml": location("./x.yaml")}
    repository = world.host.add("a", files)
    await world.scan()
    await world.work()
    assert await world.refs() == []
    files["x.yaml"] = component("x")
    await world.push(repository, world.host.commit(repository, files))
    await world.work()
    assert await world.refs() == ["component:default/x", "location:default/files"]


async def test_a_descriptor_past_the_size_limit_keeps_its_last_good_version(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    huge = component("a", "other") + "#" * LARGEST
    await world.push(repository, world.host.commit(repository, {"catalog-info.yaml": huge}))
    await world.work()
    assert await world.owner("component:default/a") == "team"


async def test_a_reconcile_whose_claim_was_lost_writes_nothing(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    (slow,) = await world.reconciler.claim(10)
    world.clock.advance(31)
    await world.work()
    world.host.commit(repository, {"catalog-info.yaml": component("a", "not asked for")})
    await world.reconciler.handle(slow)
    await world.settle()
    assert await world.owner("component:default/a") == "team"


async def test_two_workers_never_hold_one_repository(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    first, second = await asyncio.gather(world.reconciler.claim(10), world.reconciler.claim(10))
    assert len(first) + len(second) == 1


async def test_a_push_during_a_reconcile_is_not_forgotten(world: World):
    repository = world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    world.host.gate = asyncio.Event()
    (claim,) = await world.reconciler.claim(10)
    busy = asyncio.create_task(world.reconciler.handle(claim))
    await world.push(repository, world.host.heads_at[repository, "main"])
    assert not await world.reconciler.claim(10)
    world.host.gate.set()
    await busy
    assert len(await world.reconciler.claim(10)) == 1


async def test_a_claim_of_a_process_that_died_is_let_go_at_the_next_start(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.reconciler.claim(10)
    await let_go_of_claims(world.db)
    assert len(await world.reconciler.claim(10)) == 1


async def test_a_reconcile_that_dies_while_it_writes_did_not_happen(world: World, monkeypatch: pytest.MonkeyPatch):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    (claim,) = await world.reconciler.claim(10)

    async def killed(_tx: Transaction, *_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cuelight.repositories.endings._end_signals", killed)
        with pytest.raises(KeyboardInterrupt):
            await world.reconciler.handle(claim)
    assert await world.rows(FILES) == []
    await let_go_of_claims(world.db)
    await world.work()
    assert await world.refs() == ["component:default/a"]


async def test_every_ended_signal_says_why(world: World):
    world.host.add("a", {"catalog-info.yaml": component("a")})
    await world.scan()
    await world.work()
    (row,) = await world.rows(SIGNS)
    assert row["reason"].startswith("applied ")
    assert "1 descriptor read" in row["reason"]


async def test_a_push_to_a_repository_that_the_filters_leave_out_costs_one_look(world: World):
    archived = world.host.add("old", {"catalog-info.yaml": component("unwanted")})
    world.host.known[archived] = msgspec.structs.replace(world.host.known[archived], archived=True)
    await world.push(archived, world.host.heads_at[archived, "main"])
    await world.work()
    world.clock.advance(10)
    assert (await world.work(), (await world.outcomes())["e1"], await world.refs()) == (0, "excluded", [])
