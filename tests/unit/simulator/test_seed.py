"""The organisations to begin with: valid descriptors, no dangling refs."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cuelight.simulator import CodeHost
from cuelight.simulator.seed import DEMO, benchmark_descriptor, demo_files, seed_benchmark, seed_demo

DEFAULT_KINDS = {
    "owner": "group", "system": "system", "domain": "domain", "parent": "group", "children": "group",
    "memberOf": "group", "providesApis": "api", "consumesApis": "api", "dependsOn": None,
}  # fmt: skip


def documents(repository: str, path: str = "catalog-info.yaml") -> Iterator[dict[str, Any]]:
    """Every entity of a repository, through the locations in it."""
    files = demo_files(repository)
    for document in yaml.safe_load_all(files[path]):
        yield document
        for target in document["spec"].get("targets", ()) if document["kind"] == "Location" else ():
            yield from documents(repository, target.removeprefix("./"))


def everything() -> dict[str, dict[str, Any]]:
    """Every entity by its short ref."""
    found = [document for repository in DEMO for document in documents(repository)]
    named = {f"{document['kind'].lower()}:{document['metadata']['name']}": document for document in found}
    assert len(named) == len(found), "two entities share a ref"
    return named


def refs(document: dict[str, Any]) -> Iterator[str]:
    for field, default in DEFAULT_KINDS.items():
        value = document["spec"].get(field, [])
        for ref in [value] if isinstance(value, str) else value:
            yield ref if default is None or ":" in ref else f"{default}:{ref}"


def test_no_ref_dangles():
    known = everything()
    dangling = {(name, ref) for name, document in known.items() for ref in refs(document) if ref not in known}
    assert dangling == set()


def test_every_kind_is_there():
    kinds = {ref.partition(":")[0] for ref in everything()}
    assert kinds == {"component", "api", "system", "domain", "resource", "group", "user", "location"}


def test_every_text_that_a_definition_points_at_is_there():
    for repository in DEMO:
        for document in documents(repository):
            definition = document["spec"].get("definition", "")
            if isinstance(definition, dict):
                assert definition["$text"].removeprefix("./") in demo_files(repository)


def test_every_definition_is_the_format_that_it_says():
    for repository in DEMO:
        for document in (one for one in documents(repository) if one["kind"] == "API"):
            definition = document["spec"]["definition"]
            text = demo_files(repository)[definition["$text"][2:]] if isinstance(definition, dict) else definition
            assert document["spec"]["type"] in yaml.safe_load(text)


def test_every_folder_of_the_seed_is_described():
    from importlib import resources

    folders = {entry.name for entry in (resources.files("cuelight.simulator") / "seeds" / "acme").iterdir()}
    assert folders == set(DEMO)


@pytest.fixture
def host(tmp_path) -> Iterator[CodeHost]:
    host = CodeHost(tmp_path)
    yield host
    host.close()


def test_seeding_twice_makes_nothing_new(host):
    assert seed_demo(host) == len(DEMO)
    assert seed_demo(host) == 0


def test_the_benchmarks_repositories_are_numbered_from_one(host):
    assert seed_benchmark(host, 2) == 2
    assert seed_benchmark(host, 3) == 1
    names = [repository.metadata.full_name for repository in host.repositories("acme")]
    assert names == ["acme/repo-00001", "acme/repo-00002", "acme/repo-00003"]


def test_a_benchmark_descriptor_has_the_fields_that_are_read():
    document = yaml.safe_load(benchmark_descriptor(1))
    metadata, spec = document["metadata"], document["spec"]
    assert metadata["name"] == "svc-00001"
    assert len(metadata["description"].split()) == 2
    assert (len(metadata["annotations"]), len(metadata["labels"]), len(metadata["tags"])) == (2, 1, 2)
    assert len(metadata["links"]) == 1
    assert (spec["owner"], spec["system"]) == ("group:default/team-01", "sys-01")


@pytest.mark.parametrize("number", range(1, 301, 7))
def test_a_benchmark_descriptors_two_tags_and_two_words_are_allowed(number):
    document = yaml.safe_load(benchmark_descriptor(number))
    assert len(set(document["metadata"]["tags"])) == 2
    assert document["spec"]["type"] in {"service", "website", "library"}
