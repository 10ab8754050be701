"""`cuelight locations`."""

import json

import pytest

LOCATIONS = "/api/catalog/locations"
TARGET = "https://github.com/acme/shop/blob/main/catalog-info.yaml"
ITEM = {"id": "l1", "type": "url", "target": TARGET, "entityRef": "location:default/generated-1"}
ENTITY = {
    "kind": "Component",
    "metadata": {
        "namespace": "default",
        "name": "shop",
        "annotations": {"backstage.io/managed-by-location": f"url:{TARGET}"},
    },
}


def test_the_list_is_a_table(cuelight, server):
    server.answer(LOCATIONS, [{"data": ITEM}])
    assert cuelight("locations", "list").out.splitlines()[1].split() == ["l1", "url", TARGET, ITEM["entityRef"]]


def test_a_location_is_added(cuelight, server):
    server.answer(LOCATIONS, {"location": ITEM, "entities": []}, 201)
    assert json.loads(cuelight("locations", "add", TARGET, "-o", "json").out) == ITEM
    assert json.loads(server.requests[0].body) == {"type": "url", "target": TARGET}


def test_a_location_is_tried_out(cuelight, server):
    server.answer(LOCATIONS, {"location": ITEM, "entities": [ENTITY], "exists": True}, 201)
    result = cuelight("locations", "add", TARGET, "--dry-run")
    assert result.out.splitlines()[1].split() == ["Component", "default", "shop", f"url:{TARGET}"]
    assert "It is registered already." in result.err
    assert server.requests[0].parameters == [("dryRun", "true")]


def test_a_url_that_names_no_file_is_told_what_one_looks_like(cuelight, server):
    said = "Error: Unable to read url, Error: Incorrect URL: https://github.com/acme/shop, Error: Invalid GitHub URL"
    server.answer(LOCATIONS, {"error": {"message": said}}, 400)
    result = cuelight("locations", "add", "https://github.com/acme/shop", "--dry-run")
    assert result.status == 2
    assert "it names no file" in result.err
    assert "like https://github.com/acme/shop/blob/<branch>/catalog-info.yaml" in result.err


def test_what_is_registered_already_may_be_looked_at_again(cuelight, server):
    server.answer(LOCATIONS, {"location": ITEM, "entities": []}, 201)
    cuelight("locations", "add", TARGET, "--refresh")
    assert server.requests[0].parameters == [("onConflict", "refresh")]


@pytest.mark.parametrize("words", [[], ["--dry-run"]])
def test_what_is_no_answer_to_that_is_one_line(cuelight, server, words):
    server.answer(LOCATIONS, {"hello": "world"})
    result = cuelight("locations", "add", TARGET, *words)
    assert (result.status, result.err.count("\n")) == (7, 1)
    assert "does --server name a Cuelight?" in result.err


def test_a_conflict_has_its_status(cuelight, server):
    server.answer(LOCATIONS, {"error": {"message": f"Location url:{TARGET} already exists"}}, 409)
    result = cuelight("locations", "add", TARGET)
    assert (result.status, "already exists" in result.err) == (6, True)


def test_a_server_that_is_read_only_has_its_status(cuelight, server):
    server.answer(LOCATIONS, {"error": {"message": "This operation not allowed in readonly mode"}}, 403)
    assert cuelight("locations", "add", TARGET).status == 4


def test_locations_are_removed_by_id_and_by_target(cuelight, server):
    other = {**ITEM, "id": "l2", "target": "x"}
    server.answer(LOCATIONS, [{"data": ITEM}, {"data": other}])
    server.answer(f"{LOCATIONS}/l1", b"", 204)
    server.answer(f"{LOCATIONS}/l2", b"", 204)
    assert cuelight("locations", "remove", "l1", "x").status == 0
    assert [request.path for request in server.requests[1:]] == [f"{LOCATIONS}/l1", f"{LOCATIONS}/l2"]


def test_removing_may_only_be_tried_out(cuelight, server):
    server.answer(LOCATIONS, [{"data": ITEM}])
    result = cuelight("locations", "remove", TARGET, "--dry-run")
    assert (result.status, len(server.requests)) == (0, 1)
    assert "nothing was done" in result.err


def test_nothing_is_removed_where_one_is_unknown(cuelight, server):
    server.answer(LOCATIONS, [{"data": ITEM}])
    assert cuelight("locations", "remove", "l1", "l9").status == 5
    assert len(server.requests) == 1


def test_removing_nothing_is_a_mistake(cuelight):
    assert cuelight("locations", "remove").status == 2
