"""What an entity names instead of saying (section 5.6; cases 93 and 94)."""

from typing import Any

import pytest

from cuelight.catalog import Found, Unreadable
from cuelight.processors.placeholders import MOST_PLACEHOLDERS
from cuelight.processors.placeholders.files import MOST_BYTES
from tests.unit.processors.bench import FILE, TREE, UNREAD, Bench, api

THREW = "Processor PlaceholderProcessor threw an error while preprocessing; caused by Error: "


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("$text", "openapi: 3\n", "openapi: 3\n"),
        ("$text", "", ""),
        ("$json", '{"n": 1.0, "list": [true, null], "big": 1e999}', {"n": 1, "list": [True, None], "big": None}),
        ("$json", "5", 5),
        ("$yaml", "k: v\nlist: [1, on]\n", {"k": "v", "list": [1, "on"]}),
        ("$yaml", "- 1\n", [1]),
        ("$yaml", "null\n", None),
    ],
)
async def test_a_placeholder_is_what_its_file_holds(key: str, text: str, value: Any):
    bench = Bench({"sub/data": text})
    assert (await bench.spec(api("x", extra={"deep": [{key: "./data"}]})))["extra"] == {"deep": [value]}


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("./a.txt", "sub/a.txt"),
        ("a.txt", "sub/a.txt"),
        ("../a.txt", "a.txt"),
        ("/docs/a.txt", "docs/a.txt"),
        ("https://hub/o/r/blob/main/a.txt", "a.txt"),
        ("https://hub/O/R/blob/main/a.txt", "https://hub/O/R/tree/main/a.txt"),
    ],
)
async def test_a_file_is_named_as_its_host_resolves_addresses(named: str, path: str):
    assert (await Bench({path: "found"}).spec(api({"$text": named})))["definition"] == "found"


@pytest.mark.parametrize(
    "value",
    [
        {"$weird": "./x"},
        {"$ref": "#/definitions/node"},
        {"$text": "./a.txt", "other": 1},
        {"$text": "./a.txt", "other": {"$text": "./a.txt"}},
        {"$weird": {"$text": "./a.txt"}},
    ],
)
async def test_what_is_no_placeholder_stays_with_all_that_is_below_it(value: dict[str, Any]):
    assert (await Bench({"sub/a.txt": "found"}).spec(api("x", extra=value)))["extra"] == value


async def test_every_file_that_is_read_wakes_the_entity():
    bench = Bench({"sub/a.txt": "1", "sub/b.json": "2"})
    outcome = await bench.run(api({"$text": "./a.txt"}, extra={"$json": "./b.json"}))
    assert outcome.keys == {f"url:{TREE}/sub/a.txt", f"url:{TREE}/sub/b.json"}


@pytest.mark.parametrize(
    ("placeholder", "files", "message"),
    [
        (
            {"$text": ["a"]},
            {},
            "Placeholder $text expected a string value parameter, in the form of an absolute URL or a relative path",
        ),
        (
            {"$text": "./nope.txt"},
            {},
            f"Placeholder $text could not read location ./nope.txt, NotFoundError: {TREE}/sub/nope.txt does not exist",
        ),
        (
            {"$text": "./a.txt"},
            {"sub/a.txt": Unreadable(reason="it is too large")},
            "Placeholder $text could not read location ./a.txt, Error: it is too large",
        ),
        (
            {"$json": "./a.json"},
            {"sub/a.json": "{nope"},
            (
                "Placeholder $json failed to parse JSON data at ./a.json, SyntaxError: "
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
            ),
        ),
        (
            {"$json": "./a.json"},
            {"sub/a.json": "[NaN]"},
            (
                "Placeholder $json failed to parse JSON data at ./a.json, SyntaxError: "
                "NaN is not JSON; write a number or null"
            ),
        ),
        (
            {"$yaml": "./a.yaml"},
            {"sub/a.yaml": "a: 1\n---\nb: 2\n"},
            "Placeholder $yaml expected to find exactly one document of data at ./a.yaml, found 2",
        ),
        (
            {"$yaml": "./a.yaml"},
            {"sub/a.yaml": ""},
            "Placeholder $yaml expected to find exactly one document of data at ./a.yaml, found 0",
        ),
        (
            {"$text": "https://hub/o/other/blob/main/a.txt"},
            {},
            (
                f"Placeholder $text could not form a URL out of {FILE} and https://hub/o/other/blob/main/a.txt, "
                "Error: Placeholder may only reference files from the same repository as the entity"
            ),
        ),
    ],
)
async def test_a_placeholder_that_cannot_be_filled_in_fails_its_entity(
    placeholder: dict[str, Any], files: dict[str, Any], message: str
):
    assert await Bench(files).complaint(api(placeholder)) == THREW + message


async def test_a_broken_yaml_file_is_told_with_the_line_in_it():
    complaint = await Bench({"sub/a.yaml": "a: 1\nb: [oops\n"}).complaint(api({"$yaml": "./a.yaml"}))
    assert complaint.startswith(f"{THREW}Placeholder $yaml found an error in the data at ./a.yaml, YAMLParseError: ")
    assert complaint.endswith("at line 3, column 1")


async def test_what_is_wrong_with_a_placeholder_is_told_where_it_stands():
    text = (
        "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: pets\nspec:\n  definition:\n    $text: ./no\n"
    )
    outcome = await Bench({FILE: text}).run(api({"$text": "./no"}))
    (problem,) = outcome.problems
    assert (problem.rule, problem.url, problem.line, problem.column, problem.path) == (
        "placeholder",
        FILE,
        6,
        3,
        "spec.definition",
    )


async def test_an_entity_waits_for_all_of_its_files_at_once():
    bench = Bench({"sub/a.txt": UNREAD, "sub/b.txt": UNREAD})
    outcome = await bench.run(api({"$text": "./a.txt"}, extra={"$text": "./b.txt"}))
    assert outcome.processed is None
    assert set(outcome.wanted) == {f"{TREE}/sub/a.txt", f"{TREE}/sub/b.txt"}
    assert [problem.level for problem in outcome.problems] == ["warning"]


async def test_a_relative_file_of_a_local_entity_is_refused():
    complaint = await Bench(file="file:/srv/catalog-info.yaml").complaint(api({"$text": "./a.txt"}))
    assert complaint == (
        f"{THREW}Placeholder $text could not form a URL out of file:/srv/catalog-info.yaml and ./a.txt, "
        "TypeError: Invalid URL"
    )


async def test_a_url_that_stands_for_many_files_is_refused():
    file = f"{TREE}/sub/*"
    bench = Bench({"sub/a": "1", "sub/b": "2"})
    complaint = await bench.complaint(api({"$text": "./*"}))
    assert complaint.endswith(f"Error: {file} stands for 2 files; name one")
    assert isinstance(await bench.reader.read(None, file), Found)  # type: ignore[arg-type]


async def test_past_the_limit_of_placeholders_an_entity_fails():
    many = [{"$text": "./a.txt"}] * (MOST_PLACEHOLDERS + 1)
    complaint = await Bench({"sub/a.txt": "x"}).complaint(api("x", extra=many))
    assert f"an entity may have {MOST_PLACEHOLDERS} placeholders" in complaint


async def test_past_the_limit_of_bytes_an_entity_fails():
    half = "x" * (MOST_BYTES // 2 + 1)
    complaint = await Bench({"sub/a.txt": half}).complaint(api({"$text": "./a.txt"}, extra={"$text": "./a.txt"}))
    assert "split the entity, or name fewer files" in complaint
