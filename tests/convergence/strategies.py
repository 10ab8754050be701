"""Random histories."""

import itertools
from typing import Any, Final

from hypothesis import strategies as st

from tests.convergence import doings, happenings
from tests.convergence.contents import OWNERS, PATHS
from tests.convergence.courier import Fate
from tests.convergence.happenings import CHOICES, Finale, Story
from tests.convergence.payloads import Manner
from tests.convergence.world import Interruption

_WHAT: Final = ("archive", "unarchive", "private", "public", "hide", "show", "revoke", "grant")
_TROUBLE: Final = ("unavailable", "denied", "one unavailable", "one denied", "hidden", "late")

repositories = st.sampled_from((0, 0, 0, 1, 1, 2, 3))
branches = st.sampled_from((0, 0, 0, 1, 1, 2))
sides = st.sampled_from(((0, 1), (0, 1), (1, 0), (0, 2), (2, 1)))
paths = st.sampled_from((0, 0, 0, 1, 1, 2, 2, *range(len(PATHS))))
numbers = st.integers(0, 6 * OWNERS)
names = st.integers(0, len(doings.NAMES) - 1)
fates = st.builds(
    Fate,
    what=st.sampled_from(("arrives", "arrives", "arrives", "lost", "doubled", "backwards")),
    late=st.sampled_from((0, 0, 0, 0, 3, 45, 200)),
)
interruptions = st.one_of(
    st.none(),
    st.none(),
    st.builds(Interruption, what=st.sampled_from(("kill", "cancel", "hold")), after=st.integers(0, 14)),
)
passing = st.one_of(
    st.none(), st.builds(Interruption, what=st.sampled_from(("kill", "cancel")), after=st.integers(0, 8))
)


def _often(*weighted: tuple[st.SearchStrategy[Any], int]) -> st.SearchStrategy[Any]:
    """One of several strategies, each as often as its weight says; `one_of` would flatten those that are choices themselves."""
    chosen = [strategy for strategy, weight in weighted for _ in range(weight)]
    return st.sampled_from(range(len(chosen))).flatmap(chosen.__getitem__)


def _do(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, fate=fates, **fields)


def _merging(into: st.SearchStrategy[tuple[int, int]], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return into.flatmap(
        lambda side: _do(doings.Merge, repository=repositories, into=st.just(side[0]), other=st.just(side[1]), **fields)
    )


edits = _do(
    doings.Edit,
    repository=repositories,
    branch=branches,
    files=st.lists(st.tuples(paths, st.one_of(numbers, numbers, st.none())), min_size=1, max_size=3).map(tuple),
)
moves = _do(doings.Move, repository=repositories, branch=branches, path=paths, to=paths)
merges = _often(
    (_merging(into=sides, how=st.sampled_from(("ours", "theirs", "both")), onto_other=st.booleans()), 1),
    # What takes back its second parent, pushed there: no payload lists what that loses.
    (_merging(into=st.just((1, 0)), how=st.just("ours"), onto_other=st.just(True)), 1),  # noqa: FBT003 -- a strategy's value
)
points = _do(doings.Point, repository=repositories, branch=branches, commit=st.integers(0, 5))
renames = _do(doings.Rename, repository=repositories, name=names)
rare = st.one_of(
    _do(doings.Drop, repository=repositories, branch=branches),
    _do(doings.Default, repository=repositories, branch=branches),
    _do(doings.Describe, repository=repositories, what=st.sampled_from(_WHAT)),
    _do(doings.Create, name=names, file=st.one_of(st.none(), st.tuples(paths, numbers))),
    _do(doings.Delete, repository=repositories),
    _do(doings.Forget, repository=repositories),
    st.builds(
        doings.Mannered,
        manner=st.builds(
            Manner,
            merges=st.sampled_from(("combined", "first")),
            commits=st.sampled_from(("all", "new")),
            cut=st.sampled_from((100, 2)),
        ),
    ),
)
works = st.builds(happenings.Work, interruption=interruptions)
around = st.one_of(
    st.builds(happenings.Wait, seconds=st.sampled_from((1, 5, 31, 61, 400)), interruption=passing),
    st.builds(happenings.Scan, interruption=passing),
    st.builds(happenings.Sweep, confirm=st.booleans(), interruption=passing),
    st.builds(happenings.Restart, choice=st.one_of(st.none(), st.integers(0, len(CHOICES) - 1))),
    st.builds(
        happenings.Storm,
        trouble=st.lists(st.sampled_from(_TROUBLE), max_size=4).map(tuple),
        lag=st.sampled_from((0, 2, 20)),
    ),
    st.builds(happenings.Resume),
)
finales = st.builds(
    Finale,
    signal=st.sampled_from(("scan", "sweep", "events")),
    leftovers=st.sampled_from(("before", "after", "never")),
)


_common = _often((edits, 5), (merges, 3), (points, 2), (moves, 2), (renames, 1), (rare, 3))
_steps = _often(
    (st.tuples(_common, works), 5), (st.tuples(_common), 3), (st.tuples(around), 1), (st.tuples(around, works), 1)
)


def stories(length: int) -> st.SearchStrategy[Story]:
    """Histories of up to *length* steps, most of which are something that people do and what then is done about it."""
    # A list of no given length is a short one most times, and little happens in it.
    steps = st.integers(0, length).flatmap(lambda size: st.lists(_steps, min_size=size, max_size=size))
    return st.builds(
        Story,
        happenings=steps.map(lambda parts: tuple(itertools.chain.from_iterable(parts))),
        finale=finales,
        choice=st.sampled_from((0, 0, 0, 1, 2, 3, 4)),
        loaded=st.sampled_from((True, True, True, False)),
    )
