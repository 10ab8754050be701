"""What several name for the first time at once is what it is when one does after the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog import Cause, Deferred, add, apply
from cuelight.catalog.ownership import NEVER
from cuelight.catalog.processing import worker
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.writing import Register
from cuelight.catalog.rules import Rules
from cuelight.catalog.tables import (
    CONFLICTS,
    FINAL_ENTITIES,
    PROBLEMS,
    REFRESH_KEYS,
    REFRESH_REFERENCES,
    REFRESH_STATE,
    RELATIONS,
    SEARCH,
)
from cuelight.clock import ManualClock
from cuelight.db import Transaction
from cuelight.processors import Ingredients, find_processors
from tests.database import database
from tests.unit.catalog.world import Files, World, component, given, location, world, yaml

A, B, C = (f"https://host/o/{name}/blob/main/catalog-info.yaml" for name in "abc")
OTHER = given("pay", key="other", type="other")

NAMED: dict[str, Sequence[Deferred]] = {
    "newcomers": (given("pay"), given("web"), given("shop")),
    "one twice": (given("pay", type="a"), given("web"), given("pay", type="b")),
    "one twice under other keys": (given("pay", key="a"), given("web"), given("pay", key="b")),
    "what another has": (given("web"), OTHER, given("shop")),
    "what another claims": (given("web"), given("held", key="y")),
}


async def _left(folder: Path, named: Sequence[Deferred], *, together: bool) -> list[list[dict[str, Any]]]:
    """The rows that are left of *named*, without when and why."""
    async with world(folder) as catalog:
        await catalog.give(OTHER, given("held", key="x"), provider="other")
        causes = [Cause(id=f"c{number}", at=catalog.clock.now()) for number in range(len(named))]

        async def work(tx: Transaction) -> None:
            if together:
                await add(tx, "p", list(zip(named, causes, strict=True)))
                return
            for each, cause in zip(named, causes, strict=True):
                await apply(tx, "p", [each], [], cause)

        await catalog.db.transact(work)
        await catalog.engine.settled()
        rows = [await catalog.rows(table) for table in (REFRESH_STATE, REFRESH_REFERENCES, CONFLICTS)]
    return [[{name: value for name, value in row.items() if name != "since"} for row in each] for each in rows]


@pytest.mark.parametrize("name", NAMED)
async def test_what_is_added_together_is_what_it_is_one_after_the_other(tmp_path: Path, name: str):
    together = await _left(tmp_path / "together", NAMED[name], together=True)
    assert together == await _left(tmp_path / "apart", NAMED[name], together=False)


async def test_of_two_files_that_are_read_at_once_and_name_the_same_one_wins_and_the_other_is_a_row(catalog: World):
    catalog.files.held |= {A: yaml(component("pay", type="a")), B: yaml(component("pay", type="b"))}
    catalog.files.held[C] = yaml(component("web"))
    await catalog.give(location(A), location(B), location(C))
    finals = await catalog.finals()
    conflicts = await catalog.rows(CONFLICTS, entity_ref="component:default/pay")
    shown = finals["component:default/pay"]["spec"]["type"]
    assert "component:default/web" in finals
    assert {f"url:{A if shown == 'b' else B}"} == {row["location_key"] for row in conflicts}


async def test_one_that_names_what_is_processed_together_with_it_takes_it_over(catalog: World):
    catalog.files.held[A] = yaml(component("pay", type="file"))
    await catalog.give(location(A), given("pay", key=None, type="given"))
    assert (await catalog.finals())["component:default/pay"]["spec"]["type"] == "file"


INVALID = {**component("bad"), "spec": {"type": 7}}
WAITS = {**component("waits"), "metadata": {"name": "waits", "description": {"$text": "./missing.md"}}}
NESTED = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Location",
    "metadata": {"name": "nested"},
    "spec": {"type": "url", "target": B},
}
TABLES = (REFRESH_STATE, REFRESH_REFERENCES, REFRESH_KEYS, CONFLICTS, RELATIONS, PROBLEMS, FINAL_ENTITIES, SEARCH)
WHEN = {"since", "updated_at", "caused_at", "due_at"}
FILES: dict[str, Sequence[dict[str, Any]]] = {
    "one": [component("web")],
    "several that speak of each other": [
        component("web", system="shop"),
        component("api", dependsOn=["component:web"]),
    ],
    "one that breaks a rule": [INVALID, component("web")],
    "one that waits for a file": [WAITS, component("web")],
    "what another has": [component("pay", type="file"), component("web")],
    "one twice": [component("web", type="a"), component("web", type="b")],
    "a Location": [NESTED],
}


async def _settled(folder: Path, documents: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """All rows that are left of a file with *documents*, without when."""
    async with world(folder) as catalog:
        await catalog.give(OTHER, provider="other")
        catalog.files.held |= {A: yaml(*documents), B: yaml(component("deep"))}
        await catalog.give(location(A))
        rows = [await catalog.rows(table) for table in TABLES]
    return [sorted(({k: v for k, v in row.items() if k not in WHEN} for row in each), key=str) for each in rows]


@pytest.mark.parametrize("name", FILES)
async def test_what_is_run_along_with_what_names_it_is_what_it_is_when_it_is_run_after(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    along = await _settled(tmp_path / "along", FILES[name])
    monkeypatch.setattr(worker, "FEW", 0)
    assert along == await _settled(tmp_path / "after", FILES[name])


async def test_what_a_new_file_names_is_written_in_the_transaction_that_brings_it(tmp_path: Path):
    clock, files = ManualClock(), Files()
    files.held[A] = yaml(component("web"))
    async with database(tmp_path, clock) as db:
        still = World(db, clock, files)
        pipeline = Pipeline(find_processors(Ingredients(urls=lambda _url: None)))
        processing = worker.Worker(db, pipeline, files, Rules(), Register(files, keep_orphans=False))
        await db.transact(lambda tx: apply(tx, "p", [location(A)], [], still.cause()))
        [batch] = await processing.claim(1)
        await processing.handle(batch)
        [web] = await still.rows(REFRESH_STATE, entity_ref="component:default/web")
        assert (web["processed"] is not None, web["due_at"] == NEVER, web["claim_id"]) == (True, True, None)
