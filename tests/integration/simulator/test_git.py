"""A real `git` against the simulated host, on loopback."""

import asyncio
import gzip
import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from cuelight.simulator import Changes, Edit, Settings, Simulator, running

ENVIRONMENT = {
    **os.environ,
    "GIT_AUTHOR_NAME": "Booking Developer",
    "GIT_AUTHOR_EMAIL": "booking-developer@acme.example",
    "GIT_COMMITTER_NAME": "Booking Developer",
    "GIT_COMMITTER_EMAIL": "booking-developer@acme.example",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


async def git(*arguments: str, at: Path, fails: bool = False) -> str:
    """Run git and return all that it says."""
    command = ["git", "-c", "protocol.version=2", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, cwd=at, env=ENVIRONMENT, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode != 0) == fails, said
    return said.strip()


@pytest.fixture
async def clone(address: str, tmp_path: Path) -> Path:
    """A working copy of acme/booking."""
    await git("clone", "-q", f"{address}/acme/booking.git", "clone", at=tmp_path)
    return tmp_path / "clone"


async def change(clone: Path, name: str, data: bytes) -> None:
    (clone / name).write_bytes(data)
    await git("add", ".", at=clone)
    await git("commit", "-q", "-m", f"Change {name}", at=clone)


async def test_a_clone_has_every_file_and_is_sound(clone):
    assert (clone / "docs/deep/er/note.txt").read_bytes() == b"deep\n"
    assert await git("rev-parse", "--abbrev-ref", "HEAD", at=clone) == "main"
    await git("fsck", "--strict", at=clone)


async def test_an_empty_repository_can_be_cloned_and_filled(simulator, address, tmp_path):
    repository = simulator.host.create("acme/empty")
    await git("clone", "-q", f"{address}/acme/empty", "empty", at=tmp_path)
    await git("checkout", "-q", "-b", "main", at=tmp_path / "empty")
    await change(tmp_path / "empty", "first", b"1")
    await git("push", "-q", "origin", "main", at=tmp_path / "empty")
    assert repository.head("main") == await git("rev-parse", "HEAD", at=tmp_path / "empty")


async def test_a_push_moves_the_branch_and_is_announced(simulator, clone, receiver):
    before = simulator.host.repository("acme/booking").head("main")
    await change(clone, "new.txt", b"new")
    await git("push", "-q", at=clone)
    await simulator.courier.idle()
    [payload] = receiver.pushes
    after = simulator.host.repository("acme/booking").head("main")
    assert (payload["before"], payload["after"]) == (before, after)
    assert payload["commits"][0]["added"] == ["new.txt"]
    assert payload["commits"][0]["author"] == {
        "name": "Booking Developer",
        "email": "booking-developer@acme.example",
    }


async def test_a_fetch_brings_what_was_committed_meanwhile(simulator, clone):
    pushed = simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files={"x": b"x"}))
    await git("pull", "-q", at=clone)
    assert await git("rev-parse", "HEAD", at=clone) == pushed.after


async def test_a_push_of_several_megabytes_arrives_in_chunks(simulator, clone):
    await change(clone, "big", os.urandom(3_000_000))
    await git("push", "-q", at=clone)
    repository = simulator.host.repository("acme/booking")
    entry = repository.objects.entry(repository.objects.commit(repository.head("main")).tree, "big")
    assert repository.objects.size(entry.sha) == 3_000_000


async def test_a_new_branch_without_commits_says_where_it_was_cut(simulator, clone, receiver):
    await git("push", "-q", "origin", "HEAD:refs/heads/feature/login", at=clone)
    await simulator.courier.idle()
    [payload] = receiver.pushes
    assert (payload["created"], payload["base_ref"], payload["commits"]) == (True, "refs/heads/main", [])
    assert payload["before"] == "0" * 40
    assert payload["head_commit"]["id"] == payload["after"]


async def test_a_forced_push_is_called_forced(simulator, clone, receiver):
    await git("commit", "-q", "--amend", "-m", "Another first commit", at=clone)
    assert "rejected" in await git("push", at=clone, fails=True)
    await git("push", "-q", "--force", at=clone)
    await simulator.courier.idle()
    [payload] = receiver.pushes
    assert payload["forced"] is True
    assert [commit["message"] for commit in payload["commits"]] == ["Another first commit"]


async def test_a_deleted_branch_is_announced_with_zeros(simulator, clone, receiver):
    await git("push", "-q", "origin", "HEAD:refs/heads/topic", at=clone)
    await git("push", "-q", "origin", "--delete", "topic", at=clone)
    await simulator.courier.idle()
    payload = next(payload for payload in receiver.pushes if payload["deleted"])
    assert (payload["after"], payload["head_commit"], payload["commits"]) == ("0" * 40, None, [])
    assert simulator.host.repository("acme/booking").head("topic") is None


async def test_the_default_branch_can_not_be_deleted(simulator, clone):
    assert "refusing to delete" in await git("push", "origin", "--delete", "main", at=clone, fails=True)
    assert simulator.host.repository("acme/booking").head("main") is not None


async def test_every_branch_of_one_push_is_announced(simulator, clone, receiver):
    await git("push", "-q", "origin", "HEAD:refs/heads/a", "HEAD:refs/heads/b", at=clone)
    await simulator.courier.idle()
    assert sorted(payload["ref"] for payload in receiver.pushes) == ["refs/heads/a", "refs/heads/b"]


async def test_more_than_three_tags_at_once_are_not_announced(simulator, clone, receiver):
    for name in ("v1", "v2", "v3", "v4"):
        await git("tag", "-a", name, "-m", name, at=clone)
    await git("push", "-q", "--tags", at=clone)
    await simulator.courier.idle()
    assert receiver.pushes == []
    assert sorted(simulator.host.repository("acme/booking").tags()) == ["v1", "v2", "v3", "v4"]


async def test_an_archived_repository_refuses_a_push_and_serves_a_clone(simulator, clone, tmp_path, address):
    simulator.host.amend(simulator.host.repository("acme/booking"), Changes(archived=True))
    await change(clone, "x", b"x")
    assert "403" in await git("push", at=clone, fails=True)
    await git("clone", "-q", f"{address}/acme/booking.git", "again", at=tmp_path)


async def test_a_shallow_clone_has_one_commit(simulator, address, tmp_path):
    simulator.host.commit(simulator.host.repository("acme/booking"), Edit(files={"x": b"x"}))
    await git("clone", "-q", "--depth", "1", f"{address}/acme/booking.git", "shallow", at=tmp_path)
    assert await git("rev-list", "--count", "HEAD", at=tmp_path / "shallow") == "1"


async def test_a_zipped_request_is_unpacked(simulator, address):
    sha = simulator.host.repository("acme/booking").head("main")
    line = f"want {sha} side-band-64k thin-pack ofs-delta no-progress\n"
    body = f"{len(line) + 4:04x}{line}00000009done\n".encode()
    headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        answer = await client.post("/acme/booking.git/git-upload-pack", content=gzip.compress(body), headers=headers)
    assert answer.status_code == 200
    assert b"PACK" in answer.content


async def test_what_is_not_the_protocol_is_a_bad_request(address):
    headers = {"Content-Type": "application/x-git-receive-pack-request"}
    async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        answer = await client.post("/acme/booking.git/git-receive-pack", content=b"000bnonsense", headers=headers)
    assert answer.status_code == 400


async def test_with_a_token_git_asks_for_it(tmp_path):
    simulator = Simulator(Settings(root=tmp_path / "host", token="right"))
    simulator.host.create("acme/booking", files={"a": b"a"})
    async with running(simulator) as address:
        await git("clone", "-q", f"{address}/acme/booking.git", "refused", at=tmp_path, fails=True)
        named = address.replace("http://", "http://booking-developer:right@")
        await git("clone", "-q", f"{named}/acme/booking.git", "clone", at=tmp_path)
    simulator.close()
    assert (tmp_path / "clone" / "a").exists()


async def test_a_repository_that_git_wrote_is_read_after_a_restart(simulator, clone, tmp_path, clock):
    await change(clone, "new.txt", b"new")
    await git("push", "-q", at=clone)
    head = simulator.host.repository("acme/booking").head("main")
    simulator.close()
    again = Simulator(Settings(root=tmp_path / "host"), clock=clock)
    repository = again.host.repository("acme/booking")
    found = repository.head("main"), repository.objects.commit(head).message
    again.close()
    assert found == (head, "Change new.txt\n")
