"""Comparing two commits over the REST API."""

from typing import Any

import pytest

from cuelight.simulator import Edit

COMPARE = "/repos/acme/booking/compare"


@pytest.fixture
def repository(simulator):
    return simulator.host.repository("acme/booking")


def commit(simulator, files: dict[str, bytes | None], **more: Any) -> str:
    pushed = simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files=files, **more))
    return str(pushed.after)


async def compared(client, base: str, head: str, query: str = "") -> Any:
    answer = await client.get(f"{COMPARE}/{base}...{head}{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_commit_is_identical_to_itself(client, repository):
    document = await compared(client, "main", repository.head("main"))
    assert (document["status"], document["files"], document["total_commits"]) == ("identical", [], 0)


async def test_what_came_since_is_ahead(client, simulator, repository):
    base = repository.head("main")
    first = commit(simulator, {"a": b"1", "docs/index.md": None}, message="one")
    second = commit(simulator, {"catalog-info.yaml": b"other"}, message="two")
    document = await compared(client, base, second)
    assert (document["status"], document["ahead_by"], document["behind_by"]) == ("ahead", 2, 0)
    assert [one["sha"] for one in document["commits"]] == [first, second]
    assert [(one["filename"], one["status"]) for one in document["files"]] == [
        ("a", "added"),
        ("catalog-info.yaml", "modified"),
        ("docs/index.md", "removed"),
    ]
    assert document["merge_base_commit"]["sha"] == base


async def test_the_other_way_round_it_is_behind_and_no_file_differs(client, simulator, repository):
    base = repository.head("main")
    head = commit(simulator, {"a": b"1"})
    document = await compared(client, head, base)
    assert (document["status"], document["behind_by"], document["files"]) == ("behind", 1, [])


async def test_two_sides_diverge_and_only_the_heads_files_are_told(client, simulator):
    commit(simulator, {"side": b"1"}, branch="side")
    commit(simulator, {"main": b"1"})
    document = await compared(client, "main", "side")
    assert (document["status"], document["ahead_by"], document["behind_by"]) == ("diverged", 1, 1)
    assert [one["filename"] for one in document["files"]] == ["side"]


async def test_a_renamed_file_says_what_it_was_called(client, simulator, repository):
    base = repository.head("main")
    head = commit(simulator, {"docs/index.md": None, "docs/start.md": b"# Docs\n"})
    [file] = (await compared(client, base, head))["files"]
    assert (file["filename"], file["status"], file["previous_filename"]) == (
        "docs/start.md",
        "renamed",
        "docs/index.md",
    )


async def test_a_file_names_its_blob(client, simulator, repository):
    base = repository.head("main")
    head = commit(simulator, {"a": b"1"})
    [file] = (await compared(client, base, head))["files"]
    assert file["sha"] == repository.objects.entry(repository.objects.commit(head).tree, "a").sha


async def test_files_are_cut_at_the_limit(client, simulator, repository):
    simulator.knobs.compare_files = 3
    base = repository.head("main")
    head = commit(simulator, {f"file-{number}": b"1" for number in range(5)})
    assert len((await compared(client, base, head))["files"]) == 3


async def test_commits_come_by_pages_and_files_with_the_first(client, simulator, repository):
    base = repository.head("main")
    shas = [commit(simulator, {"a": str(number).encode()}) for number in range(3)]
    first = await compared(client, base, "main", "?per_page=2")
    second = await compared(client, base, "main", "?per_page=2&page=2")
    assert [one["sha"] for one in first["commits"] + second["commits"]] == shas
    assert (len(first["files"]), second["files"], second["total_commits"]) == (1, [], 3)


async def test_a_branch_may_contain_slashes(client, simulator):
    head = commit(simulator, {"a": b"1"}, branch="feature/x")
    assert (await compared(client, "main", "feature/x"))["commits"][0]["sha"] == head


@pytest.mark.parametrize("basehead", ["main...nope", "nope...main", "0" * 40 + "...main", "main", "main..main"])
async def test_a_commit_that_is_not_there_is_not_found(client, basehead):
    assert (await client.get(f"{COMPARE}/{basehead}")).status_code == 404


async def test_histories_that_never_met_have_no_common_ancestor(client, simulator, repository):
    other = simulator.host.create("acme/other")
    head = simulator.host.commit(other, Edit(files={"a": b"1"})).after
    for sha in (
        head,
        other.objects.commit(head).tree,
        *(one.sha for one in other.objects.listing(other.objects.commit(head).tree)),
    ):
        repository.store.add_object(other.store[sha.encode()])
    answer = await client.get(f"{COMPARE}/main...{head}")
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("No common ancestor between")
