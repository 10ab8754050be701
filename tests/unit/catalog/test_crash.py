"""A transaction that breaks anywhere leaves nothing half done, and what it was for happens later.

The breaks are the database's own: a trigger that refuses to write into one table, as a full disk would.
"""

from pathlib import Path

import pytest

from cuelight.catalog.tables import CHANGES, FINAL_ENTITIES, REFRESH_KEYS, REFRESH_STATE, RELATIONS, SEARCH
from tests.refusing import CUT, refusing
from tests.unit.catalog.world import ROOT, World, component, given, location, world, yaml

PAY = "component:default/pay"
WRITTEN = ("relations", "search", "final_entities", "changes", "stitch_queue", "refresh_keys", "refresh_references")


async def half_done(catalog: World) -> list[str]:
    """What in the tables contradicts each other."""
    final = {row["entity_id"] for row in await catalog.rows(FINAL_ENTITIES)}
    searchable = {row["entity_id"] for row in await catalog.rows(SEARCH)}
    logged = {row["entity_id"] for row in await catalog.rows(CHANGES)}
    processed = {row["entity_id"] for row in await catalog.rows(REFRESH_STATE) if row["processed"]}
    named = {row["originating_id"] for row in await catalog.rows(RELATIONS)}
    watching = {row["entity_id"] for row in await catalog.rows(REFRESH_KEYS)}
    findings = {
        "served without search rows": final ^ searchable,
        "served without a line in the log": final ^ logged,
        "served before it was processed": final - processed,
        "related before it was processed": named - processed,
        "watching before it was processed": watching - processed,
    }
    return [finding for finding, ids in findings.items() if ids]


@pytest.mark.parametrize("table", WRITTEN)
async def test_what_broke_in_the_middle_is_not_half_done_and_happens_later(tmp_path: Path, table: str):
    async with world(tmp_path) as catalog:
        catalog.files.held[ROOT] = yaml(component("pay"))
        await catalog.give(given("first"))
        async with refusing(tmp_path, table):
            if table == "refresh_references":
                with pytest.raises(CUT):
                    await catalog.give(location())
            else:
                await catalog.give(location())
            assert await half_done(catalog) == []
        await catalog.give(location())
        catalog.clock.advance(61)
        await catalog.engine.settled()
        assert await half_done(catalog) == []
        assert PAY in await catalog.finals()


async def test_an_entity_that_cannot_be_written_holds_up_no_other_of_its_batch(tmp_path: Path):
    async with (
        world(tmp_path) as catalog,
        refusing(tmp_path, "relations", when="NEW.source_ref = 'component:default/bad'"),
    ):
        await catalog.give(given("a"), given("bad"), given("c"))
        assert set(await catalog.finals()) == {"component:default/a", "component:default/c"}


async def test_a_catalog_that_died_between_two_steps_goes_on_where_it_was(tmp_path: Path):
    async with world(tmp_path) as before:
        before.files.held[ROOT] = yaml(component("pay"))
        async with refusing(tmp_path, "changes"):
            await before.give(location())
            assert await before.finals() == {}
    async with world(tmp_path) as after:
        after.files.held[ROOT] = yaml(component("pay"))
        after.clock.advance(61)
        await after.engine.settled()
        assert PAY in await after.finals()


async def test_a_named_entity_that_cannot_be_written_holds_up_neither_what_names_it_nor_what_that_names_besides(
    tmp_path: Path,
):
    async with (
        world(tmp_path) as catalog,
        refusing(tmp_path, "relations", when="NEW.source_ref = 'component:default/bad'"),
    ):
        catalog.files.held[ROOT] = yaml(component("bad"), component("good"))
        await catalog.give(location())
        assert "component:default/good" in await catalog.finals()
