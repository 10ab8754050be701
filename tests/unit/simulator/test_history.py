"""What a push brought."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.objects import Commit, ObjectID

from cuelight.clock import ManualClock
from cuelight.simulator import CodeHost, Edit, Pushed, Repository
from cuelight.simulator.core.history import History, history
from cuelight.simulator.core.people import Person


@pytest.fixture
def host(tmp_path: Path) -> Iterator[CodeHost]:
    host = CodeHost(tmp_path, clock=ManualClock())
    host.create("acme/one", files={"a": b"1"})
    yield host
    host.close()


@pytest.fixture
def repository(host: CodeHost) -> Repository:
    return host.repository("acme/one")


def brought(repository: Repository, before: str | None, after: str | None, *, ref: str = "refs/heads/main") -> History:
    pushed = Pushed(
        repository=repository.metadata, ref=ref, before=before, after=after, pusher=Person.account("somebody"), at=0
    )
    return history(repository, pushed, limit=2048)


def messages(found: History) -> list[str]:
    return [one.commit.message for one in found.commits]


def merge(repository: Repository, first: str, second: str) -> str:
    commit = Commit()
    commit.tree = ObjectID(repository.objects.commit(second).tree.encode())
    commit.parents = [ObjectID(first.encode()), ObjectID(second.encode())]
    commit.author = commit.committer = b"somebody <somebody@acme.example>"
    commit.author_time = commit.commit_time = 1_767_225_600
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"merge"
    repository.store.add_object(commit)
    return commit.id.decode()


def commit(host: CodeHost, repository: Repository, message: str, branch: str = "main") -> str:
    pushed = host.commit(repository, Edit(files={f"{message}.txt": b"x"}, message=message, branch=branch))
    assert pushed.after is not None
    return pushed.after


def test_commits_come_oldest_first(host, repository):
    before = repository.head("main")
    after = [commit(host, repository, message) for message in ("one", "two", "three")][-1]
    assert messages(brought(repository, before, after)) == ["one", "two", "three"]


def test_only_the_last_commits_are_kept_past_the_limit(host, repository):
    before = repository.head("main")
    after = [commit(host, repository, message) for message in ("one", "two", "three")][-1]
    pushed = Pushed(
        repository=repository.metadata, ref="refs/heads/main", before=before, after=after,
        pusher=Person.account("somebody"), at=0,
    )  # fmt: skip
    assert messages(history(repository, pushed, limit=2)) == ["two", "three"]


def test_a_merge_brings_the_commits_of_both_sides_and_differs_from_its_first_parent(host, repository):
    base = repository.head("main")
    side = commit(host, repository, "side", branch="side")
    main = commit(host, repository, "main")
    repository.move("refs/heads/side", None)
    found = brought(repository, base, merge(repository, main, side))
    assert sorted(messages(found)) == ["main", "merge", "side"]
    assert found.commits[-1].files.added == ("side.txt",)
    assert found.commits[-1].files.removed == ("main.txt",)
    assert found.forced is False


def test_a_commit_that_another_branch_has_is_not_distinct(host, repository):
    base = repository.head("main")
    side = commit(host, repository, "side", branch="side")
    assert [one.distinct for one in brought(repository, base, side).commits] == [False]


def test_a_branch_that_goes_back_is_forced_and_brings_nothing(host, repository):
    base = repository.head("main")
    after = commit(host, repository, "one")
    found = brought(repository, after, base)
    assert (found.forced, messages(found)) == (True, [])


def test_a_branch_with_another_history_is_forced(host, repository):
    base = repository.head("main")
    one = commit(host, repository, "one")
    repository.move("refs/heads/main", base)
    two = commit(host, repository, "two")
    found = brought(repository, one, two)
    assert (found.forced, messages(found)) == (True, ["two"])


def test_the_first_push_brings_everything(repository):
    found = brought(repository, None, repository.head("main"))
    assert messages(found) == ["Initial commit"]
    assert found.commits[0].files.added == ("a",)


def test_a_deleted_branch_brings_nothing(repository):
    assert brought(repository, repository.head("main"), None) == History(
        head=None, commits=(), forced=False, base_ref=None
    )


def test_a_tag_names_the_branch_that_it_was_cut_from(repository):
    found = brought(repository, None, repository.head("main"), ref="refs/tags/v1")
    assert (found.base_ref, messages(found)) == ("refs/heads/main", [])
