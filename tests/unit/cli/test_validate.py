"""`cuelight validate`: descriptors on a disk, without a server; URLs with one."""

import errno
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cuelight.cli.checking.folders import LARGEST
from tests.corpus import corpus
from tests.unit.catalog.world import component, locations, yaml
from tests.verdicts import judge, verdicts

LOCATIONS = "/api/catalog/locations"
URL = "https://github.com/acme/shop/blob/main/catalog-info.yaml"
BROKEN = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  tags: [Bad]
spec:
  type: service
  lifecycle: production
"""


def write(files: Mapping[str, str]) -> None:
    """Put *files* into the working directory."""
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def api(definition: Any) -> dict[str, Any]:
    spec = {"type": "openapi", "lifecycle": "production", "owner": "team", "definition": definition}
    return {**component("pets"), "kind": "API", "spec": spec}


def test_a_good_file_says_nothing(cuelight):
    write({"catalog-info.yaml": yaml(component("x"))})
    result = cuelight("validate", "catalog-info.yaml")
    assert (result.status, result.out) == (0, "")


def test_every_fault_has_its_line(cuelight):
    write({"catalog-info.yaml": BROKEN})
    result = cuelight("validate", "catalog-info.yaml")
    assert result.status == 1
    assert [line.partition("] ")[0] + "]" for line in result.out.splitlines()] == [
        "catalog-info.yaml:5:10: error[field-format]",
        "catalog-info.yaml:6:1: error[kind-schema]",
    ]


def test_a_file_that_is_no_yaml_has_its_line(cuelight):
    write({"catalog-info.yaml": "a: 1\n\tb: 2\n"})
    assert cuelight("validate", "catalog-info.yaml").out.startswith("catalog-info.yaml:2:")


def test_each_document_counts(cuelight):
    write({"catalog-info.yaml": yaml(component("bad name"), component("x"), component("worse name"))})
    assert len(cuelight("validate", "catalog-info.yaml").out.splitlines()) == 2


def test_a_folder_has_what_is_called_a_descriptor_and_what_says_that_it_is_one(cuelight):
    write(
        {
            "a/catalog-info.yaml": yaml(component("a")),
            "a/catalog-info-api.yml": yaml(component("b")),
            "b/other.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\n",
            "c/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\n",
            ".git/catalog-info.yaml": "nonsense",
            "node_modules/x/catalog-info.yaml": "nonsense",
        }
    )
    result = cuelight("validate", ".", "-o", "json")
    assert json.loads(result.out)["files"] == ["a/catalog-info-api.yml", "a/catalog-info.yaml", "b/other.yaml"]


def test_a_placeholder_is_read_beside_the_file(cuelight):
    write({"api/catalog-info.yaml": yaml(api({"$text": "./pets.yaml"})), "api/pets.yaml": "openapi: 3.0.0"})
    assert cuelight("validate", "api/catalog-info.yaml").status == 0


def test_a_placeholder_without_its_file_is_an_error(cuelight):
    write({"catalog-info.yaml": yaml(api({"$text": "./pets.yaml"}))})
    assert "error[placeholder]" in cuelight("validate", "catalog-info.yaml").out


def test_what_is_elsewhere_is_only_noted(cuelight):
    write({"catalog-info.yaml": yaml(api({"$openapi": URL}), locations("more", URL))})
    result = cuelight("validate", "catalog-info.yaml", "--notes")
    assert result.status == 0
    assert result.out.count("note[not-read]") == 2


def test_a_location_leads_to_the_files_that_it_names(cuelight):
    files = {
        "catalog-info.yaml": yaml(locations("more", "./services/*/c.yaml")),
        "services/a/c.yaml": yaml(component("bad name")),
    }
    write(files)
    assert cuelight("validate", "catalog-info.yaml").out.startswith("services/a/c.yaml:1:")


def test_a_target_that_is_missing_is_a_warning_where_it_is_named(cuelight):
    write(
        {
            "catalog-info.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: l}\nspec:\n  target: ./no\n"
        }
    )
    result = cuelight("validate", "catalog-info.yaml")
    assert (result.status, result.out.partition(" U")[0]) == (0, "catalog-info.yaml:5:3: warning[target-absent]")


def test_warnings_fail_where_it_is_strict(cuelight):
    write({"catalog-info.yaml": yaml(locations("l", "./no"))})
    assert cuelight("validate", "catalog-info.yaml", "--strict").status == 1


def test_one_ref_in_two_files_is_told(cuelight):
    write({"a/catalog-info.yaml": yaml(component("x")), "b/catalog-info.yaml": yaml(component("x"))})
    line = "b/catalog-info.yaml:1:1: warning[duplicate-ref] component:default/x is described at a/catalog-info.yaml:1 as well"
    assert line in cuelight("validate", ".").out


def test_a_target_that_is_not_among_them_is_a_note(cuelight):
    write({"catalog-info.yaml": yaml(component("x", owner="team-a"))})
    assert "note[unknown-target] group:default/team-a" in cuelight("validate", ".", "--notes").out


def test_a_target_that_is_among_them_is_none(cuelight):
    team = {**component("team"), "kind": "Group", "spec": {"type": "team", "children": []}}
    write({"catalog-info.yaml": yaml(component("x"), team)})
    assert "unknown-target" not in cuelight("validate", ".", "--notes").out


def test_sarif_has_a_rule_and_a_place_for_each_result(cuelight):
    write({"catalog-info.yaml": BROKEN})
    log = json.loads(cuelight("validate", ".", "-o", "sarif").out)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert (log["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert [(each["ruleId"], rules[each["ruleIndex"]]["id"]) for each in run["results"]] == [
        ("field-format", "field-format"),
        ("kind-schema", "kind-schema"),
    ]
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "catalog-info.yaml"},
        "region": {"startLine": 5, "startColumn": 10},
    }


def test_sarif_names_files_as_uris(cuelight):
    write({"a b/catalog-info.yaml": BROKEN})
    (run,) = json.loads(cuelight("validate", "a b", "-o", "sarif").out)["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "a%20b/catalog-info.yaml"
    }


@pytest.mark.parametrize(
    ("words", "status"), [([], 2), ([""], 2), (["nowhere.yaml"], 5), (["."], 2), (["--bogus"], 2), (["/dev/null"], 2)]
)
def test_nothing_to_check_is_a_mistake(cuelight, words, status):
    assert cuelight("validate", *words).status == status


def test_standard_input_is_checked_beside_files(cuelight, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BROKEN.encode())))
    write({"catalog-info.yaml": yaml(component("shop"))})
    result = cuelight("validate", "-", "catalog-info.yaml")
    assert result.status == 1
    assert result.out.startswith("<stdin>:5:10: error[field-format]")


def test_a_file_that_cannot_be_read_fails(cuelight):
    Path("catalog-info.yaml").write_bytes(b"#" * (LARGEST + 1))
    result = cuelight("validate", "catalog-info.yaml")
    assert result.status == 1
    assert result.out.startswith("catalog-info.yaml:1:1: error[target-unreadable]")


def test_a_folder_that_cannot_be_read_is_refused(cuelight, monkeypatch):
    def denied(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    Path("secret").mkdir()
    monkeypatch.setattr(os, "scandir", denied)
    result = cuelight("validate", "secret")
    assert (result.status, result.err) == (
        2,
        "cuelight: secret cannot be read: Permission denied; mend its permissions\n",
    )


def test_entities_are_told_in_the_order_of_their_file(cuelight):
    write({"catalog-info.yaml": yaml(component("z"), component("a"), component("m"))})
    said = json.loads(cuelight("validate", "catalog-info.yaml", "-o", "json").out)
    assert [each["ref"] for each in said["entities"]] == [f"component:default/{name}" for name in "zam"]


def test_a_folder_is_not_followed_through_links_nor_into_pipes(cuelight):
    write({"a/catalog-info.yaml": yaml(component("shop"))})
    Path("a/again").symlink_to("../a")
    Path("a/catalog-info.gone.yaml").symlink_to("nowhere")
    os.mkfifo("a/catalog-info.pipe.yaml")
    assert json.loads(cuelight("validate", "a", "-o", "json").out)["files"] == ["a/catalog-info.yaml"]


def test_what_is_no_text_is_one_finding(cuelight):
    Path("catalog-info.yaml").write_bytes(bytes(range(256)) * 100)
    result = cuelight("validate", ".")
    assert (result.status, result.out.count("error[yaml-syntax]"), result.out.count("\n")) == (1, 1, 1)


def test_a_url_is_tried_out_by_the_server(cuelight, server):
    server.answer(LOCATIONS, {"location": {}, "exists": False, "entities": [component("x")]}, 201)
    result = cuelight("validate", URL, "-o", "json")
    assert result.status == 0
    assert json.loads(result.out)["entities"] == [{"ref": "component:default/x", "file": URL, "line": 1, "valid": True}]


def test_what_the_server_refuses_is_a_finding(cuelight, server):
    server.answer(LOCATIONS, {"error": {"name": "InputError", "message": "NotFoundError: no matching files"}}, 400)
    result = cuelight("validate", URL)
    assert (result.status, result.out.startswith(f"{URL}:1:1: error[dry-run] NotFoundError")) == (1, True)


def test_a_url_that_names_no_file_is_a_finding_that_says_what_one_looks_like(cuelight, server):
    said = (
        "Error: Unable to read url, Error: Incorrect URL: https://ghe.example/acme/shop.git, Error: Invalid GitHub URL"
    )
    server.answer(LOCATIONS, {"error": {"name": "InputError", "message": said}}, 400)
    result = cuelight("validate", "https://ghe.example/acme/shop.git")
    assert result.status == 1
    assert "it names no file; give the page of one, like https://ghe.example/acme/shop/blob/<branch>/" in result.out


@pytest.mark.parametrize("answer", [{"hello": "world"}, {"entities": [{"kind": "Component"}]}, {"entities": [1]}])
def test_what_is_no_answer_to_that_is_no_finding(cuelight, server, answer):
    server.answer(LOCATIONS, answer, 201)
    result = cuelight("validate", URL)
    assert (result.status, result.err.count("\n")) == (7, 1)


def test_a_server_that_is_not_there_is_no_finding(cuelight):
    assert cuelight("validate", URL, "--server", "http://127.0.0.1:9").status == 7


def test_the_corpus_gets_backstages_verdicts(cuelight):
    folder = corpus("descriptors")
    checked = json.loads(cuelight("validate", str(folder), "-o", "json").out)
    good = {(Path(each["file"]).name, each["ref"]) for each in checked["entities"] if each["valid"]}
    refused = {Path(each["file"]).name for each in checked["findings"] if each["level"] == "error"}
    missed = [each for each in verdicts() if each.accepted and (each.file, each.ref) not in good]
    passed = [each for each in verdicts() if not each.accepted and each.file not in refused]
    judge("validate", [*missed, *passed])
