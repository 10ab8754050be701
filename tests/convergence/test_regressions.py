"""Histories that once ended in drift, or never: each as short as it was found, so that it stays found."""

import asyncio
from collections.abc import Sequence

import pytest

from cuelight.repositories.desk import UNDER_WAY, Desk
from cuelight.scm import Look, Unseen
from tests.convergence.courier import Fate
from tests.convergence.doings import Create, Delete, Describe, Edit, Rename
from tests.convergence.happenings import Finale, Leftovers, Restart, Storm, Story, Wait, Work
from tests.convergence.playing import drift_after

STRANGER, OURS = 2, 1
"""Which repository of a world only a location names, and which the provider of acme has."""
SIGNALS: Sequence[Finale] = (Finale("scan"), Finale("sweep"), Finale("events"))
THERE = 5
"""The name by which the configured location knows its repository."""
ELSEWHERE = 2
"""A name that nobody has."""
ZETA = 4
"""A name that nobody has, of another owner."""
SHARED = 5
"""The path that the configured location names."""


class Answering:
    """Answers any question for heads at once."""

    async def heads(self, looks: Sequence[Look]) -> Sequence[Unseen]:
        return [Unseen(reason="there is nothing here") for _ in looks]


@pytest.mark.parametrize("turns", range(5))
async def test_a_question_that_comes_in_as_others_end_is_asked(turns: int):
    desk = Desk(Answering())  # type: ignore[arg-type]
    look = Look(repository_id="1", full_name="acme/shop")
    earlier = [asyncio.create_task(desk.look(look)) for _ in range(UNDER_WAY)]
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await desk.look(look)
        await asyncio.gather(*earlier)


@pytest.mark.parametrize("finale", SIGNALS)
async def test_a_location_whose_repository_has_another_name_by_now_comes_to_rest(finale: Finale):
    story = Story(happenings=(Rename(repository=STRANGER, name=ELSEWHERE),), finale=finale)
    assert await drift_after(story) == []


@pytest.mark.parametrize("finale", SIGNALS)
async def test_a_location_whose_repository_was_made_anew_is_read_from_the_new_one(finale: Finale):
    anew = (Delete(repository=STRANGER), Work(), Create(name=THERE, file=(SHARED, 0)))
    assert await drift_after(Story(happenings=anew, finale=finale)) == []


@pytest.mark.parametrize("finale", SIGNALS)
async def test_a_location_whose_name_another_repository_took_is_read_from_that_one(finale: Finale):
    taken = (Delete(repository=STRANGER), Rename(repository=OURS, name=THERE))
    assert await drift_after(Story(happenings=taken, finale=finale)) == []


async def test_a_push_that_the_host_does_not_show_yet_is_not_asked_about_without_a_pause():
    nothing_shown, push = Storm(lag=20), Edit(repository=STRANGER, files=((0, 0),))
    happenings = (nothing_shown, Edit(repository=0, files=((0, 1),)), Work(), push, Work())
    assert await drift_after(Story(happenings=happenings, loaded=False)) == []


@pytest.mark.parametrize("finale", SIGNALS)
async def test_a_location_does_not_follow_a_repository_whose_name_is_another_s_by_now(finale: Finale):
    followed = (Rename(repository=STRANGER, name=ELSEWHERE), Create(name=THERE, file=None))
    assert await drift_after(Story(happenings=followed, finale=finale)) == []


@pytest.mark.parametrize("finale", SIGNALS)
async def test_what_is_read_under_a_name_is_read_again_once_its_old_bearer_is_left_out(finale: Finale):
    late = Fate("arrives", 45)
    moved = (Rename(repository=0, name=ZETA, fate=late), Rename(repository=OURS, name=0), Work(), Wait(61), Work())
    assert await drift_after(Story(happenings=moved, finale=finale)) == []


@pytest.mark.parametrize("finale", SIGNALS)
async def test_a_provider_that_finds_no_such_branch_does_not_hide_others_from_locations(finale: Finale):
    linking = Edit(repository=0, branch=2, files=((2, 17),))
    assert await drift_after(Story(happenings=(linking, Restart(3)), finale=finale)) == []


@pytest.mark.parametrize(("late", "leftovers"), [(0, "never"), (45, "before"), (45, "after")])
async def test_what_access_was_revoked_to_goes_once_an_event_says_that_it_was_deleted(late: int, leftovers: Leftovers):
    revoked = Describe(repository=0, what="revoke", fate=Fate("arrives", late))
    story = Story(happenings=(revoked, Delete(repository=0, fate=Fate("lost"))), finale=Finale("scan", leftovers))
    assert await drift_after(story) == []
