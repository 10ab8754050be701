"""What several name for the first time at once is what it is when one does after the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog import Cause, Deferred, add, apply
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Transaction
from tests.unit.catalog.world import World, component, given, location, world, yaml

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
