"""How commits descend from one another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from cuelight.simulator import CodeHost, Edit, Repository
from cuelight.simulator.core.ancestry import ancestors, merge_base, newest


@pytest.fixture
def host(tmp_path: Path) -> Iterator[CodeHost]:
    host = CodeHost(tmp_path, clock=ManualClock())
    host.create("acme/one", files={"a": b"1"})
    yield host
    host.close()


@pytest.fixture
def repository(host: CodeHost) -> Repository:
    return host.repository("acme/one")


def commit(host: CodeHost, name: str, branch: str = "main", merge: str | None = None) -> str:
    edit = Edit(files={name: b"1"}, message=name, branch=branch, merge=merge)
    return str(host.commit(host.repository("acme/one"), edit).after)


def test_two_branches_met_where_one_was_cut(host, repository):
    base = repository.head("main")
    side, main = commit(host, "side", "side"), commit(host, "main")
    assert merge_base(repository.objects, side, main) == base


def test_after_a_merge_they_met_at_what_was_merged(host, repository):
    side = commit(host, "side", "side")
    merge = commit(host, "merge", merge="side")
    later = commit(host, "later", "side")
    assert merge_base(repository.objects, merge, later) == side


def test_a_commit_meets_its_descendants_at_itself(host, repository):
    base, head = repository.head("main"), commit(host, "main")
    assert merge_base(repository.objects, base, head) == base


def test_ancestors_are_everything_before_and_the_commit_itself(host, repository):
    base, head = repository.head("main"), commit(host, "main")
    assert ancestors(repository.objects, [head]) == {base, head}


def test_the_newest_come_first_and_only_as_many_as_asked(host, repository):
    host.clock.advance(1)
    shas = []
    for number in range(3):
        host.clock.advance(1)
        shas.append(commit(host, str(number)))
    assert [one.sha for one in newest(repository.objects, shas[-1], 2)] == [shas[2], shas[1]]
