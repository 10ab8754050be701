"""`cuelight repos`."""

import json

REPOSITORIES = "/api/cuelight/v1/repositories"
ID = "0190a8f2-0000-7000-8000-000000000001"
ITEM = {
    "id": ID,
    "fullName": "acme/shop",
    "branch": "main",
    "status": "tracked",
    "head": "b1",
    "confirmedAt": "2026-01-01T00:00:00.000Z",
    "dueAt": None,
    "provider": "github-provider:default",
    "reason": None,
}


def test_the_list_is_a_table(cuelight, server):
    server.answer(REPOSITORIES, {"items": [ITEM], "nextCursor": None})
    assert cuelight("repos", "list").out.splitlines()[1].split() == [
        *("acme/shop", "main", "tracked", "b1", "2026-01-01T00:00:00.000Z", "-", "github-provider:default", "-")
    ]


def test_filters_are_passed_on(cuelight, server):
    server.answer(REPOSITORIES, {"items": [], "nextCursor": None})
    cuelight("repos", "list", "--provider", "locations", "--status", "excluded")
    assert server.requests[0].parameters == [("provider", "locations"), ("status", "excluded"), ("limit", "500")]


def test_pages_are_followed_until_the_limit(cuelight, server):
    server.answer(REPOSITORIES, {"items": [ITEM, ITEM], "nextCursor": "c"})
    result = cuelight("repos", "list", "--limit", "4", "-o", "jsonl")
    assert len(result.out.splitlines()) == 4
    assert "there are more" in result.err


def test_a_repository_is_shown_by_its_name(cuelight, server):
    server.answer(REPOSITORIES, {"items": [{**ITEM, "id": "x", "fullName": "acme/shop-api"}, ITEM], "nextCursor": None})
    server.answer(f"{REPOSITORIES}/{ID}", {"repository": ITEM})
    assert json.loads(cuelight("repos", "show", "Acme/Shop", "-o", "json").out) == {"repository": ITEM}


def test_a_repository_is_shown_by_its_id(cuelight, server):
    server.answer(f"{REPOSITORIES}/{ID}", {"repository": ITEM})
    cuelight("repos", "show", ID)
    assert [request.path for request in server.requests] == [f"{REPOSITORIES}/{ID}"]


def test_a_name_that_nobody_tracks_is_exit_status_5(cuelight, server):
    server.answer(REPOSITORIES, {"items": [], "nextCursor": None})
    assert cuelight("repos", "show", "acme/nope").status == 5


def test_a_name_that_is_tracked_twice_is_exit_status_6_and_names_both(cuelight, server):
    server.answer(REPOSITORIES, {"items": [ITEM, {**ITEM, "id": "other"}], "nextCursor": None})
    result = cuelight("repos", "show", "acme/shop")
    assert result.status == 6
    assert ID in result.err
    assert "other" in result.err


def test_of_two_by_a_name_the_one_that_is_not_gone_is_shown(cuelight, server):
    server.answer(REPOSITORIES, {"items": [{**ITEM, "id": "old", "status": "gone"}, ITEM], "nextCursor": None})
    server.answer(f"{REPOSITORIES}/{ID}", {"repository": ITEM})
    assert cuelight("repos", "show", "acme/shop").status == 0


def test_several_of_a_name_are_told_apart_by_their_status_too(cuelight, server):
    other = {**ITEM, "id": "other", "status": "excluded"}
    server.answer(REPOSITORIES, {"items": [ITEM, other], "nextCursor": None})
    assert "other (github-provider:default main, excluded)" in cuelight("repos", "show", "acme/shop").err


def test_an_empty_name_is_refused_in_a_sentence(cuelight, server):
    result = cuelight("repos", "show", "")
    assert (result.status, server.requests) == (2, [])
    assert "name is empty" in result.err


def test_a_list_on_a_pipe_is_not_cut(cuelight, server):
    reason = "because " * 30 + "it ends"
    server.answer(REPOSITORIES, {"items": [{**ITEM, "reason": reason}], "nextCursor": None})
    assert reason in cuelight("repos", "list").out


def test_a_list_on_a_terminal_is_cut_to_its_width(cuelight, server, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    server.answer(REPOSITORIES, {"items": [{**ITEM, "reason": "because " * 30}], "nextCursor": None})
    assert [len(line) <= 200 for line in cuelight("repos", "list").out.splitlines()] == [True, True]


def test_one_repository_is_not_cut_on_a_terminal_either(cuelight, server, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    reason = "because " * 30 + "it ends"
    server.answer(f"{REPOSITORIES}/{ID}", {"repository": {**ITEM, "reason": reason}})
    assert reason in cuelight("repos", "show", ID).out
