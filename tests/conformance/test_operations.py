"""The OpenAPI document is a valid one, and has every operation of the one that Backstage publishes, under its name.

`operations.json` lists Backstage's: out of `schema/openapi` of npm's @backstage/plugin-catalog-backend 4.0.0, the
catalog's backend. What is here besides is ours.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import schemathesis

from cuelight.api import CATALOG_ENDPOINTS, ENDPOINTS
from cuelight.api.routing import catalog_group
from cuelight.asgi.openapi import Group, document

Object = Mapping[str, Any]

PUBLISHED: Final[list[Object]] = json.loads((Path(__file__).parent / "operations.json").read_text())
DOCUMENT: Final[Object] = msgspec.to_builtins(document("Cuelight", "1", [catalog_group(), Group(endpoints=ENDPOINTS)]))

each_published = pytest.mark.parametrize("published", PUBLISHED, ids=lambda each: each["operationId"])


def test_the_document_is_a_valid_one():
    schemathesis.openapi.from_dict(dict(DOCUMENT)).validate()


def test_every_endpoint_is_in_the_document():
    declared = {(each.method, f"/api/catalog{each.path}") for each in CATALOG_ENDPOINTS}
    declared |= {(each.method, each.path) for each in ENDPOINTS}
    assert {(method, path) for method, path, _ in operations()} == declared


def test_no_two_operations_share_an_id():
    named = [each["operationId"] for _, _, each in operations()]
    assert len(named) == len(set(named))


def test_every_operation_says_what_it_does():
    assert [each["operationId"] for _, _, each in operations() if not each["summary"]] == []


def test_no_name_of_a_schema_shows_where_its_type_is_written():
    assert [name for name in DOCUMENT["components"]["schemas"] if "." in name or name.startswith("_")] == []


def test_what_is_not_open_to_all_says_how_it_is_refused():
    assert [
        each["operationId"]
        for _, _, each in operations()
        if ("security" in each) != ({"401", "403"} <= each["responses"].keys())
    ] == []


@each_published
def test_an_operation_of_backstage_has_its_name(published: Object):
    assert ours(published)["operationId"] == published["operationId"]


@each_published
def test_an_operation_of_backstage_takes_its_parameters(published: Object):
    taken = [
        {key: each[key] for key in ("in", "name", "required")} | {"type": each["schema"]["type"]}
        for each in ours(published)["parameters"]
    ]
    assert sorted(taken, key=by_name) == sorted(published["parameters"], key=by_name)


@each_published
def test_an_operation_of_backstage_takes_its_body(published: Object):
    assert set(published["body"]) <= set(properties(ours(published)))


@each_published
def test_an_operation_of_backstage_answers_with_its_statuses(published: Object):
    assert set(published["statuses"]) <= ours(published)["responses"].keys()


def operations() -> Iterator[tuple[str, str, Object]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def ours(published: Object) -> Object:
    """What our document says of an operation of Backstage's."""
    method, path = published["operation"].split(" ")
    found: Object = DOCUMENT["paths"][f"/api/catalog{path}"][method.lower()]
    return found


def properties(operation: Object) -> Object:
    """The fields of the body of *operation*."""
    if "requestBody" not in operation:
        return {}
    schema: Object = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found: Object = schema["properties"]
    return found


def by_name(parameter: Object) -> str:
    return str(parameter["name"])
