"""Verification: no drift where there is none, each drift with its reason, and what explains a difference."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update

from cuelight.catalog import CatalogEngine, Cause, StaticLocation, configure, refresh_entity
from cuelight.catalog.processing.claiming import claim_due
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.db import Database, Statement, Transaction
from cuelight.errors import HostDenied
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Options, Progress, Run, Verifier, digest, picture_of_catalog
from cuelight.repair.verification import Report
from cuelight.repositories import RepositoryReader
from cuelight.repositories.signals import DUE
from cuelight.repositories.tables import REPOSITORIES, SOURCES
from tests.database import database
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import World, component, location

FILE = "catalog-info.yaml"
REF = "component:default/shop"


def run_of(*, repair: bool = False) -> Run:
    return Run(
        id="verify:1",
        kind="verify",
        state="running",
        options=Options(repair=repair),
        asked_by="test",
        requested_at=0,
        started_at=0,
        finished_at=None,
        attempts=1,
        progress=None,
        result=None,
        error=None,
    )


@pytest.fixture
def verifier(world: World, hurried) -> Verifier:
    def engine(db: Database) -> CatalogEngine:
        processors = find_processors(Ingredients(urls=world.registry.urls_of))
        return CatalogEngine(db, world.clock, RepositoryReader(world.registry), processors)

    return Verifier(world.db, world.registry, hurried, engine)


async def verified(verifier: Verifier, *, repair: bool = False) -> Report:
    return await verifier.verify(run_of(repair=repair), lambda _progress: None)


async def tracked(world: World, name: str = "shop", files: Mapping[str, str] | None = None) -> str:
    """A repository that was scanned and applied; the host's id."""
    repository = world.host.add(name, files or {FILE: component(name)})
    await world.scan()
    await world.work()
    return repository


async def change(world: World, statement: Any) -> None:
    await world.db.transact(lambda tx: tx.execute(Statement(statement)))


async def wake(tx: Transaction) -> None:
    """Give whoever waits for the workers a reason to look."""
    tx.notify(DUE)


@asynccontextmanager
async def going_on(world: World) -> AsyncIterator[None]:
    """The program's own work, beside the test."""
    tasks = [asyncio.create_task(world.reconciler.run()), asyncio.create_task(world.engine.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_catalog_that_is_right_has_no_drift(world: World, verifier: Verifier):
    await tracked(world)
    await tracked(
        world,
        "other",
        {FILE: location("./services/a/catalog-info.yaml", "./docs/b.yaml"), "docs/b.yaml": component("b")},
    )
    report = await verified(verifier)
    assert (report.drift_count, report.explained_count, report.coverage.checked) == (0, 0, 2)


@pytest.mark.parametrize("target", ["./app/[id]/part.yaml", "./app/{i,j}/part.yaml", "./app/*/part.yaml"])
async def test_a_target_with_a_glob_s_signs_is_no_drift(world: World, verifier: Verifier, target: str):
    files = {"app/[id]/part.yaml": component("page"), "app/i/part.yaml": component("i")}
    world.host.add("web", {FILE: location(target), **files})
    await world.scan()
    await world.work()
    report = await verified(verifier)
    assert (report.drift_count, report.explained_count) == (0, 0)


async def test_the_digest_is_that_of_what_the_catalog_holds(world: World, verifier: Verifier):
    await tracked(world)
    report = await verified(verifier)
    assert report.digest == digest(await picture_of_catalog(world.db))


async def test_a_head_that_moved_without_a_word_is_drift_in_all_its_parts(world: World, verifier: Verifier):
    repository = await tracked(world)
    before = world.host.heads_at[repository, "main"]
    after = world.host.commit(repository, {FILE: component("shop", owner="others")})
    report = await verified(verifier)
    assert [(item.part, item.subject) for item in report.drift] == [
        ("head", "acme/shop@main"),
        ("source", f"acme/shop@main:{FILE}"),
        ("entity", REF),
    ]
    assert report.drift[0].reason == f"acme/shop@main is at {after}, and {before} is applied"
    assert "spec.owner" in report.drift[2].reason


async def test_a_repository_that_nobody_tracks_is_drift(world: World, verifier: Verifier):
    world.host.add("shop", {FILE: component("shop")})
    report = await verified(verifier)
    assert [item.part for item in report.drift if item.subject.startswith("acme")] == ["head", "source"]
    assert [item.subject for item in report.drift if item.subject == REF] == [REF]


async def test_a_source_that_is_missing_is_drift(world: World, verifier: Verifier):
    await tracked(world)
    await change(world, delete(SOURCES))
    assert [item.part for item in (await verified(verifier)).drift] == ["source"]


async def test_a_wanted_file_that_changed_without_a_word_is_drift(world: World, verifier: Verifier):
    files = {FILE: location("./docs/b.yaml"), "docs/b.yaml": component("b")}
    repository = await tracked(world, files=files)
    head = world.host.heads_at[repository, "main"]
    world.host.files_at[repository][head] = {
        **world.host.files_at[repository][head],
        "docs/b.yaml": component("c").encode(),
    }
    subjects = [item.subject for item in (await verified(verifier)).drift]
    assert "acme/shop@main:docs/b.yaml" in subjects
    assert "component:default/c" in subjects


async def test_an_entity_that_was_lost_is_drift(world: World, verifier: Verifier):
    await tracked(world)
    await change(world, delete(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == REF))
    report = await verified(verifier)
    assert [item.reason for item in report.drift] == [f"{REF} is declared, and is not served"]


async def test_an_open_signal_explains_a_difference(world: World, verifier: Verifier):
    repository = await tracked(world)
    await world.push(repository, world.host.commit(repository, {FILE: component("shop", owner="others")}))
    report = await verified(verifier)
    assert report.drift == []
    assert {item.part for item in report.explained} == {"head", "source", "entity"}


async def test_what_is_on_its_way_through_the_catalog_is_no_drift(world: World, hurried, verifier: Verifier):
    repository = await tracked(world)
    await world.push_of(
        repository, {FILE: component("shop", owner="others"), "services/a/catalog-info.yaml": component("a")}
    )
    [claim] = await world.reconciler.claim(10)
    await world.reconciler.handle(claim)
    hurried.meanwhile = world.settle
    assert (await verified(verifier)).drift == []


async def test_what_is_lost_on_its_way_through_the_catalog_is_drift(world: World, verifier: Verifier):
    repository = await tracked(world)
    await world.push_of(repository, {FILE: component("shop", owner="others")})
    [claim] = await world.reconciler.claim(10)
    await world.reconciler.handle(claim)
    assert [item.subject for item in (await verified(verifier)).drift] == [REF]


async def test_a_contested_ref_explains_who_has_it(world: World, verifier: Verifier):
    first = await tracked(world, "first", {FILE: component("shop", owner="first")})
    await tracked(world, "second", {FILE: component("shop", owner="second")})
    await change(world, update(REPOSITORIES).where(REPOSITORIES.c.host_id == first).values(id="zzzz"))
    await change(
        world,
        update(SOURCES).where(SOURCES.c.commit_sha == world.host.heads_at[first, "main"]).values(repository_id="zzzz"),
    )
    report = await verified(verifier)
    assert report.drift == []
    assert [item.explained_by for item in report.explained] == [
        "several claim it, and one of them has it: see the conflicts"
    ]


async def test_a_last_good_version_is_explained(world: World, verifier: Verifier):
    repository = await tracked(world)
    await world.push(repository, world.host.commit(repository, {FILE: "kind: [Component"}))
    await world.work()
    report = await verified(verifier)
    assert report.drift == []
    assert any("last good version" in (item.explained_by or "") for item in report.explained)


@pytest.mark.parametrize("how", ["token", "list", "everything"])
async def test_what_is_hidden_is_no_drift_and_the_report_says_so(world: World, verifier: Verifier, how: str):
    repository = await tracked(world)
    if how == "token":
        world.host.error = HostDenied("the token was revoked")
    else:
        world.host.unlisted.add(repository)
        world.host.hidden.update([repository] if how == "everything" else [])
    report = await verified(verifier)
    if how != "list":
        assert [each.repository for each in report.coverage.unknown][-1:] == ["acme/shop@main"]
    assert report.drift_count == 0
    assert await world.refs() == [REF]


async def test_a_repository_that_moves_all_the_time_is_reported_as_moving(world: World, verifier: Verifier):
    repository = await tracked(world)

    class Moving(type(world.host)):  # type: ignore[misc]
        commits = 0

        async def heads(self, looks):
            Moving.commits += 1
            self.commit(repository, {FILE: component("shop", owner=f"owner-{Moving.commits}")})
            return await super().heads(looks)

    world.host.__class__ = Moving
    report = await verified(verifier)
    assert report.drift == []
    assert report.coverage.moving == ["acme/shop@main"]


async def test_what_is_excluded_and_empty_is_counted_and_no_drift(world: World, verifier: Verifier):
    repository = await tracked(world)
    world.host.known[repository] = msgspec.structs.replace(world.host.known[repository], archived=True)
    await world.scan()
    await world.work()
    assert (await verified(verifier)).drift_count == 0


async def test_repair_ends_without_drift(world: World, verifier: Verifier):
    repository = await tracked(world)
    world.host.add("new", {FILE: component("new")})
    world.host.commit(repository, {FILE: component("shop", owner="others")})
    async with going_on(world):
        report = await verified(verifier, repair=True)
    assert report.drift == []
    assert report.repaired is not None
    assert (report.repaired.repositories, report.repaired.unfinished) == (2, 0)
    assert await world.refs() == ["component:default/new", REF]


async def test_repair_waits_for_what_somebody_is_processing(world: World, verifier: Verifier):
    await tracked(world)
    await change(world, delete(SOURCES))
    told: list[Progress] = []
    repairing = asyncio.create_task(verifier.verify(run_of(repair=True), told.append))
    while not (claims := await world.reconciler.claim(10)):
        await world.db.transact(wake)
    for claim in claims:
        await world.reconciler.handle(claim)
    assert await world.db.transact(lambda tx: claim_due(tx, 10))
    for _ in range(50):
        await world.db.transact(wake)
    assert told[-1].step == "repairing"
    await world.engine.recover()
    async with going_on(world):
        assert (await repairing).drift == []


async def test_repair_writes_an_entity_anew_that_was_altered_under_its_hash(world: World, verifier: Verifier):
    await tracked(world)
    rows = {
        row["entity_ref"]: json.loads(row["entity"]) for row in await world.rows(Statement(FINAL_ENTITIES.select()))
    }
    altered = {**rows[REF], "spec": {**rows[REF]["spec"], "owner": "nobody"}}
    await change(
        world,
        update(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_ref == REF).values(entity=json.dumps(altered)),
    )
    async with going_on(world):
        report = await verified(verifier, repair=True)
    assert (report.drift, await world.owner(REF)) == ([], "team")


async def test_repair_reads_content_anew_that_was_altered_under_its_blob(world: World, verifier: Verifier):
    await tracked(world)
    await change(world, update(SOURCES).values(content=zlib.compress(component("shop", "nobody").encode())))
    await world.db.transact(lambda tx: refresh_entity(tx, REF, Cause(id="test", at=tx.now())))
    await world.settle()
    async with going_on(world):
        report = await verified(verifier, repair=True)
    assert (report.drift, await world.owner(REF)) == ([], "team")


async def test_progress_is_told(world: World, verifier: Verifier):
    await tracked(world)
    told: list[Progress] = []
    await verifier.verify(run_of(), told.append)
    assert (told[0].step, told[0].seen, told[0].of) == ("asking the hosts", 1, 1)


async def test_the_digest_is_the_same_as_that_of_a_scan_from_empty(world: World, verifier: Verifier, tmp_path: Path):
    repository = await tracked(world)
    for owner in ("first", "second"):
        await world.push_of(
            repository, {FILE: component("shop", owner=owner), "services/a/catalog-info.yaml": component("a")}
        )
        await world.work()
    (tmp_path / "other").mkdir()
    async with database(tmp_path / "other", world.clock) as empty:
        other = World(empty, world.clock, MemoryProvider("catalog-info.yaml", "services/*/catalog-info.yaml"))
        other.host.__dict__.update(world.host.__dict__)
        await other.scan()
        await other.work()
        assert (await verified(verifier)).digest == digest(await picture_of_catalog(empty))


async def test_what_the_brake_holds_back_is_explained(world: World, verifier: Verifier):
    for number in range(30):
        world.host.add(f"r{number}", {FILE: component(f"c{number}")})
    await world.scan()
    await world.work()
    for repository, known in list(world.host.known.items())[:20]:
        world.host.known[repository] = msgspec.structs.replace(known, archived=True)
    await world.scan()
    await world.work()
    held = len(await world.refs()) - 10
    assert held > 0
    report = await verified(verifier)
    assert report.drift == []
    assert len([item for item in report.explained if item.subject.startswith("component:")]) == held
    assert {"the deletion brake holds its deletion back, or somebody restored it: see cuelight deletions list"} == {
        item.explained_by for item in report.explained
    }


async def test_files_that_declare_nothing_are_no_drift(world: World, verifier: Verifier):
    provider = world.registry.providers[0]
    provider.selection = msgspec.structs.replace(provider.selection, declared=True, digest="declared")  # type: ignore[misc]
    repository = await tracked(world, files={FILE: component("shop"), "services/a/catalog-info.yaml": "just: text"})
    assert (await verified(verifier)).drift == []
    world.host.commit(repository, {FILE: "just: text", "services/a/catalog-info.yaml": component("a")})
    drift = (await verified(verifier)).drift
    assert {item.subject for item in drift if item.part == "entity" and item.subject.startswith("component:")} == {
        "component:default/a",
        REF,
    }


async def test_a_repository_that_only_a_location_names_is_verified(world: World, verifier: Verifier):
    far = world.host.add("docs", {"b.yaml": component("b")}, owner="elsewhere")
    await tracked(world, files={FILE: location("https://github.com/elsewhere/docs/blob/main/b.yaml")})
    report = await verified(verifier)
    assert (report.drift, report.coverage.checked) == ([], 2)
    world.host.commit(far, {"b.yaml": component("b", owner="others")})
    assert {item.part for item in (await verified(verifier)).drift} == {"head", "source", "entity"}


async def test_a_renamed_repository_is_drift_until_it_was_looked_at(world: World, verifier: Verifier):
    repository = await tracked(world)
    known = world.host.known[repository]
    world.host.known[repository] = msgspec.structs.replace(
        known, full_name="acme/store", web_url="https://github.com/acme/store"
    )
    assert (await verified(verifier)).drift_count > 0
    await world.scan()
    await world.work()
    assert (await verified(verifier)).drift == []


async def test_what_a_complete_list_lacks_and_nobody_sees_is_drift(world: World, verifier: Verifier):
    repository = await tracked(world)
    world.host.add("other", {FILE: component("other")})
    await world.scan()
    await world.work()
    world.host.unlisted.add(repository)
    world.host.hidden.add(repository)
    drift = (await verified(verifier)).drift
    assert [item.part for item in drift if item.subject.startswith("acme/")] == ["head", "source"]
    assert [item.reason for item in drift if item.subject == REF] == [
        f"{REF} is served, and nothing at the hosts declares it"
    ]


async def test_verifying_unchanged_repositories_reads_no_file(world: World, verifier: Verifier):
    for number in range(120):
        world.host.add(f"r{number}", {FILE: component(f"c{number}")})
    await world.scan()
    await world.work()
    world.host.asked.clear()
    await verified(verifier)
    assert dict(world.host.asked) == {"repositories": 1, "heads": 2, "tree": 120}


async def test_another_provider_s_entities_are_taken_as_they_are_given(world: World, verifier: Verifier):
    given = [StaticLocation(type="url", target="https://github.com/acme/shop/blob/main/docs/b.yaml")]
    cause = Cause(id="configuration", at=world.clock.now())
    await world.db.transact(lambda tx: configure(tx, given, cause))
    await tracked(world, files={"docs/b.yaml": component("b")})
    await world.settle()
    await world.work()
    assert await world.refs() == ["component:default/b"]
    assert (await verified(verifier)).drift == []
