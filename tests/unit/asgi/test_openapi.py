"""The document says of an endpoint what it declares."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from starlette.responses import Response

from cuelight.asgi import ACCEPTED, Access, Answer, Call, Query, delete, get, post
from cuelight.asgi.openapi import Group, document
from cuelight.asgi.parameters import Listed


class Asked(Query, frozen=True, kw_only=True):
    facet: tuple[str, ...]
    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="At most so many.")] = 50
    total_items: Literal["include", "exclude"] = "include"
    fields: Listed = ()
    after: str | None = None


class Body(msgspec.Struct, frozen=True, rename="camel"):
    entity_ref: str


class Thing(msgspec.Struct, frozen=True):
    name: str


@get("/things/{id}", Asked, access=Access.READ)
async def thing(context: None, call: Call[Asked, None]) -> Thing:
    """One thing.

    And more than that.
    """
    raise NotImplementedError


@post("/things", Query, Body, access=Access.OPEN, answers=ACCEPTED)
async def make(context: None, call: Call[Query, Body]) -> Thing:
    """Make one."""
    raise NotImplementedError


@delete("/things/{id}", Query, access=Access.WRITE)
async def unmake(context: None, call: Call[Query, None]) -> None:
    """Take it away."""


@get("/text", Query, access=Access.READ, answers=(Answer(type=str, media_type="text/plain"), Answer(status=503)))
async def text(context: None, call: Call[Query, None]) -> Thing:
    """Text."""
    raise NotImplementedError


@get("/silent", Query, access=Access.READ)
async def silent(context: None, call: Call[Query, None]) -> Response:
    """It does not say."""
    raise NotImplementedError


MADE = document("Things", "1", [Group(prefix="/api", endpoints=(thing, make, unmake)), Group(endpoints=(text,))])


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = MADE["paths"][path][method]
    return found


def test_a_prefix_stands_before_the_paths_of_its_group():
    assert set(MADE["paths"]) == {"/api/things/{id}", "/api/things", "/text"}


def test_parameters_have_their_types_and_limits():
    parameters = {each["name"]: each for each in operation("get", "/api/things/{id}")["parameters"]}
    assert parameters["id"]["in"] == "path"
    assert parameters["facet"]["required"]
    assert parameters["limit"]["description"] == "At most so many."
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
    assert sorted(parameters["totalItems"]["schema"]["enum"]) == ["exclude", "include"]
    assert parameters["fields"]["explode"] is False
    assert parameters["after"]["schema"] == {"type": "string", "minLength": 1}


def test_a_body_has_its_schema():
    body = operation("post", "/api/things")["requestBody"]
    assert (body["required"], body["content"]["application/json"]["schema"]) == (
        True,
        {"$ref": "#/components/schemas/Body"},
    )
    assert MADE["components"]["schemas"]["Body"]["required"] == ["entityRef"]


def test_an_answer_has_its_status_and_the_type_that_the_function_returns():
    answers = operation("post", "/api/things")["responses"]
    assert answers["202"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}


def test_an_answer_without_content_has_none():
    assert "content" not in operation("delete", "/api/things/{id}")["responses"]["204"]


def test_an_answer_of_another_media_type_says_so():
    assert set(operation("get", "/text")["responses"]["200"]["content"]) == {"text/plain"}


def test_an_answer_of_ours_that_is_an_error_may_be_one_in_backstages_form():
    schema = operation("get", "/text")["responses"]["503"]["content"]["application/json"]["schema"]
    assert {"$ref": "#/components/schemas/ErrorBody"} in schema["anyOf"]


def test_what_is_open_to_all_asks_for_no_token():
    assert "security" not in operation("post", "/api/things")


def test_the_summary_is_the_first_sentence():
    assert operation("get", "/api/things/{id}")["summary"] == "One thing."


def test_an_endpoint_that_does_not_say_what_it_answers_is_found():
    with pytest.raises(TypeError, match="GET /silent does not say what it answers"):
        document("Things", "1", [Group(endpoints=(silent,))])
