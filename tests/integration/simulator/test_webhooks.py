"""Webhooks as GitHub sends them: once, signed, and remembered."""

import hashlib
import hmac
import uuid

from cuelight.simulator import Edit


async def push(simulator, **files: bytes) -> None:
    await simulator.commit("acme/booking", Edit(files={f"{name}.txt": data for name, data in files.items()}))
    async with simulator.courier.working():
        await simulator.courier.idle()


async def test_a_webhook_is_signed_over_its_very_bytes(simulator, receiver):
    await push(simulator, a=b"1")
    signature = "sha256=" + hmac.new(b"a secret", receiver.bodies[0], hashlib.sha256).hexdigest()
    assert receiver.headers[0]["x-hub-signature-256"] == signature


async def test_a_webhook_has_the_headers_that_github_sends(simulator, receiver):
    await push(simulator, a=b"1")
    headers = receiver.headers[0]
    assert headers["x-github-event"] == "push"
    assert str(uuid.UUID(headers["x-github-delivery"])) == headers["x-github-delivery"]
    assert headers["x-github-hook-id"] == "1"
    assert headers["x-github-hook-installation-target-type"] == "organization"
    assert headers["x-github-hook-installation-target-id"] == str(simulator.host.owner("acme").id)
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert headers["content-type"] == "application/json"


async def test_a_push_says_what_changed_against_the_first_parent(simulator, receiver):
    edit = Edit(files={"docs/index.md": b"other", "new": b"", "catalog-info.yaml": None}, message="Rearrange")
    await simulator.commit("acme/booking", edit)
    async with simulator.courier.working():
        await simulator.courier.idle()
    [commit] = receiver.payloads[0]["commits"]
    assert (commit["added"], commit["removed"], commit["modified"]) == (
        ["new"],
        ["catalog-info.yaml"],
        ["docs/index.md"],
    )
    assert commit["message"] == "Rearrange"


async def test_a_payload_tells_when_the_repository_was_pushed_to(simulator, receiver, clock):
    clock.advance(90)
    await push(simulator, a=b"1")
    assert receiver.payloads[0]["repository"]["pushed_at"] == clock.now() // 1_000_000


async def test_a_delivery_that_arrived_is_recorded_as_ok(simulator, receiver):
    await push(simulator, a=b"1")
    [delivery] = simulator.courier.deliveries
    assert (delivery.status, delivery.status_code) == ("OK", 202)


async def test_a_delivery_that_was_refused_is_recorded_and_not_sent_again(simulator, receiver):
    receiver.status = 503
    await push(simulator, a=b"1")
    [delivery] = simulator.courier.deliveries
    assert delivery.status_code == 503
    assert len(receiver.bodies) == 1


async def test_a_delivery_that_nobody_takes_is_recorded(simulator):
    simulator.subscribe("http://127.0.0.1:9/webhooks/github")
    await push(simulator, a=b"1")
    [delivery] = simulator.courier.deliveries
    assert delivery.status_code == 0
    assert delivery.status.startswith("failed to connect")


async def test_the_record_is_newest_first_and_bounded(simulator, monkeypatch):
    monkeypatch.setattr("cuelight.simulator.courier.REMEMBERED", 2)
    simulator.subscribe("http://127.0.0.1:9/webhooks/github")
    for text in (b"1", b"2", b"3"):
        await push(simulator, a=text)
    assert [delivery.id for delivery in simulator.courier.deliveries] == [3, 2]


async def test_every_hook_gets_its_own_copy(simulator, receiver):
    simulator.subscribe(simulator.hooks[0].url, "another secret")
    await push(simulator, a=b"1")
    assert sorted(headers["x-github-hook-id"] for headers in receiver.headers) == ["1", "2"]
    assert receiver.bodies[0] == receiver.bodies[1]
