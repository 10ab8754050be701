"""The events of repositories themselves against real ones: every key that we send is GitHub's, with the same JSON type."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuelight.clock import ManualClock
from cuelight.simulator import Changes, Happened, Hook, Parcel, Person, Settings, Simulator
from cuelight.simulator.core.happenings import happenings
from tests.unit.simulator.shapes import real_shape, shape

SOMEBODY = Person.account("somebody")
HOOK = Hook(url="http://127.0.0.1:9/")
APP = Hook(url="http://127.0.0.1:9/", app=True)
NULLABLE = {
    ".repository.description": "string",
    ".description": "string",
    ".repository.homepage": "null",
    ".repository.language": "null",
    ".repository.topics[]": "string",
}
"""What GitHub documents and the corpus' few payloads happen not to show."""
EDITED = {
    ".changes.topics": "object", ".changes.topics.from": "array", ".changes.topics.from[]": "string",
    ".changes.description": "object", ".changes.description.from": "string",
    ".changes.owner.from.organization": "object",
}  # fmt: skip
"""Changes that the corpus has no payload of; https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository"""


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(Settings(root=tmp_path), clock=ManualClock())
    simulator.host.create("acme/one", Changes(description="One", topics=("old",)), files={"a": b"1"})
    yield simulator
    simulator.close()


def events(parcels: list[Parcel]) -> list[tuple[str, dict[str, Any]]]:
    return [(parcel.event, json.loads(parcel.body)) for parcel in parcels]


def told(simulator: Simulator, changes: Changes, hook: Hook = HOOK) -> list[tuple[str, dict[str, Any]]]:
    repository = simulator.host.repository("acme/one")
    before = repository.metadata
    happened = happenings(before, simulator.host.amend(repository, changes), SOMEBODY)
    return events([parcel for one in happened for parcel in simulator.face.tidings(one, [hook])])


def happened(simulator: Simulator, action: Any) -> Happened:
    metadata = simulator.host.repository("acme/one").metadata
    return Happened(action=action, repository=metadata, before=metadata)


def foreign(document: dict[str, Any], real: dict[str, set[str]], **more: str) -> set[tuple[str, str]]:
    """Keys of *document* that no real payload has, or has with another type."""
    known = {**NULLABLE, **EDITED}
    owner = {key.replace(".organization", ".changes.owner.from.organization"): names for key, names in real.items()}
    return {
        (key, name)
        for key, name in shape(document)
        if name not in real.get(key, ()) and known.get(key) != name and name not in owner.get(key, ())
    }


CHANGES = [
    (Changes(name="two"), "renamed", {"repository": {"name": {"from": "one"}}}),
    (Changes(archived=True), "archived", None),
    (Changes(visibility="private"), "privatized", None),
    (Changes(description="Other"), "edited", {"description": {"from": "One"}}),
    (Changes(topics=("new",)), "edited", {"topics": {"from": ["old"]}}),
    (Changes(default_branch="trunk"), "edited", {"default_branch": {"from": "main"}}),
]


@pytest.mark.parametrize(("changes", "action", "said"), CHANGES)
def test_a_change_is_one_event_that_says_what_it_was(simulator, changes, action, said):
    [(name, payload)] = told(simulator, changes)
    assert (name, payload["action"], payload.get("changes")) == ("repository", action, said)


@pytest.mark.parametrize("changes", [changes for changes, *_ in CHANGES])
def test_every_key_of_a_repository_event_is_githubs_with_the_same_type(simulator, changes):
    [(_, payload)] = told(simulator, changes)
    assert foreign(payload, real_shape("repository.*.octokit*.json", "push.octokit*.json")) == set()


def test_a_transfer_says_whose_it_was(simulator):
    [(_, payload)] = told(simulator, Changes(owner="beta"))
    assert payload["action"] == "transferred"
    assert payload["changes"]["owner"]["from"]["organization"]["login"] == "acme"
    assert payload["repository"]["full_name"] == "beta/one"
    assert foreign(payload, real_shape("repository.*.octokit*.json", "push.octokit*.json")) == set()


def test_a_transfer_from_a_user_names_the_user(simulator):
    simulator.host.add_owner("somebody", "User")
    repository = simulator.host.create("somebody/own")
    before = repository.metadata
    [happened] = happenings(before, simulator.host.amend(repository, Changes(owner="acme")), SOMEBODY)
    [(_, payload)] = events(simulator.face.tidings(happened, [HOOK]))
    assert payload["changes"]["owner"]["from"]["user"]["login"] == "somebody"
    assert foreign(payload, real_shape("repository.*.octokit*.json", "push.octokit*.json")) == set()


def test_becoming_public_is_told_twice(simulator):
    told(simulator, Changes(visibility="private"))
    (first, repository), (second, public) = told(simulator, Changes(visibility="public"))
    assert (first, repository["action"], second) == ("repository", "publicized", "public")
    assert foreign(public, real_shape("public.octokit*.json", "push.octokit*.json")) == set()


def test_being_unarchived_is_told(simulator):
    told(simulator, Changes(archived=True))
    [(_, payload)] = told(simulator, Changes(archived=False))
    assert payload["action"] == "unarchived"


def test_what_stays_as_it_was_is_no_event(simulator):
    assert told(simulator, Changes(archived=False, topics=("old",))) == []


@pytest.mark.parametrize("action", ["created", "deleted"])
def test_a_repository_that_comes_or_goes_is_told(simulator, action):
    [(name, payload)] = events(simulator.face.tidings(happened(simulator, action), [HOOK]))
    assert (name, payload["action"], "changes" in payload) == ("repository", action, False)
    assert foreign(payload, real_shape("repository.*.octokit*.json", "push.octokit*.json")) == set()


@pytest.mark.parametrize(("to", "name"), [("main", "create"), (None, "delete")])
def test_a_branch_that_comes_or_goes_is_told_before_its_push(simulator, to, name):
    repository = simulator.host.repository("acme/one")
    sha = repository.head("main")
    simulator.host.point(repository, "old", sha, by=SOMEBODY)
    branch = "new" if to else "old"
    pushed = simulator.host.point(repository, branch, to and sha, by=SOMEBODY)
    [(first, payload), (second, push)] = events(simulator.face.parcels(pushed, [HOOK]))
    assert (first, second, payload["ref_type"], payload["ref"]) == (name, "push", "branch", branch)
    assert push["ref"] == f"refs/heads/{branch}"
    assert foreign(payload, real_shape(f"{name}.octokit*.json", "push.octokit*.json")) == set()


@pytest.mark.parametrize(("action", "said"), [("granted", "added"), ("revoked", "removed")])
def test_only_the_app_hears_of_what_it_may_read(simulator, action, said):
    assert simulator.face.tidings(happened(simulator, action), [HOOK]) == []
    [(name, payload)] = events(simulator.face.tidings(happened(simulator, action), [APP]))
    assert (name, payload["action"]) == ("installation_repositories", said)
    assert [one["full_name"] for one in payload[f"repositories_{said}"]] == ["acme/one"]


def test_every_key_of_an_installations_event_is_githubs(simulator):
    [(_, payload)] = events(simulator.face.tidings(happened(simulator, "revoked"), [APP]))
    real = real_shape("installation-repositories.*.json", "installation.created.octokit*.json")
    # Documented, and in no payload of the corpus.
    real[".requester"] = {"null"}
    real[".installation.app_slug"] = real[".installation.created_at"] = {"string"}
    real[".installation.updated_at"] = real[".installation.events[]"] = {"string"}
    for key in ("id", "node_id", "name", "full_name", "private"):
        real[f".repositories_removed[].{key}"] = real[f".repositories[].{key}"]
    assert foreign(payload, real) == set()


def test_an_apps_own_hook_names_the_installation(simulator):
    [(_, payload)] = told(simulator, Changes(archived=True), APP)
    installation = simulator.gates.keys.installations.of("acme")
    assert payload["installation"]["id"] == installation.id
    assert foreign(payload, real_shape("repository.*.octokit*.json", "push.octokit*.json")) == set()
