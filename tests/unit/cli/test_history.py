"""`cuelight runs`."""

import json

RUNS = "/api/cuelight/v1/runs"
RUN = {
    "id": "r1",
    "kind": "scan",
    "state": "failed",
    "repair": False,
    "askedBy": "api",
    "requestedAt": "2026-01-01T00:00:00.000Z",
    "startedAt": None,
    "finishedAt": "2026-01-01T00:00:01.000Z",
    "attempts": 1,
    "progress": None,
    "result": None,
    "error": "refused",
}


def test_the_list_is_a_table(cuelight, server):
    server.answer(RUNS, {"items": [RUN], "nextCursor": None})
    assert cuelight("runs", "list").out.splitlines()[1].split() == [
        *("r1", "scan", "failed", "api", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z", "refused")
    ]


def test_a_list_may_be_of_one_kind(cuelight, server):
    server.answer(RUNS, {"items": [], "nextCursor": None})
    cuelight("runs", "list", "--kind", "scan")
    assert server.requests[0].parameters == [("kind", "scan"), ("limit", "51")]


def test_one_run_is_shown_whole(cuelight, server):
    server.answer(f"{RUNS}/r1", RUN)
    assert json.loads(cuelight("runs", "show", "r1", "-o", "json").out) == RUN
