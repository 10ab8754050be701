"""Files of this machine: only what the configuration names, looked at again and again (case 96)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.catalog import Absent, CatalogEngine, Found, Pending, StaticLocation, Unreadable, configure
from cuelight.catalog.brake import engage
from cuelight.catalog.local import LocalFiles, LocalReader, LocalWatch
from cuelight.catalog.tables import PROBLEMS
from cuelight.clock import ManualClock
from cuelight.processors import Ingredients, find_processors
from tests.database import database
from tests.unit.catalog.world import ROOT, Files, World, component, location, locations, yaml

INTERVAL = 100.0


ALONE = "a local file can be named by the configuration and by local files alone"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


class Local:
    """A catalog with local files, which are looked at when a test says so."""

    def __init__(self, catalog: World, files: LocalFiles) -> None:
        self.catalog = catalog
        self.watch = LocalWatch(catalog.db, files, catalog.clock, INTERVAL)

    async def configured(self, *targets: Path | str, type_: str = "file") -> None:
        """Have exactly *targets* configured, and let everything come to rest."""
        given = [StaticLocation(type=type_, target=str(target)) for target in targets]
        cause = self.catalog.cause()
        await self.catalog.db.transact(lambda tx: configure(tx, given, cause))
        await self.settled()

    async def settled(self) -> None:
        """Let everything come to rest, with a look between."""
        for _ in range(3):
            await self.catalog.engine.settled()
            await self.watch.look()
        await self.catalog.engine.settled()

    async def refs(self) -> set[str]:
        """What is visible, without generated Locations."""
        return {ref for ref in await self.catalog.finals() if "generated-" not in ref}


@pytest.fixture
async def local(tmp_path: Path, disk: Path) -> AsyncIterator[Local]:
    clock = ManualClock()
    async with database(tmp_path, clock) as db:
        made, files = World(db, clock, Files()), LocalFiles([disk])
        processors = find_processors(Ingredients(urls=lambda _url: None))
        await db.transact(lambda tx: engage(tx, None))
        made.engine = CatalogEngine(db, clock, LocalReader(made.files, files), processors)
        running = asyncio.create_task(made.engine.run())
        yield Local(made, files)
        running.cancel()
        await asyncio.wait([running])


def looked_at(*targets: Path, roots: list[Path]) -> LocalFiles:
    files = LocalFiles(roots)
    for target in targets:
        files.name(f"file:{target}")
    files.look()
    return files


def test_a_file_below_a_root_is_found(disk: Path):
    (disk / "a.yaml").write_text("a")
    answer = looked_at(disk / "a.yaml", roots=[disk]).answer(f"file:{disk}/a.yaml")
    assert isinstance(answer, Found)
    assert [(file.url, file.content) for file in answer.files] == [(f"file:{disk}/a.yaml", b"a")]


def test_a_file_that_nobody_looked_at_is_pending(disk: Path):
    assert isinstance(LocalFiles([disk]).answer(f"file:{disk}/a.yaml"), Pending)


def test_a_file_that_is_not_there_is_absent(disk: Path):
    assert isinstance(looked_at(disk / "a.yaml", roots=[disk]).answer(f"file:{disk}/a.yaml"), Absent)


@pytest.mark.parametrize("target", ["../outside.yaml", "link.yaml", "sub/../../outside.yaml"])
def test_a_file_beyond_every_root_is_not_read(disk: Path, target: str):
    (disk.parent / "outside.yaml").write_text("secret")
    (disk / "link.yaml").symlink_to(disk.parent / "outside.yaml")
    assert isinstance(looked_at(disk / target, roots=[disk]).answer(f"file:{disk}/{target}"), Unreadable)


def test_a_glob_stands_for_every_file_that_it_matches(disk: Path):
    for name in ("b.yaml", "a.yaml", "c.txt", "deep/d.yaml"):
        (disk / name).parent.mkdir(exist_ok=True)
        (disk / name).write_text(name)
    answer = looked_at(disk / "*.yaml", roots=[disk]).answer(f"file:{disk}/*.yaml")
    assert isinstance(answer, Found)
    assert [file.content for file in answer.files] == [b"a.yaml", b"b.yaml"]


def test_a_second_look_tells_what_changed(disk: Path):
    (disk / "a.yaml").write_text("a")
    files = looked_at(disk / "a.yaml", disk / "b.yaml", roots=[disk])
    (disk / "b.yaml").write_text("b")
    assert files.look() == [f"file:{disk}/b.yaml"]


async def test_a_configured_file_brings_its_entities(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    await local.configured(disk / "a.yaml")
    annotations = (await local.catalog.finals())["component:default/pay"]["metadata"]["annotations"]
    assert annotations == {
        "backstage.io/managed-by-location": f"file:{disk}/a.yaml",
        "backstage.io/managed-by-origin-location": f"file:{disk}/a.yaml",
    }


async def test_a_target_is_found_from_its_own_file(local: Local, disk: Path):
    (disk / "sub").mkdir()
    (disk / "a.yaml").write_text(yaml(locations("all", "./sub/b.yaml")))
    (disk / "sub" / "b.yaml").write_text(yaml(component("pay")))
    await local.configured(disk / "a.yaml")
    assert await local.refs() == {"location:default/all", "component:default/pay"}


async def test_a_target_that_is_a_folder_is_a_problem(local: Local, disk: Path):
    await local.configured(f"{disk}/")
    (problem,) = await local.catalog.rows(PROBLEMS)
    assert problem["message"] == (
        f"LocationEntityProcessor cannot handle file type location with target {disk}/ that ends with a path separator"
    )


async def test_a_file_that_is_not_there_is_a_problem(local: Local, disk: Path):
    await local.configured(disk / "a.yaml")
    (problem,) = await local.catalog.rows(PROBLEMS)
    assert (problem["name"], problem["message"]) == ("NotFoundError", f"file {disk}/a.yaml does not exist")


async def test_a_changed_file_changes_its_entities(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    await local.configured(disk / "a.yaml")
    (disk / "a.yaml").write_text(yaml(component("ship")))
    await local.settled()
    assert await local.refs() == {"component:default/ship"}


async def test_a_local_file_may_name_a_url(local: Local, disk: Path):
    local.catalog.files.held[ROOT] = yaml(component("pay"))
    (disk / "a.yaml").write_text(yaml(locations("all", ROOT, type="url")))
    await local.configured(disk / "a.yaml")
    assert await local.refs() == {"location:default/all", "component:default/pay"}


async def test_a_url_never_names_a_local_file(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    local.catalog.files.held[ROOT] = yaml(locations("all", f"{disk}/a.yaml", type="file"), component("ship"))
    await local.catalog.give(location())
    await local.settled()
    assert await local.refs() == {"component:default/ship"}
    (problem,) = await local.catalog.rows(PROBLEMS)
    assert problem["message"] == 'Registered locations must be of an allowed type ["url"]'


async def test_a_target_of_a_url_is_no_local_file(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    local.catalog.files.held[ROOT] = yaml(locations("all", f"file:{disk}/a.yaml"), component("ship"))
    await local.catalog.give(location())
    await local.settled()
    assert await local.refs() == {"component:default/ship"}
    (problem,) = await local.catalog.rows(PROBLEMS)
    assert (problem["rule"], problem["message"].rpartition(": ")[2]) == ("target-unreadable", ALONE)


async def test_a_registered_url_is_no_local_file(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    await local.configured(f"file:{disk}/a.yaml", type_="url")
    assert await local.refs() == set()


@pytest.mark.parametrize("key", ["$text", "$yaml", "$openapi"])
async def test_a_placeholder_of_a_url_includes_no_local_file(local: Local, disk: Path, key: str):
    (disk / "app-config.yaml").write_text("token: secret")
    api = {**component("pay"), "kind": "API"}
    api["spec"] = {**api["spec"], "definition": {key: f"file:{disk}/app-config.yaml"}}
    local.catalog.files.held[ROOT] = yaml(api)
    await local.catalog.give(location())
    await local.settled()
    assert await local.refs() == set()
    assert all(ALONE in problem["message"] for problem in await local.catalog.rows(PROBLEMS))


async def test_a_reference_of_a_definition_includes_no_local_file(local: Local, disk: Path):
    (disk / "app-config.yaml").write_text("token: secret")
    api = {**component("pay"), "kind": "API"}
    api["spec"] = {**api["spec"], "definition": {"$openapi": f"{ROOT}.api"}}
    local.catalog.files.held |= {ROOT: yaml(api), f"{ROOT}.api": f"a: {{$ref: 'file:{disk}/app-config.yaml'}}"}
    await local.catalog.give(location())
    await local.settled()
    assert await local.refs() == set()
    assert any(ALONE in problem["message"] for problem in await local.catalog.rows(PROBLEMS))


async def test_what_entities_depend_on_is_looked_at_first_after_a_start(local: Local, disk: Path):
    (disk / "a.yaml").write_text(yaml(component("pay")))
    await local.configured(disk / "a.yaml")
    (disk / "a.yaml").write_text(yaml(component("ship")))
    later = LocalWatch(local.catalog.db, LocalFiles([disk]), local.catalog.clock, None)
    await later.recall()
    await later.look()
    await local.catalog.engine.settled()
    assert later.files.named == {f"file:{disk}/a.yaml"}
