"""Pages of by-query while the catalog changes under them: who was there all along comes once, whichever way one reads."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import bindparam, delete

from cuelight.catalog.queries import Order, Part, QueryPage, Question, continue_query, query_entities
from cuelight.catalog.tables import FINAL_ENTITIES, SEARCH
from cuelight.db import Database, Statement
from cuelight.errors import InputError
from cuelight.model import parse_filters
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

STAYING = tuple(f"stays-{number:02}" for number in range(24))
TITLES = ("alpha", "beta", "gamma")
"""Few, so that ids have to break many ties."""
QUESTIONS = {
    "by id": Question(filter=parse_filters(["kind=component"])),
    "by title": Question(filter=parse_filters(["kind=component"]), order=Order("metadata.title")),
    "by title, descending": Question(order=Order("metadata.title", descending=True)),
    "few, by title": Question(filter=parse_filters(["spec.type=service"]), order=Order("metadata.title")),
}
DROP_ENTITY = Statement(delete(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_id == bindparam("uid")))
DROP_SEARCH = Statement(delete(SEARCH).where(SEARCH.c.entity_id == bindparam("uid")))


def titled(name: str, title: str) -> dict[str, Any]:
    entity = component(name)
    entity["metadata"]["title"] = title
    return entity


class Catalog:
    """A catalog of entities that stay, among others that come, go and are renamed as *chance* has it."""

    def __init__(self, db: Database, chance: random.Random) -> None:
        self._db = db
        self._chance = chance
        self._coming = (f"{chance.choice('arz')}-{number}" for number in range(1_000))
        self._there: list[str] = []

    async def fill(self) -> None:
        await add_entities(self._db, [titled(name, self._chance.choice(TITLES)) for name in STAYING])
        for _ in range(12):
            await self._come()

    async def change(self) -> None:
        for change in self._chance.choices((self._come, self._go, self._be_renamed), k=3):
            await change()

    async def _come(self) -> None:
        name = next(self._coming)
        self._there.append(name)
        await add_entities(self._db, [titled(name, self._chance.choice(TITLES))])

    async def _go(self) -> None:
        if self._there:
            await self._drop(self._there.pop(self._chance.randrange(len(self._there))))

    async def _be_renamed(self) -> None:
        if self._there:
            name = self._chance.choice(self._there)
            await self._drop(name)
            await add_entities(self._db, [titled(name, self._chance.choice(TITLES))])

    async def _drop(self, name: str) -> None:
        for statement in (DROP_SEARCH, DROP_ENTITY):
            await self._db.transact(lambda tx, drop=statement: tx.execute(drop, {"uid": f"uid-{name}"}))  # type: ignore[misc]


def stayed(pages: Sequence[QueryPage]) -> Counter[str]:
    return Counter(name for page in pages for name in names(page) if name in STAYING)


def names(page: QueryPage) -> Iterator[str]:
    return (msgspec.json.decode(text)["metadata"]["name"] for text in page.texts)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("asked", QUESTIONS)
async def test_pages_hold_whoever_stays_once_while_others_come_and_go(db: Database, asked: str, seed: int):
    chance = random.Random(seed)
    catalog = Catalog(db, chance)
    await catalog.fill()
    pages = [await query_entities(db, QUESTIONS[asked], Part(limit=chance.randint(2, 6)))]
    while (cursor := pages[-1].next) is not None:
        await catalog.change()
        pages.append(await continue_query(db, cursor, limit=chance.randint(2, 6)))
    back = [next(page for page in reversed(pages) if page.texts)]
    while (cursor := back[-1].previous) is not None:
        await catalog.change()
        back.append(await continue_query(db, cursor, limit=chance.randint(2, 6)))
    once = Counter(STAYING)
    assert (stayed(pages), stayed(back) | stayed(pages[pages.index(back[0]) + 1 :])) == (once, once)


@pytest.mark.parametrize("cursor", ["x", "AQ", "AZM", "eyJxdWVyeSI6e319", "Ag", "\u00e9", "A" * 70_000])
async def test_what_is_no_cursor_of_ours_is_refused_with_the_mend(db: Database, cursor: str):
    with pytest.raises(InputError, match="none that this catalog gave; ask again without it"):
        await continue_query(db, cursor, limit=5)


async def test_a_cursor_that_was_cut_is_refused(db: Database):
    await add_entities(db, [component(name) for name in ("a", "b")])
    page = await query_entities(db, Question(), Part(limit=1))
    with pytest.raises(InputError, match="Malformed cursor"):
        await continue_query(db, str(page.next)[:-4], limit=1)
