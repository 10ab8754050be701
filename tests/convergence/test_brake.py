"""Promise 4: whatever happens, no more goes within an hour than the deletion brake lets through, until somebody approves."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuelight.catalog import Choice, approve
from cuelight.catalog.brake import Brake
from tests.convergence.contents import component
from tests.convergence.courier import Fate
from tests.convergence.doings import Delete, Describe, Doing, Drop, Edit, Point
from tests.convergence.happenings import Finale, Scan, Storm, Sweep, Work
from tests.convergence.playing import a_world, settled
from tests.convergence.profiles import profile
from tests.convergence.strategies import branches, fates, finales, passing, repositories, works
from tests.convergence.truth import drift
from tests.convergence.world import World

BRAKE = Brake(share=0.3, entities=3)
MORE = 6
"""Repositories besides those that every world has."""
Loss = Doing | Work | Scan | Sweep | Storm

losses: st.SearchStrategy[Loss] = st.one_of(
    st.builds(Delete, fate=fates, repository=st.integers(0, 8)),
    st.builds(Delete, fate=fates, repository=st.integers(0, 8)),
    st.builds(
        Describe,
        fate=fates,
        repository=st.integers(0, 8),
        what=st.sampled_from(("archive", "hide", "revoke", "private")),
    ),
    st.builds(
        Edit,
        fate=fates,
        repository=st.integers(0, 8),
        files=st.tuples(st.tuples(st.integers(0, 2), st.none())).map(tuple),
    ),
    st.builds(Drop, fate=fates, repository=repositories, branch=branches),
    st.builds(Point, fate=fates, repository=repositories, branch=branches, commit=st.integers(0, 5)),
    st.builds(Scan, interruption=passing),
    st.builds(Sweep, interruption=passing),
    st.builds(Storm, trouble=st.lists(st.sampled_from(("hidden", "denied", "late")), max_size=6).map(tuple)),
    works,
)
REVOKED_BEFORE: Sequence[Loss] = (Describe(repository=0, what="revoke"), Delete(repository=0, fate=Fate("lost")))
"""Of what access was revoked to, no list tells that it was deleted."""
MORE_COMES: Sequence[Loss] = (
    Delete(repository=0),
    Delete(repository=2),
    Describe(repository=2, what="archive"),
    Point(repository=0, commit=0),
)
"""What a branch brings that is pointed at another commit counts: so much may go only of more."""


async def brought_by_acme(world: World) -> set[str]:
    """The refs of what came from acme's repositories."""
    entities = (await world.picture()).entities or {}
    note = "backstage.io/managed-by-origin-location"
    return {ref for ref, entity in entities.items() if "/acme/" in entity["metadata"]["annotations"][note]}


async def fill(world: World) -> None:
    """More repositories of acme, all in the catalog."""
    for number in range(MORE):
        world.forge.create(f"acme/more{number}", {"catalog-info.yaml": component(f"more-{number}")})
    await settled(world)


@pytest.mark.slow
@profile(few=60)
@given(happenings=st.lists(losses, max_size=20), finale=finales)
@example(happenings=REVOKED_BEFORE, finale=Finale("scan", "before"))
@example(happenings=MORE_COMES, finale=Finale("scan", "before"))
async def test_no_more_goes_than_the_brake_lets_through_and_all_of_it_once_that_is_approved(
    happenings: Sequence[Loss], finale: Finale
):
    async with a_world(brake=BRAKE) as world:
        await fill(world)
        began, before = world.clock.now(), await brought_by_acme(world)
        for happening in happenings:
            await happening.play(world)
        await finale.play(world)
        after = await brought_by_acme(world)
        gone, ever = len(before - after), len(before | after)
        if world.clock.now() - began < BRAKE.window:
            assert not BRAKE.stops(gone, of=ever), f"{gone} of {ever} are gone"
        await approve(world.process.db, Choice(everything=True))
        await world.rest()
        assert await drift(world) == []


@pytest.mark.parametrize("trouble", ["denied", "hidden", "late"])
async def test_a_host_that_shows_nothing_any_more_takes_nothing_away(trouble: str):
    async with a_world() as world:
        await fill(world)
        before = await brought_by_acme(world)
        world.weather.trouble = [trouble] * 50  # type: ignore[list-item]
        for _ in range(3):
            await world.scan()
            await world.work()
            world.clock.advance(400)
        assert await brought_by_acme(world) == before


async def test_repositories_that_are_revoked_all_at_once_wait_for_somebody_to_approve():
    async with a_world(brake=BRAKE) as world:
        await fill(world)
        before = await brought_by_acme(world)
        for hosted in world.forge.hosted.values():
            if hosted.name.startswith("more"):
                world.forge.grant(hosted, seen=False)
        await Finale(signal="scan").play(world)
        assert await brought_by_acme(world) == before


async def test_a_token_that_lists_no_repository_any_more_takes_nothing_away():
    async with a_world() as world:
        await fill(world)
        before = await brought_by_acme(world)
        for hosted in world.forge.hosted.values():
            world.forge.grant(hosted, seen=False)
        await world.scan()
        await world.rest()
        assert await brought_by_acme(world) == before
