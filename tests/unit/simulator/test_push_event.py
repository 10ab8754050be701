"""The push event against real ones: every key that we send is GitHub's, with the same JSON type."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuelight.clock import ManualClock
from cuelight.simulator import Changes, Edit, Hook, Settings, Simulator
from tests.unit.simulator.shapes import real_shape, shape

LEFT_OUT = {
    # Only an app's own deliveries have it.
    ".installation", ".installation.id", ".installation.node_id",
}  # fmt: skip
"""Keys of real push events that the simulator does not send."""
NULLABLE = {
    ".base_ref": "string",
    ".repository.description": "string",
    ".repository.language": "null",
}
"""Types that GitHub documents and that the payloads at hand happen not to show: a branch's base, a description, no language."""


@pytest.fixture(scope="module")
def real() -> dict[str, set[str]]:
    """Keys and types of all the push events that octokit has collected."""
    found = real_shape("push.octokit*.json")
    for key, name in NULLABLE.items():
        found[key].add(name)
    # The corpus' commits happen to add files only.
    found[".commits[].removed[]"] = found[".commits[].modified[]"] = {"string"}
    found[".head_commit.removed[]"] = found[".head_commit.modified[]"] = {"string"}
    return found


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(Settings(root=tmp_path), clock=ManualClock())
    simulator.host.create("acme/one", Changes(description="One"), files={"a": b"1", "b": b"2"})
    yield simulator
    simulator.close()


def payload(simulator: Simulator, edit: Edit) -> dict[str, Any]:
    pushed = simulator.host.commit(simulator.host.repository("acme/one"), edit)
    parcel = simulator.face.parcels(pushed, [Hook(url="http://127.0.0.1:9/")])[-1]
    document: dict[str, Any] = json.loads(parcel.body)
    return document


@pytest.mark.parametrize("branch", ["main", "feature/x"])
def test_every_key_that_we_send_is_githubs_with_the_same_type(simulator, real, branch):
    document = payload(simulator, Edit(files={"a": b"other", "b": None, "c": b""}, branch=branch))
    foreign = {(key, name) for key, name in shape(document) if name not in real[key]}
    assert foreign == set()


def test_the_keys_that_we_leave_out_are_named_here(simulator, real):
    sent = {key for key, _ in shape(payload(simulator, Edit(files={"a": b"other", "b": None, "c": b""})))}
    assert set(real) - sent - LEFT_OUT == set()


def test_a_users_push_has_no_organisation(simulator):
    simulator.host.add_owner("somebody", "User")
    repository = simulator.host.create("somebody/own")
    pushed = simulator.host.commit(repository, Edit(files={"a": b"1"}))
    parcel = simulator.face.parcels(pushed, [Hook(url="http://127.0.0.1:9/")])[-1]
    document = json.loads(parcel.body)
    assert "organization" not in document
    assert "organization" not in document["repository"]
    assert document["repository"]["owner"]["type"] == "User"


def test_files_past_githubs_limit_are_not_listed(simulator):
    simulator.knobs.commit_files = 2
    document = payload(simulator, Edit(files={"a": b"other", "b": None, "c": b""}))
    [commit] = document["commits"]
    assert (commit["added"], commit["removed"], commit["modified"]) == (["c"], ["b"], [])
