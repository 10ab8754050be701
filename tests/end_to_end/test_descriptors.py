"""Real descriptors that nobody here wrote, in repositories as they were: each document is an entity, or a problem with its place.

What Backstage says of each (`verdicts.json`) is what becomes of it here, in one of four ways:

- accepted: an entity of that ref, from this file (but for a Location of which nothing comes, and an API whose
  definition is a file that is not there: they are problems); or from another file that describes the same ref, and then this
  file's claim is a row in `conflicts`;
- yaml-error: no document of the file counts; the problem is on the Location that names the file;
- rejected: a problem on the entity, or on the Location where there is not even a name; or a row in `conflicts`, where
  several files hold the same unfit ref (templates' placeholders) and only one of them is looked at;
- unknown-kind (Template): a problem, as in a Backstage without the module for its scaffolder.
"""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.corpus import corpus
from tests.end_to_end.world import KINDS, LOG, OWNER, code_host, configure, cuelight
from tests.verdicts import judge, verdicts

RULES = {
    "yaml-error": {"yaml-syntax"},
    "rejected": {"envelope", "field-format", "kind-schema", "placeholder"},
    "unknown-kind": {"unknown-kind"},
}
"""The rules that a document of each verdict may break."""
OF_LOCATIONS = {"target-absent", "location-type"}
"""What is wrong with Locations whose targets the corpus lacks, or which are of a type that nobody reads."""

GENERATED = "location:default/generated-"

UNREAD = "SELECT full_name, status, reason FROM repositories WHERE status != 'tracked' OR reason IS NOT NULL"


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog made of all of them. `claims` are (ref, location key) of rows in `conflicts`."""

    entities: Mapping[str, Mapping[str, Any]]
    problems: Sequence[Mapping[str, Any]]
    claims: set[tuple[str, str]]
    unread: Sequence[tuple[Any, ...]]
    log: str

    def problems_of(self, url: str) -> list[Mapping[str, Any]]:
        """The problems in the file at *url*, apart from those of Locations with their targets."""
        return [one for one in self.problems if one["url"] == url and one["rule"] not in OF_LOCATIONS]

    @property
    def hidden(self) -> set[str]:
        """Refs of Locations nothing of which can be read, and of what includes a file that nobody has here."""
        failed = {(one["entityRef"], one["rule"]) for one in self.problems if one["level"] == "error"}
        lacking = {ref for ref, rule in failed if rule == "placeholder" or ref.startswith("location:")}
        return lacking - self.entities.keys()

    def contested(self, url: str) -> set[str]:
        """The refs that the file at *url* claims and another holds."""
        return {ref for ref, key in self.claims if key == f"url:{url}"}


def _urls() -> dict[str, str]:
    """The address of each file of the corpus, as the catalog spells it."""
    index = json.loads(corpus("descriptors", "index.json").read_text())
    safe = "/!$&'()*+,:;=@~"
    return {
        one["file"]: f"https://github.com/{OWNER}/{_repository(one)}/tree/main/{quote(one['path'], safe=safe)}"
        for one in index
    }


def _repository(one: Mapping[str, str]) -> str:
    return one["repo"].removeprefix("github.com/").replace("/", "--")


DOCUMENTS = tuple(verdicts())
URLS = _urls()


@pytest.fixture(scope="module")
async def loaded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Loaded]:
    """The catalog, after one scan of repositories that hold the whole corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    providers = {"github": {"organization": OWNER, "catalogPath": "/**/*.yaml"}}
    catalog = {"providers": providers, "rules": [{"allow": KINDS}]}
    async with code_host(folder / "host") as host:
        for name, files in _repositories().items():
            await host.create(name, files, webhook=False)
        async with cuelight(folder, configure(folder, host.program.address, catalog=catalog)) as program:
            await program.scanned()
            await program.settled()
            entities = (await program.client.get("/api/catalog/entities")).raise_for_status().json()
            yield Loaded(
                entities={_ref(entity): entity for entity in entities},
                problems=await program.listed("problems"),
                claims={(row[0], row[1]) for row in program.rows("SELECT entity_ref, location_key FROM conflicts")},
                unread=[tuple(row) for row in program.rows(UNREAD)],
                log=(folder / LOG).read_text(),
            )


@pytest.mark.parametrize("document", DOCUMENTS, ids=[f"{one.file}-{one.number}" for one in DOCUMENTS])
async def test_a_document_is_an_entity_or_a_problem_with_its_place(loaded, document):
    url = URLS[document.file]
    if document.accepted and document.ref in loaded.hidden:
        assert document.ref not in loaded.entities
        return
    if document.accepted:
        assert document.ref in loaded.entities
        place = loaded.entities[document.ref]["metadata"]["annotations"]["backstage.io/managed-by-location"]
        assert place == f"url:{url}" or document.ref in loaded.contested(url)
        return
    found = [one for one in loaded.problems_of(url) if one["rule"] in RULES[document.result]]
    assert found or loaded.contested(url)
    assert all(one["line"] is not None and one["level"] == "error" for one in found)


@pytest.mark.parametrize("file", sorted({one.file for one in DOCUMENTS}))
async def test_a_file_has_a_problem_for_each_document_that_is_no_entity_and_no_other(loaded, file):
    wrong = [one for one in DOCUMENTS if one.file == file and not one.accepted]
    unclaimed = len(loaded.contested(URLS[file]) - {one.ref for one in DOCUMENTS if one.file == file})
    assert len(loaded.problems_of(URLS[file])) == len(wrong) - unclaimed


async def test_hardly_a_document_that_backstage_accepts_is_not_shown(loaded):
    judge("engine", [one for one in DOCUMENTS if one.accepted and one.ref not in loaded.entities])


async def test_the_catalog_holds_what_backstage_accepts_and_nothing_else(loaded):
    accepted = {one.ref for one in DOCUMENTS if one.accepted}
    assert {ref for ref in loaded.entities if not ref.startswith(GENERATED)} == accepted - loaded.hidden
    assert sum(ref.startswith(GENERATED) for ref in loaded.entities.keys() | loaded.hidden) == len(URLS)


async def test_a_ref_in_several_files_is_held_by_one_and_claimed_by_the_others(loaded):
    files = Counter(one.ref for one in DOCUMENTS if one.accepted)
    claims = Counter(ref for ref, _ in loaded.claims)
    contested = {ref: count for ref, count in files.items() if ref is not None and count > 1}
    assert contested == {ref: claims[ref] + 1 for ref in contested}


async def test_every_repository_is_read_and_nothing_broke(loaded):
    assert loaded.unread == []
    assert '"level": "error"' not in loaded.log
    assert "Traceback" not in loaded.log


def _repositories() -> dict[str, dict[str, str]]:
    """Name → path → text, as the corpus has them."""
    folder = corpus("descriptors")
    repositories: dict[str, dict[str, str]] = defaultdict(dict)
    for one in json.loads((folder / "index.json").read_text()):
        repositories[_repository(one)][one["path"]] = (folder / one["file"]).read_text()
    return repositories


def _ref(entity: Mapping[str, Any]) -> str:
    metadata = entity["metadata"]
    return f"{entity['kind']}:{metadata.get('namespace', 'default')}/{metadata['name']}".lower()
