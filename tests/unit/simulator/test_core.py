"""The core: owners, repositories and commits on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from cuelight.errors import ConfigurationError, ConflictError, InputError, NotAllowedError, NotFoundError, TooLargeError
from cuelight.simulator import Changes, CodeHost, Edit, Person
from cuelight.simulator.core import limits
from cuelight.simulator.core.names import check_owner, check_path


@pytest.fixture
def host(tmp_path: Path) -> Iterator[CodeHost]:
    host = CodeHost(tmp_path, clock=ManualClock())
    yield host
    host.close()


def files(repository) -> dict[str, bytes]:
    tree = repository.objects.commit(repository.head("main")).tree
    blobs = [entry for entry in repository.objects.listing(tree) if entry.kind == "blob"]
    return {entry.path: repository.objects.blob(entry.sha) for entry in blobs}


def test_a_commit_changes_what_it_names_and_nothing_else(host):
    repository = host.create("acme/one", files={"a": b"1", "b/c": b"2", "b/d": b"3"})
    host.commit(repository, Edit(files={"b/c": b"other", "new/e": b"4", "a": None}))
    assert files(repository) == {"b/c": b"other", "b/d": b"3", "new/e": b"4"}


def test_a_folder_goes_with_its_last_file(host):
    repository = host.create("acme/one", files={"a": b"1", "b/c/d": b"2"})
    host.commit(repository, Edit(files={"b/c/d": None}))
    tree = repository.objects.commit(repository.head("main") or "").tree
    assert [entry.path for entry in repository.objects.listing(tree)] == ["a"]


def test_a_repository_can_become_empty_of_files(host):
    repository = host.create("acme/one", files={"a": b"1"})
    host.commit(repository, Edit(files={"a": None}))
    assert files(repository) == {}


def test_a_restart_finds_the_same_repositories_ids_and_commits(host, tmp_path):
    repository = host.create("acme/one", Changes(description="One", topics=("x",)), files={"a": b"1"})
    known = repository.metadata, repository.head("main")
    host.close()
    again = CodeHost(tmp_path)
    found = again.repository("acme/one")
    assert (found.metadata, found.head("main")) == known
    again.close()


def test_an_id_is_never_given_twice_even_after_a_restart(host, tmp_path):
    old = host.create("acme/one")
    host.delete(old)
    host.close()
    again = CodeHost(tmp_path)
    new = again.create("acme/one")
    assert new.metadata.id > old.metadata.id
    again.close()


def test_a_folder_is_held_by_one_host_at_a_time(host, tmp_path):
    with pytest.raises(ConfigurationError, match="held by another"):
        CodeHost(tmp_path)


def test_a_record_that_is_damaged_names_its_file(host, tmp_path):
    host.create("acme/one")
    host.close()
    (tmp_path / "repositories" / "000002.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"000002\.json"):
        CodeHost(tmp_path)


def test_names_differ_by_more_than_case(host):
    host.create("acme/one")
    with pytest.raises(ConflictError):
        host.create("ACME/One")


def test_a_renamed_repository_is_found_by_its_new_name_only(host):
    repository = host.create("acme/one")
    host.amend(repository, Changes(name="two"))
    assert host.repository("acme/two") is repository
    with pytest.raises(NotFoundError):
        host.repository("acme/one")


def test_an_archived_repository_takes_no_commit(host):
    repository = host.create("acme/one", Changes(archived=True))
    with pytest.raises(NotAllowedError, match="read-only"):
        host.commit(repository, Edit(files={"a": b"1"}))


def test_a_branch_can_not_lie_below_another(host):
    repository = host.create("acme/one", files={"a": b"1"})
    with pytest.raises(ConflictError):
        host.commit(repository, Edit(files={"b": b"1"}, branch="main/below"))


def test_a_commit_is_written_as_its_author_at_the_hosts_time(host):
    repository = host.create("acme/one")
    pushed = host.commit(repository, Edit(files={"a": b"1"}, author=Person("Zoë <x>\n", "zoe@acme.example")))
    commit = repository.objects.commit(pushed.after or "")
    assert commit.author == Person("Zoë x", "zoe@acme.example")
    assert commit.committed_at == host.clock.now() // 1_000_000


def test_a_commit_past_its_limits_is_refused(host, monkeypatch):
    repository = host.create("acme/one")
    monkeypatch.setattr(limits, "BYTES_PER_COMMIT", 10)
    with pytest.raises(TooLargeError):
        host.commit(repository, Edit(files={"a": b"x" * 11}))


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/", "./a", "a/../b", ".git/x", "a/.GIT/x", "a\0b", "x" * 256])
def test_a_path_that_a_clone_could_not_hold_is_refused(path):
    with pytest.raises(InputError, match="can't be a file's path"):
        check_path(path)


@pytest.mark.parametrize("path", ["x/" * 300 + "x", "/".join(["x" * 200] * 30)])
def test_a_path_past_its_limits_is_refused(path):
    with pytest.raises(InputError, match="longer than"):
        check_path(path)


@pytest.mark.parametrize("login", ["repos", "orgs", "_simulator", "API", "a/b", "..", "x.git", "", "ä"])
def test_an_owner_that_has_no_address_of_its_own_is_refused(login):
    with pytest.raises(InputError):
        check_owner(login)


@pytest.mark.parametrize("name", ["", "a b", "..", "x.git", "x" * 101])
def test_a_repository_that_has_no_address_of_its_own_is_refused(host, name):
    with pytest.raises(InputError):
        host.create(f"acme/{name}")


def test_the_cache_stays_within_its_room():
    from cuelight.simulator.core.cache import Cache

    cache = Cache(100)
    for number in range(20):
        cache.put(number, number, 10)
    assert [number for number in range(20) if cache.get(number) is not None] == list(range(10, 20))


def test_a_file_that_is_too_large_to_be_kept_is_read_again(host):
    data = bytes(limits.CACHE_BYTES // 8 + 1)
    repository = host.create("acme/one", files={"a": data})
    [entry] = repository.objects.listing(repository.objects.commit(repository.head("main")).tree)
    objects = repository.objects
    assert (objects.kind(entry.sha), objects.size(entry.sha), objects.blob(entry.sha)) == ("blob", len(data), data)


def test_what_was_committed_is_what_git_reads_from_disk(host, tmp_path):
    repository = host.create("acme/one", files={"a": b"1", "b/c": b"2"})
    head = repository.head("main")
    kept = repository.objects.commit(head), files(repository)
    host.close()
    again = CodeHost(tmp_path)
    found = again.repository("acme/one")
    assert (found.objects.commit(head), files(found)) == kept
    again.close()
