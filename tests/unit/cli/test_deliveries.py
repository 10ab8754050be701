"""`cuelight deliveries`."""

import hmac
import io
import json
from pathlib import Path

import pytest

DELIVERIES = "/api/cuelight/v1/deliveries"
ITEM = {
    "id": "d1",
    "integration": "github",
    "event": "push",
    "guid": "g",
    "state": "done",
    "reason": None,
    "subject": "acme/shop",
    "receivedAt": "2026-01-01T00:00:00.000Z",
    "size": 12,
}


def test_the_list_is_a_table(cuelight, server):
    server.answer(DELIVERIES, {"items": [ITEM], "nextCursor": None})
    assert cuelight("deliveries", "list").out.splitlines()[1].split() == [
        *("d1", "2026-01-01T00:00:00.000Z", "github", "push", "done", "acme/shop", "12")
    ]


def test_pages_are_followed_until_the_limit(cuelight, server):
    server.answer(DELIVERIES, {"items": [ITEM, ITEM], "nextCursor": "c"})
    result = cuelight("deliveries", "list", "--limit", "4", "-o", "jsonl")
    assert len(result.out.splitlines()) == 4
    assert [request.parameters for request in server.requests] == [
        [("limit", "5")],
        [("limit", "5"), ("after", "c")],
        [("limit", "5"), ("after", "c")],
    ]
    assert "there are more" in result.err


def test_as_many_as_were_asked_for_are_not_said_to_be_fewer_than_there_are(cuelight, server):
    server.answer(DELIVERIES, {"items": [ITEM], "nextCursor": None})
    assert cuelight("deliveries", "list", "--limit", "1").err == ""


def test_an_empty_page_ends_the_list(cuelight, server):
    server.answer(DELIVERIES, {"items": [], "nextCursor": "c"})
    assert cuelight("deliveries", "list").status == 0
    assert len(server.requests) == 1


def test_show_has_a_line_for_each_value(cuelight, server):
    server.answer(f"{DELIVERIES}/d1", {"delivery": ITEM, "headers": {"x-github-event": "push"}, "events": []})
    lines = cuelight("deliveries", "show", "d1").out.splitlines()
    assert "headers.x-github-event  push" in lines
    assert "events                  -" in lines


def test_an_id_cannot_leave_its_path(cuelight, server):
    cuelight("deliveries", "show", "../../metrics")
    assert server.requests[0].path == f"{DELIVERIES}/..%2F..%2Fmetrics"


def test_an_unknown_delivery_is_exit_status_5(cuelight, server):
    assert cuelight("deliveries", "show", "nope").status == 5


def test_send_signs_the_bytes_of_the_file(cuelight, server):
    server.answer("/webhooks/github", {"status": "accepted", "id": "d1", "outcome": "accepted"}, 202)
    Path("push.json").write_bytes(b'{"a": 1}\n')
    result = cuelight("deliveries", "send", "push.json", "--event", "push", "--secret", "s3", "--delivery", "g1")
    request = server.requests[0]
    assert request.body == b'{"a": 1}\n'
    assert request.headers["x-hub-signature-256"] == f"sha256={hmac.digest(b's3', request.body, 'sha256').hex()}"
    assert (request.headers["x-github-event"], request.headers["x-github-delivery"]) == ("push", "g1")
    assert result.status == 0
    assert "d1" in result.out
    assert "g1" in result.err


def test_each_delivery_has_a_guid_of_its_own(cuelight, server, monkeypatch):
    monkeypatch.setenv("CUELIGHT_WEBHOOK_SECRET", "s3")
    server.answer("/webhooks/github", {"status": "accepted"}, 202)
    Path("push.json").write_bytes(b"{}")
    for _ in range(2):
        cuelight("deliveries", "send", "push.json", "--event", "push")
    assert len({request.headers["x-github-delivery"] for request in server.requests}) == 2


def test_standard_input_is_a_file_too(cuelight, server, monkeypatch):
    server.answer("/webhooks/github", {"status": "accepted"}, 202)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    result = cuelight("deliveries", "send", "-", "--event", "ping", "--secret", "s", "-o", "json")
    assert json.loads(result.out) == {"status": "accepted"}
    assert server.requests[0].body == b"{}"


def test_a_refused_delivery_is_exit_status_4(cuelight, server):
    server.answer("/webhooks/github", {"message": "invalid signature"}, 403)
    Path("push.json").write_bytes(b"{}")
    result = cuelight("deliveries", "send", "push.json", "--event", "push", "--secret", "wrong")
    assert result.status == 4
    assert "invalid signature" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "CUELIGHT_WEBHOOK_SECRET"),
        (["--secret", ""], "CUELIGHT_WEBHOOK_SECRET"),
        (["--secret", "s", "--delivery", "a\nb"], "x-github-delivery"),
        (["--secret", "s", "--hook-id", "é"], "x-github-hook-id"),
    ],
)
def test_what_cannot_be_sent_is_said_before_it_is(cuelight, server, words, said):
    Path("push.json").write_bytes(b"{}")
    result = cuelight("deliveries", "send", "push.json", "--event", "push", *words)
    assert result.status == 2
    assert said in result.err
    assert server.requests == []
