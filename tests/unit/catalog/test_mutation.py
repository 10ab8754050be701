"""A full mutation that is given one by one."""

from collections.abc import Iterator

import pytest

from cuelight.catalog import Deferred, replace_all
from tests.unit.catalog.world import World, given


def many(first: int, last: int) -> Iterator[Deferred]:
    return (given(f"c{number}") for number in range(first, last))


async def test_a_full_mutation_of_several_portions_removes_what_it_lacks(catalog: World):
    await replace_all(catalog.db, "p", many(0, 150), catalog.cause("first"))
    await replace_all(catalog.db, "p", many(10, 160), catalog.cause("second"))
    await catalog.engine.settled()
    assert set(await catalog.finals()) == {f"component:default/c{number}" for number in range(10, 160)}


async def test_a_full_mutation_that_is_cut_short_removes_nothing(catalog: World):
    def broken() -> Iterator[Deferred]:
        yield given("new")
        raise ConnectionError

    await replace_all(catalog.db, "p", many(0, 3), catalog.cause("first"))
    with pytest.raises(ConnectionError):
        await replace_all(catalog.db, "p", broken(), catalog.cause("second"))
    await catalog.engine.settled()
    assert len(await catalog.finals()) == 3
