"""`cuelight sweep`, `scan` and `verify`."""

import json
from typing import Any

import pytest

V1 = "/api/cuelight/v1"
COUNTS = {"asked": 3, "confirmed": 3, "unknown": 0}
REPORT: dict[str, Any] = {
    "startedAt": "2026-01-01T00:00:00.000Z",
    "finishedAt": "2026-01-01T00:00:02.000Z",
    "digest": "d1",
    "driftCount": 0,
    "drift": [],
    "explainedCount": 1,
    "explained": [{"part": "head", "subject": "acme/b@main", "explainedBy": "a push is open"}],
    "coverage": {
        "checked": 2,
        "excluded": 0,
        "gone": 0,
        "entities": 5,
        "unknown": [{"repository": "acme/c", "reason": "502"}],
        "unknownCount": 1,
        "moving": [],
    },
    "repaired": None,
}
DRIFT = {
    "part": "head",
    "subject": "acme/a@main",
    "expected": "1",
    "actual": "2",
    "reason": "acme/a@main is at 1, and 2 is applied",
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelight.cli.runs.PAUSE", 0)


def run(kind: str, state: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{kind}:1", "kind": kind, "state": state, "progress": None, "result": None, "error": None, **more}


def ending(server, what: str, kind: str, **more: Any) -> None:
    """A server where a run is asked for, and has ended at the first look."""
    server.answer(f"{V1}/{what}", run(kind, "waiting"), 202)
    server.answer(f"{V1}/runs/{kind}%3A1", run(kind, **{"state": "done", **more}))


@pytest.mark.parametrize(("what", "kind"), [("sweeps", "sweep"), ("scans", "scan")])
def test_a_run_is_waited_for_and_its_result_printed(cuelight, server, what, kind):
    ending(server, what, kind, result=COUNTS)
    result = cuelight(kind, "-o", "json")
    assert (result.status, json.loads(result.out)) == (0, COUNTS)
    assert f"{kind}: waiting" in result.err


@pytest.mark.parametrize(("what", "kind"), [("sweeps", "sweep"), ("scans", "scan")])
def test_without_waiting_the_run_is_printed(cuelight, server, what, kind):
    ending(server, what, kind)
    result = cuelight(kind, "--no-wait", "-o", "json")
    assert json.loads(result.out)["id"] == f"{kind}:1"
    assert len(server.requests) == 1


def test_a_run_that_failed_is_exit_status_7_and_says_why(cuelight, server):
    ending(server, "sweeps", "sweep", state="failed", error="the token was revoked")
    result = cuelight("sweep")
    assert result.status == 7
    assert "the token was revoked" in result.err


def test_a_sweep_of_which_the_hosts_said_nothing_is_exit_status_7(cuelight, server):
    ending(server, "sweeps", "sweep", result={"asked": 3, "unknown": 3, "reasons": {"no answer: 502": 3}})
    result = cuelight("sweep")
    assert result.status == 7
    assert "no answer: 502" in result.out
    assert "the hosts said nothing of any of 3 repositories" in result.err


def test_a_sweep_of_which_the_hosts_said_something_is_exit_status_0(cuelight, server):
    ending(server, "sweeps", "sweep", result={"asked": 3, "unknown": 2})
    assert cuelight("sweep").status == 0


def test_a_scan_of_which_something_failed_shows_the_rest(cuelight, server):
    ending(server, "scans", "scan", state="failed", error="one provider", result={"listed": 2})
    result = cuelight("scan", "-o", "json")
    assert (result.status, json.loads(result.out)) == (7, {"listed": 2})


def test_a_run_that_does_not_end_in_time_is_exit_status_8(cuelight, server):
    server.answer(f"{V1}/sweeps", run("sweep", "waiting"), 202)
    progress = {"step": "asking for heads", "seen": 100, "of": 300}
    server.answer(f"{V1}/runs/sweep%3A1", run("sweep", "running", progress=progress))
    result = cuelight("sweep", "--timeout", "0.2")
    assert result.status == 8
    assert result.err.count("sweep: asking for heads, 100 of 300") == 1


def test_a_verification_without_drift_is_exit_status_0(cuelight, server):
    ending(server, "verifications", "verify", result=REPORT)
    result = cuelight("verify")
    assert result.status == 0
    assert "0 drift, 1 explained; 2 branches checked, 1 unknown" in result.err
    assert "not checked: acme/c: 502" in result.err
    assert "explained: acme/b@main: a push is open" in result.err


def test_a_verification_that_could_check_nothing_is_exit_status_7(cuelight, server):
    nothing = {**REPORT["coverage"], "checked": 0}
    ending(server, "verifications", "verify", result={**REPORT, "coverage": nothing})
    result = cuelight("verify")
    assert result.status == 7
    assert "not checked: acme/c: 502" in result.err


def test_a_verification_that_lacks_a_list_is_exit_status_7_and_says_what_that_means(cuelight, server):
    unlisted = {**REPORT["coverage"], "unlisted": ["github:acme"]}
    ending(server, "verifications", "verify", result={**REPORT, "coverage": unlisted})
    result = cuelight("verify")
    assert result.status == 7
    assert "the list of github:acme could not be read: what is not listed could not be checked" in result.err


def test_of_many_explained_differences_some_are_told(cuelight, server):
    explained = [{"subject": f"acme/{number}", "explainedBy": "a push is open"} for number in range(30)]
    ending(server, "verifications", "verify", result={**REPORT, "explainedCount": 30, "explained": explained})
    told = [line for line in cuelight("verify").err.splitlines() if line.startswith("explained: ")]
    assert (len(told), told[-1][:19]) == (21, "explained: 10 more;")


def test_drift_is_exit_status_1_whatever_list_is_lacking(cuelight, server):
    unlisted = {**REPORT["coverage"], "unlisted": ["github:acme"]}
    ending(server, "verifications", "verify", result={**REPORT, "driftCount": 1, "coverage": unlisted})
    assert cuelight("verify").status == 1


def test_drift_is_exit_status_1_and_a_table(cuelight, server):
    ending(server, "verifications", "verify", result={**REPORT, "driftCount": 1, "drift": [DRIFT]})
    result = cuelight("verify")
    assert result.status == 1
    assert result.out.splitlines()[1].split("  ")[-1] == DRIFT["reason"]


def test_the_whole_report_is_data(cuelight, server):
    ending(server, "verifications", "verify", result=REPORT)
    assert json.loads(cuelight("verify", "-o", "json").out) == REPORT


def test_repair_is_asked_for(cuelight, server):
    ending(server, "verifications", "verify", result=REPORT)
    cuelight("verify", "--repair")
    assert json.loads(server.requests[0].body) == {"repair": True}


def test_a_server_that_answers_something_else_is_exit_status_7(cuelight, server):
    server.answer(f"{V1}/sweeps", {"hello": "there"}, 202)
    assert cuelight("sweep").status == 7
