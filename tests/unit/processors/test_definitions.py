"""API definitions that are spread over files, as one text."""

from typing import Any

import pytest

from cuelight.catalog import Answer
from cuelight.model import parse_documents
from cuelight.processors.placeholders import definition
from tests.unit.processors.bench import TREE, UNREAD, Bench, api

ROOT = """\
openapi: "3.0.0"
paths:
  /pets:
    get:
      $ref: ./paths/list.yaml
    post:
      $ref: ./paths/list.yaml
"""
LIST = """\
summary: List
schema:
  $ref: ../schemas.yaml#/Pet
other:
  $ref: "#/summary"
"""
SCHEMAS = """\
Pet:
  properties:
    parent: {$ref: "#/Pet"}
    tag: {$ref: "#/Tag"}
Tag: {type: string}
"""
FILES = {"sub/api.yaml": ROOT, "sub/paths/list.yaml": LIST, "sub/schemas.yaml": SCHEMAS}


async def bundled(files: dict[str, Any], key: str = "$openapi") -> Any:
    """The definition `api.yaml` as a value, once it is one text."""
    text = (await Bench(files).spec(api({key: "./api.yaml"})))["definition"]
    (document,) = parse_documents(text)
    return document.value


@pytest.mark.parametrize("key", ["$openapi", "$asyncapi"])
async def test_what_is_referred_to_is_there_once_and_referred_to_within(key: str):
    whole = await bundled(FILES, key)
    place = "#/paths/~1pets/get"
    assert whole == {
        "openapi": "3.0.0",
        "paths": {
            "/pets": {
                "get": {
                    "summary": "List",
                    "schema": {
                        "properties": {"parent": {"$ref": f"{place}/schema"}, "tag": {"type": "string"}},
                    },
                    "other": "List",
                },
                "post": {"$ref": place},
            }
        },
    }


async def test_every_file_of_a_definition_wakes_the_entity():
    outcome = await Bench(FILES).run(api({"$openapi": "./api.yaml"}))
    assert outcome.keys == {f"url:{TREE}/{path}" for path in FILES}


async def test_a_definition_without_references_keeps_its_values():
    assert await bundled({"sub/api.yaml": "openapi: 3.1.0\nyes: 'on'\nn: '0o14'\n"}) == {
        "openapi": "3.1.0",
        "yes": "on",
        "n": "0o14",
    }


async def test_references_within_the_first_file_stay():
    files = {"sub/api.yaml": "a: {$ref: '#/b'}\nb: {$ref: './x.yaml'}\n", "sub/x.yaml": "back: {$ref: 'api.yaml#/a'}"}
    assert await bundled(files) == {"a": {"$ref": "#/b"}, "b": {"back": {"$ref": "#/a"}}}


async def test_what_stands_beside_a_reference_is_put_over_what_it_brings():
    files = {"sub/api.yaml": "a: {$ref: './x.yaml', description: own}\nb: {$ref: './x.yaml'}\n", "sub/x.yaml": "t: 1"}
    assert await bundled(files) == {"a": {"t": 1, "description": "own"}, "b": {"t": 1}}


async def test_a_circle_of_files_with_something_beside_each_reference_ends():
    files = {
        "sub/api.yaml": "a: {$ref: './x.yaml', d: 1}",
        "sub/x.yaml": "n: {$ref: './y.yaml', d: 2}",
        "sub/y.yaml": "n: {$ref: './x.yaml', d: 3}",
    }
    assert await bundled(files) == {"a": {"n": {"n": {"$ref": "#/a", "d": 3}, "d": 2}, "d": 1}}


async def test_a_reference_to_another_repository_stays():
    other = "https://hub/o/other/blob/main/x.yaml"
    files = {"sub/api.yaml": f"a: {{$ref: '{other}#/b'}}\nb: {{$ref: ./x.yaml}}", "sub/x.yaml": "t: 1"}
    assert (await bundled(files))["a"] == {"$ref": "https://hub/o/other/tree/main/x.yaml#/b"}


async def test_a_definition_waits_for_all_that_it_refers_to():
    files: dict[str, str | Answer] = {
        "sub/api.yaml": "a: {$ref: ./x.yaml}\nb: {$ref: ./y.yaml}",
        "sub/x.yaml": UNREAD,
        "sub/y.yaml": UNREAD,
    }
    outcome = await Bench(files).run(api({"$openapi": "./api.yaml"}))
    assert set(outcome.wanted) == {f"{TREE}/sub/x.yaml", f"{TREE}/sub/y.yaml"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"sub/api.yaml": "a: {$ref: ./no.yaml}"},
            f"could not read location ./no.yaml, NotFoundError: {TREE}/sub/no.yaml does not exist",
        ),
        (
            {"sub/api.yaml": "a: {$ref: './x.yaml#/b/c'}", "sub/x.yaml": "b: {}"},
            './x.yaml#/b/c leads nowhere: there is no "c"',
        ),
        (
            {"sub/api.yaml": "a: {$ref: ./x.yaml}", "sub/x.yaml": "--- 1\n--- 2\n"},
            "expected to find exactly one document of data at ./x.yaml, found 2",
        ),
    ],
)
async def test_a_reference_that_leads_nowhere_fails_the_entity(files: dict[str, Any], message: str):
    complaint = await Bench(files).complaint(api({"$openapi": "./api.yaml"}))
    assert complaint == (
        "Processor PlaceholderProcessor threw an error while preprocessing; caused by Error: "
        f"Placeholder $openapi unable to bundle the file at ./api.yaml, Error: {message}"
    )


async def test_files_that_double_one_another_end_at_the_limit_of_values():
    files = {f"sub/{n}.yaml": "\n".join(f"{k}: {{$ref: ./{n + 1}.yaml, d: {k}}}" for k in "xy") for n in range(40)}
    complaint = await Bench({**files, "sub/40.yaml": "a: 1"}).complaint(api({"$openapi": "./0.yaml"}))
    assert f"more than {definition.MOST_NODES} values" in complaint


async def test_past_the_limit_of_nesting_a_definition_is_refused():
    deepest = definition.DEEPEST
    files = {f"sub/{number}.yaml": f"n: {{$ref: ./{number + 1}.yaml}}" for number in range(deepest)}
    complaint = await Bench({"sub/api.yaml": "a: {$ref: ./0.yaml}", **files}).complaint(api({"$openapi": "./api.yaml"}))
    assert f"it has more than {deepest} levels of nesting" in complaint
