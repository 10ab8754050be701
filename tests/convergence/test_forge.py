"""The forge and the host over it, held against brute force: what convergence is measured with has to be right itself."""

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelight.clock import ManualClock
from cuelight.errors import HostDenied, HostUnavailable
from cuelight.scm import Commit, Look, Push, Repository, RepositoryChange, Scope, Seen, Unseen
from tests.convergence.forge import Forge, Hosted
from tests.convergence.history import History, blob_id
from tests.convergence.host import COMPARED, ForgeHost, Weather
from tests.convergence.payloads import Manner

FILES = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("123"), max_size=5)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to ten commits, each on up to two of those before."""
    history = History("x")
    for files in draw(st.lists(FILES, min_size=1, max_size=10)):
        known = list(history.nodes)
        parents = draw(st.lists(st.sampled_from(known), max_size=2, unique=True)) if known else []
        history.commit(files, *parents)
    return history


def walks(history: History, sha: str) -> set[tuple[str, ...]]:
    """Every way from *sha* back to a commit without parents, and each of its beginnings."""
    parents = history.nodes[sha].parents
    return {(sha,)} | {(sha, *rest) for parent in parents for rest in walks(history, parent)}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def forge(clock: ManualClock) -> Forge:
    return Forge(clock)


@pytest.fixture
def weather() -> Weather:
    return Weather()


@pytest.fixture
def host(forge: Forge, clock: ManualClock, weather: Weather) -> ForgeHost:
    return ForgeHost(forge, clock, weather)


@pytest.fixture
def hosted(forge: Forge) -> Hosted:
    forge.create("acme/shop", {"a": "1", "b": "1"})
    return forge.hosted["1"]


def push(changes: object) -> Push:
    [found] = [change for change in changes if isinstance(change, Push)]  # type: ignore[attr-defined]
    return found


def look(hosted: Hosted, **more: object) -> Look:
    return Look(repository_id=hosted.id, full_name=hosted.full_name, **more)  # type: ignore[arg-type]


@given(histories())
def test_ancestors_are_what_every_way_back_passes(history: History):
    for sha in history.nodes:
        assert history.ancestors(sha) == set().union(*walks(history, sha))


@given(histories(), st.integers(0, 4))
def test_a_straight_line_is_a_way_back_without_merges_of_at_most_so_many_commits(history: History, commits: int):
    for base, head in itertools.product(history.nodes, repeat=2):
        ways = [way for way in walks(history, head) if way[-1] == base and len(way) <= commits + 1]
        plain = [way for way in ways if not any(history.nodes[sha].is_merge for sha in way[:-1])]
        assert history.straight(base, head, commits) == bool(plain)


@given(histories())
def test_what_differs_is_what_has_another_blob(history: History):
    for one, other in itertools.product(history.nodes.values(), repeat=2):
        paths = {path for path in "abcde" if one.blobs().get(path) != other.blobs().get(path)}
        assert history.differing(one.sha, other.sha) == paths


@settings(max_examples=30)
@given(histories(), st.sampled_from((Manner(), Manner("first"), Manner("combined", "new"))))
async def test_a_complete_payload_along_a_straight_line_lists_all_that_differs(history: History, manner: Manner):
    forge = Forge(ManualClock())
    forge.manner = manner
    forge.create("acme/shop", {})
    hosted = forge.hosted["1"]
    hosted.history.nodes.update(history.nodes)
    for base, head in itertools.product(history.nodes, repeat=2):
        hosted.history.branches["main"] = base
        for said in forge.point(hosted, "main", head, known=frozenset({base})):
            if isinstance(said, Push) and said.complete and history.straight(base, head, said.commits or 0):
                assert history.differing(base, head) <= set(said.paths or ())


async def test_a_push_says_where_from_where_to_and_which_files(forge: Forge, hosted: Hosted):
    before = hosted.history.branches["main"]
    said = push(forge.commit(hosted, "main", {"a": "2", "b": "1"}, {"a": "2"}))
    assert (said.before, said.after, said.paths) == (before, hosted.history.branches["main"], ("a", "b"))
    assert (said.complete, said.commits, said.forced) == (True, 2, False)


async def test_a_merge_that_takes_back_its_second_parent_lists_nothing_of_that(forge: Forge, hosted: Hosted):
    forge.point(hosted, "old", hosted.history.branches["main"])
    forge.commit(hosted, "old", {"a": "1", "b": "1", "c": "1"})
    forge.commit(hosted, "main", {"a": "2", "b": "1"})
    said = push(forge.merge(hosted, "old", "main", files=hosted.history.files("old"), onto_other=True))
    assert (said.branch, said.complete, said.paths) == ("main", True, ("c",))
    assert hosted.history.files("main")["a"] == "1"


async def test_a_push_past_the_cut_is_not_complete(forge: Forge, hosted: Hosted):
    forge.manner = Manner(cut=2)
    said = push(forge.commit(hosted, "main", {"a": "2"}, {"a": "3"}))
    assert (said.complete, said.commits) == (False, None)


@pytest.mark.parametrize("back", [0, 1])
async def test_a_branch_that_moves_sideways_or_back_was_forced(forge: Forge, hosted: Hosted, back: int):
    first = hosted.history.branches["main"]
    forge.commit(hosted, "main", {"a": "2"})
    aside = hosted.history.commit({"a": "9"}, first)
    said = push(forge.point(hosted, "main", [first, aside][back]))
    assert (said.forced, said.complete) == (True, False)


async def test_a_branch_that_is_deleted_or_made_is_said_twice(forge: Forge, hosted: Hosted):
    made = forge.point(hosted, "next", hosted.history.branches["main"])
    gone = forge.point(hosted, "next", None)
    assert [change.action for change in (*made, *gone) if isinstance(change, RepositoryChange)] == [
        "branch_created",
        "branch_deleted",
    ]
    assert (push(made).created, push(gone).deleted, push(gone).after) == (True, True, None)


async def test_an_old_name_leads_to_the_repository_until_another_takes_it(
    forge: Forge, host: ForgeHost, hosted: Hosted
):
    forge.rename(hosted, "acme/store")
    old = Look(repository_id=None, full_name="acme/shop")
    [redirected] = await host.heads([old])
    forge.create("acme/shop", {"z": "1"})
    [taken] = await host.heads([old])
    assert isinstance(redirected, Seen)
    assert isinstance(taken, Seen)
    assert (redirected.repository.full_name, taken.repository.id) == ("acme/store", "2")


async def test_a_repository_that_is_deleted_or_hidden_is_not_to_be_seen(forge: Forge, host: ForgeHost, hosted: Hosted):
    forge.grant(hosted, seen=False)
    [hidden] = await host.heads([look(hosted)])
    assert isinstance(hidden, Unseen)
    assert [each.id async for each in host.repositories(Scope(owner="acme"))] == []
    forge.delete(hosted)
    [gone] = await host.heads([look(hosted)])
    assert isinstance(gone, Unseen)


async def test_a_branch_that_is_not_there_is_seen_without_a_commit(host: ForgeHost, hosted: Hosted):
    [seen] = await host.heads([look(hosted, branch="nowhere")])
    assert isinstance(seen, Seen)
    assert (seen.branch, seen.commit) == ("nowhere", None)


async def test_a_replica_that_lags_answers_with_what_was(
    forge: Forge, host: ForgeHost, hosted: Hosted, clock: ManualClock, weather: Weather
):
    before = hosted.history.branches["main"]
    clock.advance(100)
    forge.commit(hosted, "main", {"a": "2"})
    weather.lag = 10
    heads = []
    for seconds in (5, 6):
        clock.advance(seconds)
        [seen] = await host.heads([look(hosted)])
        heads.append(seen.commit.sha if isinstance(seen, Seen) and seen.commit else None)
    assert heads == [before, hosted.history.branches["main"]]


async def test_a_comparison_past_its_limit_names_no_paths(forge: Forge, host: ForgeHost, hosted: Hosted):
    base = hosted.history.branches["main"]
    files: Mapping[str, str] = {str(number): "" for number in range(COMPARED + 1)}
    forge.commit(hosted, "main", files)
    answer = await host.compare(hosted.described, base, hosted.history.branches["main"])
    assert (answer.ancestor, answer.paths) == (True, None)


async def test_what_no_branch_leads_to_is_nobody_s_ancestor_once_it_is_forgotten(
    forge: Forge, host: ForgeHost, hosted: Hosted
):
    first = hosted.history.branches["main"]
    forge.commit(hosted, "main", {"a": "2"})
    lost = hosted.history.branches["main"]
    forge.point(hosted, "main", first)
    hosted.history.forget_unreachable()
    answer = await host.compare(hosted.described, lost, first)
    assert answer.ancestor is False
    with pytest.raises(HostUnavailable):
        await host.files(hosted.described, lost, ["a"])


async def test_a_tree_and_its_files_have_the_same_blobs(host: ForgeHost, hosted: Hosted):
    head = hosted.history.branches["main"]
    tree = await host.tree(hosted.described, Commit(sha=head))
    files = await host.files(hosted.described, head, ["a", "b", "none"])
    assert tree.blobs == {path: file.blob for path, file in files.items() if file} == dict.fromkeys("ab", blob_id("1"))


async def test_trouble_strikes_one_question_each(host: ForgeHost, hosted: Hosted, weather: Weather):
    weather.trouble = ["unavailable", "denied", "one unavailable", "hidden"]
    looks = [look(hosted), look(hosted)]
    with pytest.raises(HostUnavailable):
        await host.heads(looks)
    with pytest.raises(HostDenied):
        await host.heads(looks)
    answers = [type(each) for _ in range(3) for each in await host.heads(looks)]
    assert answers == [HostUnavailable, Seen, Unseen, Unseen, Seen, Seen]


async def test_a_list_that_breaks_off_is_an_error_after_its_beginning(forge: Forge, host: ForgeHost, weather: Weather):
    forge.create("acme/a", {})
    forge.create("acme/b", {})
    weather.trouble = ["late"]
    listed: list[Repository] = []

    async def read() -> None:
        async for each in host.repositories(Scope(owner="acme")):
            listed.append(each)  # noqa: PERF401 -- what was read before the error counts

    with pytest.raises(HostUnavailable):
        await read()
    assert [each.full_name for each in listed] == ["acme/a"]
