"""Repositories that are hidden from us, or no longer given to us: what a list and an event say of that, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from cuelight.catalog import Brake
from cuelight.catalog.brake import engage
from cuelight.catalog.tables import DELETIONS
from cuelight.clock import ManualClock
from cuelight.db import Row, Statement
from cuelight.repair import Scanner, Sweeper, Swept
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from tests.convergence.interruption import SteppedDatabase, Steps
from tests.database import database
from tests.integration.repositories.host import HOST, AppProvider, MemoryProvider
from tests.integration.repositories.world import ROWS, World, component, location

FILE = "catalog-info.yaml"
HELD = Statement(select(DELETIONS.c.entity_ref).where(DELETIONS.c.state == "held"))
MISSING = Statement(select(SIGNALS.c.id).where(SIGNALS.c.kind == "missing"))
OPEN = Statement(select(SIGNALS.c.id).where(SIGNALS.c.outcome.is_(None)))
A, B = "component:default/a", "component:default/b"
MINUTE, HOUR = 60, 3600


@pytest.fixture
async def apps(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose only provider takes what an app is installed on: acme, at first."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        made = World(db, clock, AppProvider(FILE))
        made.host.installed.add("acme")
        yield made


async def loaded(world: World, *names: str, owner: str = "acme", visibility: str | None = None) -> list[str]:
    ids = [world.host.add(name, {FILE: component(name)}, owner=owner) for name in names]
    for each in ids:
        change(world, each, visibility=visibility)
    await looked_at(world)
    return ids


def change(world: World, repository: str, **facts: object) -> None:
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], **facts)


def hide(world: World, *repositories: str) -> None:
    world.host.hidden.update(repositories)
    world.host.unlisted.update(repositories)


def show(world: World, *repositories: str) -> None:
    world.host.hidden.difference_update(repositories)
    world.host.unlisted.difference_update(repositories)


async def told(world: World, repository: str, action: str) -> None:
    """An event, and what follows from it at once."""
    await world.event(repository, action)  # type: ignore[arg-type]
    await world.work()


async def looked_at(world: World) -> list[str]:
    """The entities after a scan of a minute later."""
    world.clock.advance(MINUTE)
    await world.scan()
    await world.work()
    return await world.refs()


async def swept(world: World) -> Swept:
    """A sweep of some minutes later, and what follows."""
    world.clock.advance(5 * MINUTE)
    found = await Sweeper(world.db, world.registry, world.clock).sweep()
    await world.work()
    return found


async def row_of(world: World, repository: str) -> Row:
    (row,) = [row for row in await world.rows(ROWS) if row["host_id"] == repository]
    return row


async def brake(world: World, *, entities: int, share: float = 0.01) -> None:
    await world.db.transact(lambda tx: engage(tx, Brake(entities=entities, share=share)))


async def change_rows(world: World, **values: object) -> None:
    await world.db.transact(lambda tx: tx.execute(Statement(update(REPOSITORIES).values(**values))))


# what an event says of our access outlives its signal


async def test_what_access_was_revoked_to_is_not_gone_because_a_later_list_lacks_it(world: World):
    a, _ = await loaded(world, "a", "b")
    hide(world, a)
    await told(world, a, "revoked")
    assert await looked_at(world) == [A, B]


async def test_what_access_was_revoked_to_says_so(world: World):
    a, _ = await loaded(world, "a", "b")
    hide(world, a)
    await told(world, a, "revoked")
    await looked_at(world)
    said = str((await row_of(world, a))["reason"])
    assert said.endswith("and an event said that access to it was revoked; what came from it stays")


async def test_what_access_was_revoked_to_is_no_news_at_every_sweep(world: World):
    a, _ = await loaded(world, "a", "b")
    hide(world, a)
    await told(world, a, "revoked")
    await looked_at(world)
    assert (await swept(world)).signalled == 0


async def test_what_was_left_out_and_is_hidden_is_no_news(world: World):
    a, _ = await loaded(world, "a", "b")
    change(world, a, archived=True)
    await looked_at(world)
    hide(world, a)
    assert (await swept(world)).signalled == 0


async def test_a_location_s_repository_to_which_access_was_revoked_is_not_gone_either(world: World):
    named = await named_by_a_location(world)
    hide(world, named)
    await told(world, named, "revoked")
    await looked_at(world)
    assert {row["status"] for row in await world.rows(ROWS) if row["host_id"] == named} == {"tracked"}


async def test_what_is_shown_again_to_a_sweep_and_then_vanishes_is_gone(world: World):
    a, _ = await loaded(world, "a", "b", visibility="private")
    await told(world, a, "revoked")
    await swept(world)
    del world.host.known[a]
    assert await looked_at(world) == [B]


async def test_what_is_granted_again_and_then_vanishes_is_gone(world: World):
    a, _ = await loaded(world, "a", "b", visibility="private")
    hide(world, a)
    await told(world, a, "revoked")
    await looked_at(world)
    show(world, a)
    await told(world, a, "granted")
    await swept(world)
    del world.host.known[a]
    assert await looked_at(world) == [B]


async def test_what_a_replica_still_shows_to_a_sweep_says_nothing_of_access(world: World):
    a, _ = await loaded(world, "a", "b", visibility="private")
    await told(world, a, "revoked")
    world.clock.advance(10)
    await Sweeper(world.db, world.registry, world.clock).sweep()
    hide(world, a)
    assert await looked_at(world) == [A, B]


async def test_what_anybody_may_see_says_nothing_of_access_to_a_sweep(world: World):
    a, _ = await loaded(world, "a", "b", visibility="public")
    await told(world, a, "revoked")
    await swept(world)
    hide(world, a)
    assert await looked_at(world) == [A, B]


async def test_what_anybody_may_see_says_nothing_of_access_to_a_reconcile(world: World):
    a, _ = await loaded(world, "a", "b", visibility="public")
    await told(world, a, "revoked")
    await looked_at(world)
    await looked_at(world)
    hide(world, a)
    assert await looked_at(world) == [A, B]


async def test_a_grant_that_comes_late_says_nothing_of_what_is_hidden(world: World):
    a, _ = await loaded(world, "a", "b", visibility="private")
    hide(world, a)
    await told(world, a, "revoked")
    await told(world, a, "granted")
    assert await looked_at(world) == [A, B]


async def test_an_event_that_names_its_deletion_counts_for_what_access_was_revoked_to(world: World):
    a, _ = await loaded(world, "a", "b")
    hide(world, a)
    await told(world, a, "revoked")
    await told(world, a, "deleted")
    assert await world.refs() == [B]


async def test_what_access_was_revoked_to_is_not_announced_as_gone(world: World):
    await brake(world, entities=2)
    names = [f"r{number}" for number in range(6)]
    gone, *revoked = await loaded(world, *names)
    hide(world, gone, *revoked)
    for each in revoked:
        await told(world, each, "revoked")
    await looked_at(world)
    hide(world, gone)
    world.host.add("other", {})
    assert "component:default/r0" not in await looked_at(world)


# what an app's list lacks, and anybody may see


async def test_what_anybody_may_see_and_an_app_s_list_lacks_is_left_out_with_a_sentence(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    assert await looked_at(apps) == [B]
    row = await row_of(apps, a)
    assert row["status"] == "excluded"
    assert row["reason"] == "app 7 is not installed on acme/a; what came from it goes"


async def test_what_anybody_may_see_is_not_left_out_of_an_owner_s_repositories(world: World):
    a, _ = await loaded(world, "a", "b", visibility="public")
    world.host.unlisted.add(a)
    assert await looked_at(world) == [A, B]


async def test_what_an_app_s_list_has_again_comes_back(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    await looked_at(apps)
    apps.host.unlisted.clear()
    assert await looked_at(apps) == [A, B]


async def test_what_an_app_is_granted_again_comes_back_before_the_next_list(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    await looked_at(apps)
    await told(apps, a, "granted")
    assert await apps.refs() == [A, B]


async def test_a_sweep_leaves_out_what_an_app_s_list_lacks(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    await looked_at(apps)
    assert ((await swept(apps)).signalled, await apps.refs()) == (0, [B])


async def test_a_refusal_of_what_an_app_s_list_lacks_keeps_it_and_is_not_asked_about_before_the_next_list(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    apps.host.refused.add(a)
    assert await looked_at(apps) == [A, B]
    assert [row["due_at"] for row in await apps.rows(ROWS)] == [None, None]


async def test_a_sweep_finds_out_what_a_refusal_had_left_open(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    apps.host.refused.add(a)
    await looked_at(apps)
    apps.host.refused.clear()
    await swept(apps)
    assert await apps.refs() == [B]


async def test_a_sweep_finds_out_what_a_push_has_moved_on_since_a_refusal(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    apps.host.refused.add(a)
    await looked_at(apps)
    await apps.push_of(a, {FILE: component("a", "others")})
    await apps.work()
    apps.host.refused.clear()
    await swept(apps)
    assert await apps.refs() == [B]


async def test_what_an_owner_s_list_lacks_is_not_thought_to_be_lacking_in_an_app_s(world: World):
    a, _ = await loaded(world, "a", "b", visibility="public")
    world.host.unlisted.add(a)
    await looked_at(world)
    assert (await row_of(world, a))["unlisted_at"] is None


async def test_a_provider_that_is_an_owner_s_from_now_on_takes_what_its_app_s_list_lacked(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    await looked_at(apps)
    apps.registry.providers[0].scope = MemoryProvider.scope  # type: ignore[misc]
    await swept(apps)
    assert await apps.refs() == [A, B]


async def test_what_moved_to_an_owner_whom_the_app_is_not_installed_on_is_left_out_under_its_new_name(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    change(apps, a, full_name="stranger/a", web_url=f"https://{HOST}/stranger/a")
    assert await looked_at(apps) == [B]
    assert str((await row_of(apps, a))["reason"]).startswith("app 7 is not installed on stranger/a")
    assert (await swept(apps)).signalled == 0


async def test_an_app_that_lists_what_it_may_read_refutes_an_older_event(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    await told(apps, a, "revoked")
    apps.clock.advance(HOUR)
    await looked_at(apps)
    assert (await row_of(apps, a))["revoked_at"] is None


async def test_what_was_looked_at_while_a_list_had_it_again_is_taken(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    apps.clock.advance(MINUTE)
    scanner = Scanner(apps.db, apps.registry, Sweeper(apps.db, apps.registry, apps.clock))
    await scanner.scan()
    claims = await apps.reconciler.claim(10)
    apps.host.unlisted.clear()
    await scanner.scan()
    for claim in claims:
        await apps.reconciler.handle(claim)
    await apps.work()
    assert await apps.refs() == [A, B]


async def test_what_is_left_out_without_a_list_that_lacks_it_is_taken_by_a_sweep(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)
    await looked_at(apps)
    await change_rows(apps, unlisted_at=None)
    await swept(apps)
    assert await apps.refs() == [A, B]


async def test_what_is_granted_while_the_list_is_read_is_not_left_out(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    apps.host.unlisted.add(a)

    async def grant() -> None:
        apps.clock.advance(1)
        await told(apps, a, "granted")

    apps.host.meanwhile = grant
    assert await looked_at(apps) == [A, B]


async def test_what_a_replica_hides_when_it_was_granted_while_the_list_was_read_is_not_gone(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="private")
    hide(apps, a)

    async def grant() -> None:
        apps.clock.advance(1)
        await told(apps, a, "granted")

    apps.host.meanwhile = grant
    assert await looked_at(apps) == [A, B]


# an app with two installations


async def test_an_installation_that_is_no_more_hides_what_is_private_of_its_owner(apps: World):
    apps.host.installed.add("zeta")
    await loaded(apps, "a", visibility="private")
    z = await loaded(apps, "b", owner="zeta", visibility="private")
    apps.host.installed.discard("zeta")
    hide(apps, *z)
    assert await looked_at(apps) == [A, B]


async def test_an_installation_that_is_no_more_leaves_out_what_is_public_of_its_owner(apps: World):
    apps.host.installed.add("zeta")
    await loaded(apps, "a", visibility="private")
    await loaded(apps, "b", owner="zeta", visibility="public")
    apps.host.installed.discard("zeta")
    assert await looked_at(apps) == [A]


async def test_an_installation_that_shows_other_private_repositories_lacks_what_is_gone(apps: World):
    apps.host.installed.add("zeta")
    a, _ = await loaded(apps, "a", "b", visibility="private")
    await loaded(apps, "c", owner="zeta", visibility="private")
    del apps.host.known[a]
    assert await looked_at(apps) == [B, "component:default/c"]


async def test_an_app_that_is_installed_anew_has_what_it_had(apps: World):
    apps.host.installed.add("zeta")
    await loaded(apps, "a", visibility="public")
    await loaded(apps, "b", owner="zeta", visibility="public")
    apps.host.installed.discard("zeta")
    await looked_at(apps)
    apps.host.installed.add("zeta")
    assert await looked_at(apps) == [A, B]


async def test_an_app_that_is_installed_nowhere_any_more_changes_nothing(apps: World):
    await loaded(apps, "a", "b", visibility="public")
    apps.host.installed.clear()
    assert await looked_at(apps) == [A, B]


async def test_what_an_app_s_list_lacks_is_held_where_it_is_too_much(apps: World):
    names = [f"r{number}" for number in range(5)]
    lost = await loaded(apps, *names, visibility="public")
    await brake(apps, entities=2)
    for each in lost[1:]:
        await told(apps, each, "revoked")
    apps.host.unlisted.update(lost[1:])
    await looked_at(apps)
    assert len(await apps.refs()) == 5


# before the first list that tells who may see what


async def test_what_may_be_private_is_kept_where_a_list_has_nothing_private(world: World):
    a, b = await loaded(world, "a", "b", visibility="private")
    change(world, b, visibility="public")
    await change_rows(world, visibility=None)
    hide(world, a)
    assert await looked_at(world) == [A, B]


async def test_what_may_be_private_goes_where_a_list_has_something_private(world: World):
    a, _ = await loaded(world, "a", "b", visibility="private")
    await change_rows(world, visibility=None)
    del world.host.known[a]
    assert await looked_at(world) == [B]


async def test_a_sweep_finds_out_who_may_see_a_repository(world: World):
    (a,) = await loaded(world, "a", visibility="private")
    await change_rows(world, visibility=None)
    await swept(world)
    assert (await row_of(world, a))["visibility"] == "private"


async def test_who_may_see_a_repository_is_no_news_at_every_sweep(world: World):
    await loaded(world, "a", visibility="private")
    await change_rows(world, visibility=None)
    await swept(world)
    assert (await swept(world)).signalled == 0


# whose rows a list is about


async def named_by_a_location(world: World) -> str:
    """A repository that a location names besides the provider; the host's id."""
    named = world.host.add("named", {"some.yaml": component("some")})
    world.host.unlisted.add(named)
    url = f"https://{HOST}/acme/named/blob/main/some.yaml"
    world.host.add("naming", {FILE: location(url)})
    await looked_at(world)
    world.host.unlisted.clear()
    await looked_at(world)
    providers = {row["provider"] for row in await world.rows(ROWS) if row["host_id"] == named}
    assert providers == {"locations", "memory-provider:default"}
    return named


async def test_what_a_list_lacks_is_gone_for_locations_too(world: World):
    named = await named_by_a_location(world)
    del world.host.known[named]
    await looked_at(world)
    assert {row["status"] for row in await world.rows(ROWS) if row["host_id"] == named} == {"gone"}


async def test_what_only_a_location_names_is_gone_where_the_list_of_its_owner_lacks_it(world: World):
    named = world.host.add("named", {"some.yaml": component("some")})
    world.host.unlisted.add(named)
    world.host.add("naming", {FILE: location(f"https://{HOST}/acme/named/blob/main/some.yaml")})
    await looked_at(world)
    del world.host.known[named]
    await looked_at(world)
    assert (await row_of(world, named))["status"] == "gone"


async def test_what_another_provider_lists_itself_is_not_missing_because_ours_lacks_it(tmp_path: Path):
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        world = World(db, clock, MemoryProvider(FILE), AppProvider("other.yaml"))
        world.host.installed.add("acme")
        a, b = await loaded(world, "a", "b", visibility="private")
        world.host.unlisted.add(a)
        world.registry.providers[1].scope = msgspec.structs.replace(AppProvider.scope, app="8")  # type: ignore[misc]
        report = await Scanner(db, world.registry).scan(cause="scan:ours")
        assert (report.failed, b) == ({}, "2")
        rows = {row["id"]: row["provider"] for row in await world.rows(ROWS)}
        ours = Statement(select(SIGNALS.c.repository_id).where(SIGNALS.c.kind == "missing"))
        missing = [rows[row["repository_id"]] for row in await world.rows(ours)]
        assert sorted(missing) == ["memory-provider:app", "memory-provider:default"]


async def test_what_a_provider_that_left_the_configuration_had_is_not_signalled(world: World):
    a, b = await loaded(world, "a", "b")
    await change_rows(world, provider="memory-provider:left")
    del world.host.known[a]
    assert await looked_at(world) == [A, B]
    assert (await world.rows(MISSING), b) == ([], "2")


# a list that is read twice, or taken up again


async def test_what_is_listed_twice_is_signalled_once(world: World):
    world.host.add("a", {FILE: component("a")})
    world.host.repeats = True
    report = await Scanner(world.db, world.registry).scan()
    assert (report.listed, report.signalled) == (1, 1)


async def test_a_scan_that_is_begun_again_tells_what_went_meanwhile(world: World):
    a, _ = await loaded(world, "a", "b")
    scanner = Scanner(world.db, world.registry)
    await scanner.scan(cause="scan:1")
    await world.work()
    world.host.commit(a, {})
    await scanner.scan(cause="scan:1")
    await world.work()
    assert await world.refs() == [B]


async def test_a_scan_that_is_begun_again_tells_locations_what_went_meanwhile(world: World):
    named = world.host.add("named", {"some.yaml": component("some")}, owner="stranger")
    world.host.add("naming", {FILE: location(f"https://{HOST}/stranger/named/blob/main/some.yaml")})
    await looked_at(world)
    scanner = Scanner(world.db, world.registry)
    await scanner.scan(cause="scan:1")
    await world.work()
    world.host.commit(named, {"some.yaml": component("some", "others")})
    await scanner.scan(cause="scan:1")
    await world.work()
    assert await world.owner("component:default/some") == "others"


@pytest.mark.parametrize("swept_too", [False, True])
async def test_what_a_later_list_has_again_is_missing_no_more(world: World, swept_too):
    a, _ = await loaded(world, "a", "b")
    hide(world, a)
    sweeper = Sweeper(world.db, world.registry, world.clock) if swept_too else None
    await Scanner(world.db, world.registry).scan()
    world.host.unlisted.clear()
    world.clock.advance(MINUTE)
    await Scanner(world.db, world.registry, sweeper).scan()
    await world.work()
    assert (await world.refs(), await world.rows(OPEN)) == ([A, B], [])


async def killed_scan(world: World, cause: str, *, after: int) -> None:
    """A scan whose process dies after so many steps."""
    steps = Steps()
    hold = steps.arm(after)
    stepped = SteppedDatabase(world.db, steps)
    task = asyncio.create_task(Scanner(stepped, world.registry).scan(cause=cause))
    async with asyncio.timeout(10):
        await hold.reached.wait()
    steps.die()
    await asyncio.wait([task])


async def test_a_scan_that_was_killed_while_it_told_what_is_missing_counts_it_all_for_the_brake(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cuelight.repair.scan.CHUNK", 2)
    names = [f"r{number}" for number in range(8)]
    lost = await loaded(world, *names)
    await brake(world, entities=1, share=0.45)
    for each in lost[:4]:
        del world.host.known[each]
    world.clock.advance(MINUTE)
    await killed_scan(world, "scan:1", after=9)
    assert len(await world.rows(MISSING)) == 2
    await world.work()
    await Scanner(world.db, world.registry).scan(cause="scan:1")
    await world.work()
    assert (len(await world.refs()), len(await world.rows(HELD))) == (8, 4)


# what the brake holds


async def vanish(world: World, repository: str) -> None:
    del world.host.known[repository]


async def archive(world: World, repository: str) -> None:
    change(world, repository, archived=True)


async def drop_branch(world: World, repository: str) -> None:
    del world.host.heads_at[repository, "main"]


async def drop_file(world: World, repository: str) -> None:
    world.host.commit(repository, {})


@pytest.mark.parametrize("lose", [vanish, archive, drop_branch, drop_file])
async def test_what_the_brake_holds_is_not_signalled_at_every_sweep(world: World, lose):
    a, _ = await loaded(world, "a", "b")
    await brake(world, entities=0)
    await lose(world, a)
    await looked_at(world)
    held: Sequence[object] = await world.rows(HELD)
    assert ((await swept(world)).signalled, len(held), await world.refs()) == (0, 1, [A, B])


async def test_what_the_brake_holds_of_an_app_s_repository_is_not_signalled_at_every_sweep(apps: World):
    a, _ = await loaded(apps, "a", "b", visibility="public")
    await brake(apps, entities=0)
    apps.host.unlisted.add(a)
    await looked_at(apps)
    held: Sequence[object] = await apps.rows(HELD)
    assert ((await swept(apps)).signalled, len(held), await apps.refs()) == (0, 1, [A, B])


async def test_what_the_brake_holds_is_not_missing_again(world: World):
    a, _ = await loaded(world, "a", "b")
    await brake(world, entities=0)
    await vanish(world, a)
    await looked_at(world)
    await looked_at(world)
    assert len(await world.rows(MISSING)) == 1
