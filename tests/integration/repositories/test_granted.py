"""What an app was given or not, where its last list does not say so yet: each signal leads to what its host says of it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from cuelight.clock import ManualClock
from cuelight.errors import HostUnavailable
from cuelight.repair import Sweeper, Swept
from cuelight.repositories import Signal, note
from cuelight.scm import Repository
from tests.database import database
from tests.integration.repositories.host import AppProvider
from tests.integration.repositories.world import ROWS, World, component

FILE = "catalog-info.yaml"
REST, SHOP = "component:default/rest", "component:default/shop"
EXCLUDED = "app 7 is not installed on acme/shop"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose only provider takes what an app is installed on: beta, which has a repository that is applied."""
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        made = World(db, clock, AppProvider(FILE))
        public(made, "rest", owner="beta")
        made.host.installed.add("beta")
        await looked_at(made)
        yield made


def public(world: World, name: str, *, owner: str) -> str:
    """A public repository; the host's id."""
    added = world.host.add(name, {FILE: component(name)}, owner=owner)
    world.host.known[added] = msgspec.structs.replace(world.host.known[added], visibility="public")
    return added


async def looked_at(world: World) -> None:
    """A scan, and what follows."""
    await world.scan()
    await world.work()
    world.clock.advance(3600)


async def come_back(world: World) -> str:
    """A repository that an app lost, as a list said, and was given again, of which nobody told us; the host's id."""
    shop = await lost(world)
    world.host.installed.add("acme")
    return shop


async def lost(world: World) -> str:
    """A repository that an app lost, as a list said; the host's id."""
    shop = public(world, "shop", owner="acme")
    world.host.installed.add("acme")
    await looked_at(world)
    world.host.installed.discard("acme")
    await looked_at(world)
    return shop


async def pushed(world: World, shop: str) -> None:
    await world.push_of(shop, {FILE: component("shop", "next")})
    await world.work()


async def swept(world: World) -> Swept:
    found = await Sweeper(world.db, world.registry, world.clock).sweep()
    await world.work()
    return found


async def doubted(world: World, shop: str) -> None:
    """What a verification that repairs notes."""
    row = next(row for row in await world.rows(ROWS) if row["host_id"] == shop)
    signal = Signal(id="verify:1", kind="verify", cause="verify:1", caused_at=world.clock.now())
    await world.db.transact(lambda tx: note(tx, row["id"], signal))
    await world.work()


async def reason(world: World) -> str:
    return next(str(row["reason"]) for row in await world.rows(ROWS) if row["full_name"] == "acme/shop")


async def test_what_an_app_was_given_again_comes_back_with_its_push(world: World):
    await pushed(world, await come_back(world))
    assert await world.refs() == [REST, SHOP]


async def test_what_an_app_was_given_again_comes_back_with_a_sweep(world: World):
    await come_back(world)
    await swept(world)
    assert await world.refs() == [REST, SHOP]


async def test_what_an_app_was_given_again_comes_back_with_a_verification_that_repairs(world: World):
    await doubted(world, await come_back(world))
    assert await world.refs() == [REST, SHOP]


async def test_what_came_back_is_confirmed_by_the_next_sweep(world: World):
    await come_back(world)
    await swept(world)
    assert (await swept(world)).confirmed == 2


async def test_what_came_back_and_is_lost_again_goes_with_the_next_list(world: World):
    await pushed(world, await come_back(world))
    world.host.installed.discard("acme")
    await looked_at(world)
    assert await world.refs() == [REST]


async def test_a_list_that_is_read_after_the_host_was_asked_knows_more(world: World, monkeypatch):
    shop, asked = await come_back(world), world.host.granted

    async def lost_meanwhile(app: str, repositories: Sequence[Repository]) -> frozenset[str]:
        answer = await asked(app, repositories)
        world.host.installed.discard("acme")
        world.clock.advance(1)
        await world.scan()
        return answer

    monkeypatch.setattr(world.host, "granted", lost_meanwhile)
    await pushed(world, shop)
    assert await world.refs() == [REST]


async def test_what_an_app_lost_stays_out_whatever_is_pushed_there(world: World):
    await pushed(world, await lost(world))
    assert (await world.refs(), await reason(world)) == ([REST], EXCLUDED)


async def test_what_an_app_lost_is_no_news_at_every_sweep(world: World):
    await lost(world)
    assert (await swept(world)).signalled == 0


async def test_what_several_repositories_were_given_a_sweep_asks_at_once(world: World):
    await lost(world)
    public(world, "store", owner="acme")
    world.host.installed.add("acme")
    await looked_at(world)
    world.host.installed.discard("acme")
    await looked_at(world)
    await swept(world)
    assert world.host.asked["granted"] == 1


async def test_nothing_is_asked_of_grants_where_no_list_lacks_a_repository(world: World):
    await swept(world)
    assert world.host.asked["granted"] == 0


async def test_a_sweep_whose_host_does_not_say_what_an_app_was_given_leaves_it_as_it_is(world: World, monkeypatch):
    await come_back(world)

    async def away(*_: object) -> frozenset[str]:
        raise HostUnavailable("502 Bad Gateway")

    monkeypatch.setattr(world.host, "granted", away)
    assert (await swept(world)).signalled == 0


async def test_a_push_to_what_the_app_is_not_installed_on_is_left_out_with_a_sentence(world: World):
    await pushed(world, public(world, "shop", owner="acme"))
    assert (await world.refs(), await reason(world)) == ([REST], EXCLUDED)


async def test_what_was_left_out_at_its_first_look_is_no_news_to_a_sweep(world: World):
    await pushed(world, public(world, "shop", owner="acme"))
    assert ((await swept(world)).signalled, await world.refs()) == (0, [REST])


async def test_a_push_to_what_the_app_was_given_since_its_last_list_is_taken(world: World):
    world.host.installed.add("acme")
    await pushed(world, public(world, "shop", owner="acme"))
    assert await world.refs() == [REST, SHOP]
