"""Real payloads and real signatures, which nobody here wrote, sent over HTTP to the whole program."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.corpus import corpus
from tests.end_to_end.polling import until
from tests.end_to_end.signing import SECRET, delivery, signed
from tests.end_to_end.world import Cuelight, configure, cuelight

NOBODY = "http://127.0.0.1:9"
"""A code host that is away: nothing of this asks it anything."""
VECTORS = [
    one for one in json.loads(corpus("payloads", "signature_vectors.json").read_text()) if one["provider"] == "github"
]
PAYLOADS = sorted(path.name for path in corpus("payloads", "github").glob("*.json"))


def _is_push(name: str) -> bool:
    document = json.loads(corpus("payloads", "github", name).read_bytes())
    return isinstance(document, dict) and {"ref", "before", "after", "repository"} <= document.keys()


PUSHES = [name for name in PAYLOADS if _is_push(name)]
EVENTS = {
    one["file"].removeprefix("github/"): one["event"]
    for one in json.loads(corpus("payloads", "index.json").read_text())
}


@pytest.fixture(scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cuelight]:
    """A Cuelight that knows every secret of the vectors."""
    folder = tmp_path_factory.mktemp("payloads")
    secrets = sorted({SECRET, *(one["secret"] for one in VECTORS)})
    events = {"modules": {"github": {"webhookSecrets": secrets}}}
    async with cuelight(folder, configure(folder, NOBODY, events=events)) as made:
        yield made


@pytest.mark.parametrize("name", PUSHES)
async def test_a_push_is_accepted_published_and_handled(program, name):
    one = signed(delivery(corpus("payloads", "github", name).read_bytes()))
    answer = await program.post(one)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "accepted")
    [row] = program.rows("SELECT state, subject FROM deliveries WHERE guid = :guid", guid=one.guid)
    assert (row["state"], row["subject"]) == ("published", json.loads(one.body)["repository"]["full_name"])
    [event] = await until(lambda: handled(program, answer.json()["id"]))
    assert event["topic"] == "github.push"
    assert event["data"]["ref"] == json.loads(one.body)["ref"]


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name not in PUSHES])
async def test_any_other_event_is_accepted_and_published(program, name):
    one = signed(delivery(corpus("payloads", "github", name).read_bytes(), event=EVENTS[name]))
    answer = await program.post(one)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "accepted")
    states = [row["state"] for row in program.rows("SELECT state FROM deliveries WHERE guid = :guid", guid=one.guid)]
    assert states == ["published"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: f"{one['header']}-{one['value'][:16]}")
async def test_a_signature_gets_its_verdict(program, vector: Mapping[str, Any]):
    body = corpus("payloads", vector["file"]).read_bytes() if "file" in vector else vector["body"].encode()
    one = delivery(body, **{vector["header"].replace("-", "_"): vector["value"]})
    answer = await program.post(one)
    # whoever signs with SHA-1 signs with SHA-256 as well: the older signature alone opens nothing
    accepted = vector["expect_valid"] and vector["header"] == "X-Hub-Signature-256"
    assert answer.status_code == (202 if accepted else 403)
    assert len(program.rows("SELECT 1 FROM deliveries WHERE guid = :guid", guid=one.guid)) == accepted


async def handled(program: Cuelight, delivery_id: str) -> list[dict[str, Any]] | None:
    """The events of the delivery, once both subscriptions handled them."""
    answer = await program.client.get(f"/api/cuelight/v1/deliveries/{delivery_id}")
    events: list[dict[str, Any]] = answer.raise_for_status().json()["events"]
    wanted = ["repositories.github", "test.recorder"]
    return events if events and all(event["handledBy"] == wanted for event in events) else None
