"""`cuelight refresh`."""

import json

import pytest

REFRESHES = "/api/cuelight/v1/refreshes"
ASKED = {"id": "refresh:1", "entityRef": "component:default/shop", "repositoryId": "r1"}
STATE = {
    "id": "refresh:1",
    "repositoryId": "r1",
    "repository": "acme/shop",
    "state": "done",
    "outcome": "applied",
    "reason": "applied b: 1 descriptor read",
    "unanswered": 0,
    "atRest": True,
    "requestedAt": "2026-01-01T00:00:00.000Z",
    "finishedAt": "2026-01-01T00:00:00.100Z",
}


@pytest.fixture
def follow(cuelight, server):
    """Calls `refresh --wait`, the server saying that it stands so."""

    def follow(*words, **state):
        server.answer(REFRESHES, ASKED, 202)
        server.answer(f"{REFRESHES}/refresh%3A1", STATE | state)
        return cuelight("refresh", "component:shop", "--wait", *words)

    return follow


def test_it_asks_by_the_full_ref_and_does_not_wait(cuelight, server):
    server.answer(REFRESHES, ASKED, 202)
    result = cuelight("refresh", "Component:shop", "-o", "json")
    assert (result.status, json.loads(result.out)) == (0, ASKED)
    assert [json.loads(request.body) for request in server.requests] == [{"entityRef": "component:default/shop"}]


def test_with_wait_it_prints_the_outcome_and_why(follow):
    result = follow()
    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert result.status == 0
    assert (lines["outcome"], lines["reason"]) == ("applied", "applied b: 1 descriptor read")


def test_the_server_waits_and_not_the_client(follow, server):
    follow("--timeout", "3")
    [(name, seconds)] = server.requests[1].parameters
    assert (name, 2.5 < float(seconds) <= 3) == ("wait", True)


@pytest.mark.parametrize("outcome", ["applied", "confirmed", "excluded", "emptied", "superseded"])
def test_every_answer_of_the_host_is_exit_status_0(follow, outcome):
    assert follow(outcome=outcome).status == 0


def test_what_is_kept_because_nothing_is_known_is_exit_status_7(follow):
    result = follow(outcome="kept", reason="the token does not reach it")
    assert result.status == 7
    assert "the token does not reach it" in result.err
    assert "kept" in result.out


def test_a_host_that_does_not_answer_in_time_is_exit_status_7(follow):
    state = {"state": "waiting", "outcome": None, "unanswered": 2, "atRest": False, "reason": "github.com answered 503"}
    result = follow("--timeout", "0.001", **state)
    assert result.status == 7
    assert "github.com answered 503" in result.err


@pytest.mark.parametrize("outcome", [None, "applied"])
def test_what_takes_longer_than_the_timeout_is_exit_status_8(follow, outcome):
    result = follow("--timeout", "0.001", outcome=outcome, atRest=False)
    assert result.status == 8
    assert "--timeout" in result.err


def test_an_unknown_entity_is_exit_status_5(cuelight, server):
    server.answer(REFRESHES, {}, 404)
    assert cuelight("refresh", "component:nope", "--wait").status == 5


def test_without_a_repository_there_is_nothing_to_wait_for(cuelight, server):
    server.answer(REFRESHES, ASKED | {"repositoryId": None}, 202)
    result = cuelight("refresh", "component:shop", "--wait")
    assert (result.status, len(server.requests)) == (0, 1)
    assert "no repository stands behind it" in result.err


def test_what_is_no_ref_is_exit_status_2_and_is_not_sent(cuelight, server):
    assert (cuelight("refresh", "shop").status, server.requests) == (2, [])
