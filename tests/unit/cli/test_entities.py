"""`cuelight entities`."""

import json

import pytest
import yaml

ENTITIES = "/api/catalog/entities"
QUERIES = "/api/catalog/entities/by-query"
ONE = {"kind": "Component", "metadata": {"name": "a", "namespace": "default"}, "spec": {"type": "service"}}


def test_a_table_has_a_line_for_each_entity(cuelight, server):
    server.answer(ENTITIES, [ONE])
    header, line = cuelight("entities", "list").out.splitlines()
    assert header.split() == ["KIND", "NAMESPACE", "NAME", "TYPE", "OWNER", "LIFECYCLE"]
    assert line.split() == ["Component", "default", "a", "service", "-", "-"]


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("json", json.loads),
        ("yaml", yaml.safe_load),
        ("jsonl", lambda text: [json.loads(it) for it in text.splitlines()]),
    ],
)
def test_every_form_holds_the_same_data(cuelight, server, form, read):
    server.answer(ENTITIES, [ONE, ONE])
    assert read(cuelight("entities", "list", "-o", form).out) == [ONE, ONE]


def test_no_entities_are_an_empty_table(cuelight, server):
    server.answer(ENTITIES, [])
    result = cuelight("entities", "list")
    assert (result.status, len(result.out.splitlines())) == (0, 1)


def test_the_selection_travels_in_backstages_words(cuelight, server):
    server.answer(ENTITIES, [])
    cuelight("entities", "list", "--filter", "kind=a,b=c", "--filter", "kind=d", "--fields", "kind", "--limit", "5")
    assert server.requests[0].parameters == [
        ("filter", "kind=a,b=c"),
        ("filter", "kind=d"),
        ("fields", "kind"),
        ("limit", "6"),
        ("offset", "0"),
    ]


def page(*items: object, **info: str) -> dict[str, object]:
    return {"items": items, "totalItems": 0, "pageInfo": info}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (
            ["--query", '{"kind": "a"}'],
            {"query": {"kind": "a"}, "orderBy": [{"field": "metadata.name", "order": "asc"}]},
        ),
        (
            ["--order", "spec.type,desc"],
            {"query": {"$all": []}, "orderBy": [{"field": "spec.type", "order": "desc"}]},
        ),
        (
            ["--order", "kind", "--filter", "kind=A,kind=b,c", "--filter", "d="],
            {
                "query": {
                    "$any": [
                        {"$all": [{"kind": {"$in": ["a", "b"]}}, {"c": {"$exists": True}}]},
                        {"$all": [{"d": {"$in": [""]}}]},
                    ]
                }
            },
        ),
        (
            ["--query", '{"kind": "a"}', "--filter", "b=c"],
            {"query": {"$all": [{"kind": "a"}, {"$any": [{"$all": [{"b": {"$in": ["c"]}}]}]}]}},
        ),
        (
            ["--full-text", "pay"],
            {
                "fullTextFilter": {
                    "term": "pay",
                    "fields": ["metadata.name", "metadata.title", "metadata.description", "metadata.tags"],
                }
            },
        ),
        (
            ["--full-text", "pay", "--full-text-fields", "spec.owner, kind"],
            {"fullTextFilter": {"term": "pay", "fields": ["spec.owner", "kind"]}},
        ),
        (
            ["--order", "kind", "--fields", "kind", "--offset", "2", "--limit", "3"],
            {"fields": ["kind"], "offset": 2, "limit": 4},
        ),
    ],
)
def test_what_a_list_cannot_say_becomes_a_query(cuelight, server, words, asked):
    server.answer(QUERIES, page())
    assert cuelight("entities", "list", *words).status == 0
    sent = json.loads(server.requests[0].body)
    assert {key: sent[key] for key in asked} == asked


def test_a_query_is_followed_by_its_cursors_up_to_the_limit(cuelight, server):
    server.answer(QUERIES, page(ONE, ONE, nextCursor="onwards"))
    result = cuelight("entities", "list", "--order", "kind", "--limit", "3", "--fields", "kind", "-o", "jsonl")
    assert len(result.out.splitlines()) == 3
    assert json.loads(server.requests[1].body) == {"limit": 4, "fields": ["kind"], "cursor": "onwards"}


def test_the_fields_that_are_asked_for_are_the_columns(cuelight, server):
    server.answer(ENTITIES, [{"metadata": {"annotations": {"a.b/c": "x"}}}])
    assert cuelight("entities", "list", "--fields", "metadata.annotations.a.b/c").out.splitlines()[1] == "x"


def test_a_list_that_goes_on_is_cut_and_says_so(cuelight, server):
    server.answer(ENTITIES, [ONE, ONE])
    result = cuelight("entities", "list", "--limit", "1")
    assert len(result.out.splitlines()) == 2
    assert "--offset 1" in result.err


def test_a_list_that_is_all_there_is_says_nothing(cuelight, server):
    server.answer(ENTITIES, [ONE])
    assert cuelight("entities", "list", "--limit", "1").err == ""


def test_get_asks_by_name_with_the_default_namespace(cuelight, server):
    server.answer("/api/catalog/entities/by-name/component/default/a", ONE)
    assert yaml.safe_load(cuelight("entities", "get", "component:a").out) == ONE


def test_the_token_goes_along(cuelight, server):
    server.answer(ENTITIES, [])
    cuelight("entities", "list", "--token", "t0ken")
    assert server.requests[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("status", "exit_status"),
    [(400, 2), (401, 4), (403, 4), (404, 5), (408, 8), (409, 6), (413, 2), (500, 1), (502, 7), (503, 7), (504, 8)],
)
def test_an_error_of_the_server_is_its_sentence_and_an_exit_status(cuelight, server, status, exit_status):
    server.answer(ENTITIES, {"error": {"name": "Any", "message": "because of this"}}, status)
    result = cuelight("entities", "list")
    assert (result.status, result.out) == (exit_status, "")
    assert "because of this" in result.err


@pytest.mark.parametrize("content", [b"<html>", b"", b"null", b"{}", b"[1]"])
def test_an_answer_of_something_else_is_exit_status_7(cuelight, server, content):
    server.answer(ENTITIES, content)
    result = cuelight("entities", "list")
    assert result.status == 7
    assert "does --server name a Cuelight?" in result.err


def test_what_a_terminal_could_take_for_a_command_is_taken_out(cuelight, server):
    server.answer(ENTITIES, [{"kind": "a\x1b[31m\u202eb\nc"}])
    shown = cuelight("entities", "list", "--fields", "kind").out
    assert shown == "kind\na [31m b c\n"


def test_a_table_is_plain_where_nobody_looks(cuelight, server):
    server.answer(ENTITIES, [ONE])
    assert "\x1b" not in cuelight("entities", "list").out
