"""`cuelight deletions`."""

import json

import pytest

DELETIONS = "/api/cuelight/v1/deletions"
ITEM = {
    "id": "d1",
    "entityRef": "component:default/pay",
    "provider": "github-acme",
    "origin": "provider:github-acme",
    "state": "held",
    "reason": "too much",
    "at": "2026-01-01T00:00:00.000Z",
    "endedAt": None,
    "entities": 3,
    "partOf": None,
    "cause": None,
}
DECIDED = {"dryRun": False, "deletions": 1, "entities": 3, "refs": ["component:default/pay"]}


def test_the_list_is_a_table(cuelight, server):
    server.answer(DELETIONS, {"items": [ITEM], "nextCursor": None})
    assert cuelight("deletions", "list").out.splitlines()[1].split() == [
        *("d1", "held", "2026-01-01T00:00:00.000Z", "github-acme", "component:default/pay", "3"),
        "provider:github-acme",
    ]


def test_a_list_may_be_of_one_state_and_provider(cuelight, server):
    server.answer(DELETIONS, {"items": [], "nextCursor": None})
    cuelight("deletions", "list", "--state", "held", "--provider", "p")
    assert server.requests[0].parameters == [("state", "held"), ("provider", "p"), ("limit", "51")]


def test_pages_are_followed_until_the_limit(cuelight, server):
    server.answer(DELETIONS, {"items": [ITEM, ITEM], "nextCursor": "c"})
    result = cuelight("deletions", "list", "--limit", "4", "-o", "jsonl")
    assert len(result.out.splitlines()) == 4
    assert "there are more" in result.err


def test_show_has_the_reason(cuelight, server):
    server.answer(f"{DELETIONS}/d1", {"deletion": ITEM, "entity": None, "parts": []})
    assert "deletion.reason     too much" in cuelight("deletions", "show", "d1").out.splitlines()


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["approve", "d1", "d2"], {"ids": ["d1", "d2"], "dryRun": False}),
        (["approve", "--provider", "p"], {"provider": "p", "dryRun": False}),
        (["approve", "--all", "--dry-run"], {"all": True, "dryRun": True}),
        (["restore", "d1"], {"ids": ["d1"], "dryRun": False}),
        (["restore", "d1", "--dry-run"], {"ids": ["d1"], "dryRun": True}),
    ],
)
def test_a_decision_names_what_it_is_about(cuelight, server, words, body):
    server.answer(f"{DELETIONS}/{words[0]}", DECIDED)
    result = cuelight("deletions", *words, "-o", "json")
    assert json.loads(server.requests[0].body) == body
    assert json.loads(result.out) == DECIDED
    assert ("nothing was done" in result.err) is body["dryRun"]


@pytest.mark.parametrize("words", [["approve"], ["approve", "d1", "--all"], ["restore"]])
def test_a_decision_about_nothing_or_about_too_much_is_not_sent(cuelight, server, words):
    assert cuelight("deletions", *words).status == 2
    assert server.requests == []


@pytest.mark.parametrize(("status", "exit_status"), [(404, 5), (409, 6)])
def test_what_the_server_refuses_is_an_exit_status(cuelight, server, status, exit_status):
    server.answer(f"{DELETIONS}/approve", {"error": {"name": "Error", "message": "no"}}, status)
    assert cuelight("deletions", "approve", "d1").status == exit_status
