"""Histories that are made to mislead: each is right only for who asks the host where a payload, a row or a clock says otherwise."""

from collections.abc import Sequence

import pytest

from tests.convergence.courier import Fate
from tests.convergence.doings import (
    Create,
    Default,
    Delete,
    Describe,
    Drop,
    Edit,
    Forget,
    Mannered,
    Merge,
    Move,
    Point,
    Rename,
)
from tests.convergence.happenings import Finale, Happening, Restart, Scan, Storm, Story, Sweep, Wait, Work
from tests.convergence.payloads import Manner
from tests.convergence.playing import drift_after
from tests.convergence.world import Interruption

LOST = Fate("lost")
MAIN, NEXT = 0, 1
SHOP, OTHER = 0, 1
"""Two repositories of acme; both have a branch `next` besides `main`."""
EDIT = Edit(repository=SHOP, files=((0, 1),))
TAKEN_BACK = Merge(repository=SHOP, into=NEXT, other=MAIN, how="ours", onto_other=True)
"""A merge that takes back what main had, of which no payload lists a file."""

STORIES: dict[str, Sequence[Happening]] = {
    "a merge takes back what its second parent changed": (EDIT, Work(), TAKEN_BACK, Work()),
    "and is confirmed before anything else happens": (EDIT, Work(), TAKEN_BACK, Work(), Sweep(confirm=True), Work()),
    "and ordinary pushes follow it": (EDIT, Work(), TAKEN_BACK, Work(), EDIT, Work(), Sweep(confirm=True), Work()),
    "merges are listed against their first parents": (
        Mannered(manner=Manner("first")),
        EDIT,
        Work(),
        TAKEN_BACK,
        Work(),
    ),
    "only new commits are listed": (Mannered(manner=Manner("combined", "new")), EDIT, Work(), TAKEN_BACK, Work()),
    "a branch goes back to an older commit": (EDIT, EDIT, Work(), Point(repository=SHOP, commit=2), Work()),
    "and that commit is lost": (EDIT, Work(), Point(repository=SHOP, commit=1), Forget(repository=SHOP), Work()),
    "and nobody hears of it": (EDIT, Work(), Point(repository=SHOP, commit=1, fate=LOST)),
    "a push is missed between two": (EDIT, Work(), Move(repository=SHOP, path=0, to=1, fate=LOST), EDIT, Work()),
    "pushes come in the wrong order": (
        Edit(repository=SHOP, files=((0, 2),), fate=Fate("arrives", 45)),
        EDIT,
        Wait(61),
    ),
    "an old push comes again": (
        Edit(repository=SHOP, files=((0, 2),), fate=Fate("doubled", 45)),
        EDIT,
        Work(),
        Wait(200),
    ),
    "the default branch is another": (Default(repository=SHOP, branch=NEXT, fate=LOST),),
    "a branch that is selected goes and comes back": (
        Restart(3),
        Edit(repository=SHOP, branch=2, files=((0, 1),)),
        Work(),
        Drop(repository=SHOP, branch=2),
        Work(),
        Point(repository=SHOP, branch=2, commit=1),
    ),
    "a repository goes and another takes its name": (Delete(repository=SHOP, fate=LOST), Create(name=0, file=(0, 0))),
    "two repositories change their names": (
        Rename(repository=SHOP, name=2),
        Rename(repository=OTHER, name=0),
        Rename(repository=SHOP, name=1),
    ),
    "a repository goes to another owner": (Rename(repository=SHOP, name=4, fate=LOST),),
    "a repository is archived and taken up again": (
        Describe(repository=SHOP, what="archive"),
        Work(),
        Describe(repository=SHOP, what="unarchive", fate=LOST),
    ),
    "a repository is hidden from us for a while": (
        Describe(repository=SHOP, what="revoke", fate=LOST),
        Scan(),
        Work(),
        Describe(repository=SHOP, what="grant", fate=LOST),
    ),
    "the selection changes there and back": (Restart(1), Scan(), Work(), EDIT, Restart(0)),
    "a replica lags behind a push": (Storm(lag=20), EDIT, Work(), Wait(5), Work()),
    "a replica lags behind a confirmation": (EDIT, Work(), Storm(lag=400), Sweep(confirm=True), Work()),
    "a worker outlives its lease": (
        EDIT,
        Work(Interruption("hold", 6)),
        Edit(repository=SHOP, files=((0, 2),)),
        Wait(31),
        Work(),
    ),
}


@pytest.mark.parametrize("signal", ["scan", "sweep", "events"])
@pytest.mark.parametrize("name", STORIES)
async def test_a_misleading_history_ends_without_drift_although(name: str, signal: str):
    assert await drift_after(Story(happenings=tuple(STORIES[name]), finale=Finale(signal))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("after", range(12))
@pytest.mark.parametrize("what", ["kill", "cancel", "hold"])
async def test_a_worker_that_is_stopped_at_any_step_leaves_no_drift(what: str, after: int):
    stopped = Work(Interruption(what, after))  # type: ignore[arg-type]
    story = Story(happenings=(EDIT, TAKEN_BACK, Delete(repository=OTHER), stopped), finale=Finale("events"))
    assert await drift_after(story) == []


@pytest.mark.parametrize("after", range(8))
async def test_a_scan_that_is_killed_at_any_step_leaves_no_drift(after: int):
    killed = Scan(Interruption("kill", after))
    story = Story(happenings=(Delete(repository=OTHER, fate=LOST), Rename(repository=SHOP, name=2, fate=LOST), killed))
    assert await drift_after(story) == []
