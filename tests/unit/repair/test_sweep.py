"""Sweeps and confirmations: what an equal head costs, and what anything else leads to."""

import msgspec
import pytest
from sqlalchemy import insert, select, update

from cuelight.db import Statement
from cuelight.errors import HostDenied, HostUnavailable
from cuelight.repair import Sweeper, Swept
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from tests.integration.repositories.world import ROWS, World, component

ADD = Statement(insert(REPOSITORIES))
OPEN = Statement(select(SIGNALS.c.kind, SIGNALS.c.cause).where(SIGNALS.c.outcome.is_(None)))
FILE = "catalog-info.yaml"


@pytest.fixture
def sweeper(world: World, hurried) -> Sweeper:
    return Sweeper(world.db, world.registry, hurried)


async def tracked(world: World, name: str = "shop") -> str:
    """A repository that was scanned and applied; the host's id."""
    repository = world.host.add(name, {FILE: component(name)})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    return repository


async def many(world: World, count: int) -> None:
    """So many repositories, as if each had been scanned and applied."""
    digest = world.registry.providers[0].selection.digest
    rows = []
    for number in range(count):
        repository = world.host.known[world.host.add(f"r{number}", {})]
        head = world.host.heads_at[repository.id, "main"]
        row = dict.fromkeys(column.name for column in REPOSITORIES.c)
        row |= {"id": f"{number:04}", "provider": "memory-provider:default", "host": repository.host}
        row |= {"host_id": repository.id, "full_name": repository.full_name, "folded_name": repository.full_name}
        row |= {"web_url": repository.web_url, "default_branch": "main", "branch": "main", "status": "tracked"}
        row |= {"head": head, "proven": head, "commits": 0, "digest": digest, "lease_until": 0, "attempts": 0}
        rows.append({**row, "confirmed_at": 1, "first_seen_at": 1})
    await world.db.transact(lambda tx: tx.execute_many(ADD, rows))


async def change_row(world: World, **values: object) -> None:
    statement = Statement(update(REPOSITORIES).values(**values))
    await world.db.transact(lambda tx: tx.execute(statement))


async def signals(world: World) -> list[str]:
    """The kinds of the signals that wait."""
    return [row["kind"] for row in await world.rows(OPEN)]


async def test_a_sweep_of_a_thousand_unchanged_repositories_costs_ten_requests(world: World, sweeper: Sweeper):
    await many(world, 1_000)
    swept = await sweeper.sweep()
    assert swept == Swept(asked=1_000, confirmed=1_000, requests=10)
    assert dict(world.host.asked) == {"heads": 10}


async def test_an_equal_head_is_confirmed_now(world: World, sweeper: Sweeper, clock):
    await tracked(world)
    clock.advance(60)
    await sweeper.sweep()
    assert [row["confirmed_at"] for row in await world.rows(ROWS)] == [clock.now()]
    assert await signals(world) == []


async def test_another_head_is_signalled_and_then_applied(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    world.host.commit(repository, {FILE: component("shop", owner="others")})
    swept = await sweeper.sweep("sweep:1")
    assert (swept.confirmed, swept.signalled) == (0, 1)
    await world.work()
    assert await world.owner("component:default/shop") == "others"


async def test_a_signal_carries_the_sweep_as_its_cause(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    world.host.commit(repository, {})
    await sweeper.sweep("sweep:1")
    assert [(row["kind"], row["cause"]) for row in await world.rows(OPEN)] == [("sweep", "sweep:1")]


async def test_what_was_looked_at_since_an_instant_is_not_asked_for_again(world: World, sweeper: Sweeper, clock):
    before = clock.now()
    await tracked(world)
    clock.advance(60)
    assert [(await sweeper.sweep(since=since)).asked for since in (before, clock.now())] == [0, 1]


async def test_what_only_a_payload_says_is_asked_for_whenever_it_was_looked_at(world: World, sweeper: Sweeper, clock):
    before = clock.now()
    await tracked(world)
    await change_row(world, confirmed_at=None)
    assert (await sweeper.sweep(since=before)).asked == 1


async def test_what_a_signal_waits_for_is_not_signalled_again(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    world.host.commit(repository, {})
    await sweeper.sweep()
    assert (await sweeper.sweep()).signalled == 0


@pytest.mark.parametrize(
    "change",
    [
        {"full_name": "acme/other"},
        {"web_url": "https://github.com/acme/other"},
        {"default_branch": "trunk"},
        {"archived": True},
    ],
)
async def test_what_else_is_new_of_a_repository_is_signalled(world: World, sweeper: Sweeper, change):
    repository = await tracked(world)
    world.host.heads_at[repository, "trunk"] = world.host.heads_at[repository, "main"]
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], **change)
    assert (await sweeper.sweep()).signalled == 1


async def test_another_selection_is_signalled(world: World, sweeper: Sweeper):
    await tracked(world)
    provider = world.registry.providers[0]
    provider.selection = msgspec.structs.replace(provider.selection, digest="other")  # type: ignore[misc]
    assert (await sweeper.sweep()).signalled == 1


async def test_a_repository_that_is_still_left_out_is_not_signalled(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], archived=True)
    await sweeper.sweep()
    await world.work()
    assert (await sweeper.sweep()).signalled == 0


async def test_a_repository_that_is_left_out_no_longer_is_signalled(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    known = world.host.known[repository]
    for archived in (True, False):
        world.host.known[repository] = msgspec.structs.replace(known, archived=archived)
        await sweeper.sweep()
        await world.work()
    assert await world.refs() == ["component:default/shop"]


async def test_a_branch_that_went_and_came_back_is_followed_both_times(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    head = world.host.heads_at.pop((repository, "main"))
    await sweeper.sweep()
    await world.work()
    assert await world.refs() == []
    world.host.heads_at[repository, "main"] = head
    await sweeper.sweep()
    await world.work()
    assert await world.refs() == ["component:default/shop"]


async def test_a_repository_that_nobody_sees_is_signalled_once_and_stays(world: World, sweeper: Sweeper):
    repository = await tracked(world)
    world.host.hidden.add(repository)
    assert (await sweeper.sweep()).signalled == 1
    await world.work()
    swept = await sweeper.sweep()
    assert (swept.signalled, swept.unseen) == (0, 1)
    assert await world.refs() == ["component:default/shop"]


async def test_a_404_for_everything_deletes_nothing_and_says_so(world: World, sweeper: Sweeper):
    repositories = [await tracked(world, name) for name in ("one", "two", "three")]
    world.host.hidden.update(repositories)
    swept = await sweeper.sweep()
    await world.work()
    assert dict(swept.reasons) == {"not shown to these credentials: what came from them stays": 3}
    assert len(await world.refs()) == 3


async def test_a_lost_token_deletes_nothing_and_says_so(world: World, sweeper: Sweeper):
    await tracked(world)
    world.host.error = HostDenied("the token was revoked")
    swept = await sweeper.sweep()
    await world.work()
    assert swept == Swept(asked=1, unknown=1, requests=1, reasons={"refused: the token was revoked": 1})
    assert await world.refs() == ["component:default/shop"]
    assert await signals(world) == []


async def test_a_host_that_does_not_answer_is_asked_three_times_and_is_then_unknown(world: World, sweeper: Sweeper):
    await tracked(world)
    world.host.error = HostUnavailable("502")
    swept = await sweeper.sweep()
    assert (swept.unknown, swept.requests) == (1, 3)
    assert await signals(world) == []


async def test_a_host_that_asks_for_patience_is_left_alone(world: World, sweeper: Sweeper):
    await tracked(world)
    world.host.error = HostUnavailable("slow down", retry_after=60)
    assert (await sweeper.sweep()).requests == 1


async def test_a_host_without_an_integration_is_unknown(world: World, sweeper: Sweeper):
    await tracked(world)
    await change_row(world, host="elsewhere.example")
    swept = await sweeper.sweep()
    assert (swept.unknown, swept.requests) == (1, 0)
    assert "elsewhere.example" in next(iter(swept.reasons))


async def test_a_row_of_a_provider_that_is_configured_no_more_is_not_asked_for(world: World, sweeper: Sweeper):
    await tracked(world)
    await change_row(world, provider="memory-provider:gone")
    assert (await sweeper.sweep()).asked == 0


async def test_a_row_that_moved_while_the_host_was_asked_is_left_alone(world: World, clock):
    await tracked(world)

    class Moving(type(world.host)):  # type: ignore[misc]
        async def heads(self, looks):
            answers = await super().heads(looks)
            await change_row(world, head="another", proven="another")
            return answers

    world.host.__class__ = Moving
    before = [row["confirmed_at"] for row in await world.rows(ROWS)]
    clock.advance(60)
    swept = await Sweeper(world.db, world.registry, clock).sweep()
    assert (swept.confirmed, swept.signalled) == (0, 0)
    assert [row["confirmed_at"] for row in await world.rows(ROWS)] == before


async def pushed(world: World) -> tuple[str, str]:
    """A repository whose head a payload moved: nothing proves it yet. The host's id, and the head."""
    repository = await tracked(world)
    after = await world.push_of(repository, {FILE: component("shop", owner="pushed")})
    await world.work()
    world.host.asked.clear()
    return repository, after


async def test_a_head_that_follows_straight_on_is_proven_by_one_request(world: World, sweeper: Sweeper, clock):
    _, after = await pushed(world)
    clock.advance(5)
    assert await sweeper.confirm() == Swept(asked=1, confirmed=1, requests=1)
    assert [(row["head"], row["proven"], row["commits"], row["confirmed_at"]) for row in await world.rows(ROWS)] == [
        (after, after, 0, clock.now())
    ]
    assert dict(world.host.asked) == {"heads": 1}


async def test_where_all_is_proven_nothing_is_asked(world: World, sweeper: Sweeper):
    await tracked(world)
    assert await sweeper.confirm() == Swept()
    assert not world.host.asked


async def test_a_head_that_a_merge_leads_to_is_read_from_the_tree(world: World, sweeper: Sweeper):
    _, after = await pushed(world)
    world.host.merges.add(after)
    assert (await sweeper.confirm()).signalled == 1
    assert await signals(world) == ["confirm"]
    await world.work()
    assert [row["proven"] for row in await world.rows(ROWS)] == [after]


async def test_a_head_that_moved_on_is_signalled_by_the_confirmation(world: World, sweeper: Sweeper):
    repository, _ = await pushed(world)
    world.host.commit(repository, {FILE: component("shop", owner="later")})
    assert (await sweeper.confirm()).signalled == 1
    await world.work()
    assert await world.owner("component:default/shop") == "later"


async def test_a_sweep_proves_as_a_confirmation_does(world: World, sweeper: Sweeper):
    _, after = await pushed(world)
    await sweeper.sweep()
    assert [row["proven"] for row in await world.rows(ROWS)] == [after]
