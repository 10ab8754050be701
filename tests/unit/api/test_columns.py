"""What columns count is what SQL counts, however the catalog changes and whoever looks meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, update

from cuelight.catalog.queries import Columns, FullText, Order, Part, Question, facets_of, query_entities
from cuelight.catalog.queries.changes import NEWEST
from cuelight.catalog.queries.columns import Need, View, need_of, reading
from cuelight.catalog.queries.columns.column import MOST_SPELLINGS, Builder, Column, Entities
from cuelight.catalog.queries.columns.columns import NEAR
from cuelight.catalog.queries.terms import terms_of
from cuelight.catalog.tables import CHANGES, FINAL_ENTITIES, SEARCH
from cuelight.db import Database, Reading, Statement, Transaction
from cuelight.db.postgresql.connection import BEGIN_READING, PostgreSQLTransaction
from cuelight.db.sqlite.connection import SQLiteTransaction, connect
from cuelight.model import AllOf, AnyOf, Equals, Has, Not, Predicate, StartsWith, flatten, parse_filters, ref_of
from tests import postgresql, rows
from tests.rows import ADD_CHANGE, ADD_ENTITY, add_entities, change

pytestmark = pytest.mark.usefixtures("dialect")

DROP_ENTITY = Statement(delete(FINAL_ENTITIES).where(FINAL_ENTITIES.c.entity_id == bindparam("uid")))
DROP_SEARCH = Statement(delete(SEARCH).where(SEARCH.c.entity_id == bindparam("uid")))
PRUNE = Statement(delete(CHANGES).where(CHANGES.c.sequence <= bindparam("last")))
BACKDATE = Statement(update(CHANGES).values(at=bindparam("instant")))
ADD_ROW = Statement(insert(SEARCH))

KINDS = ("Component", "API", "Group", "group")
TYPES = ("service", "Service", "website", "", None)
TAGS = ("java", "Java", "go", "kafka")
KEYS = ("kind", "spec.type", "metadata.tags", "metadata.tags.go", "spec.lifecycle", "metadata.name", "spec.nothing")
KIND = Need(keys=frozenset({"kind"}))
VALUES = ("component", "group", "service", "", "java", "go", "e-1", "e-2", "true", "other")


class Catalog:
    """Entities that come, change and go as *chance* has it, each time with a line in the change log."""

    def __init__(self, db: Database, chance: random.Random) -> None:
        self._db = db
        self._chance = chance
        self._there: set[int] = set()
        self._sequence = 0

    async def change(self, count: int = 1) -> None:
        """Let *count* entities become something else, or nothing."""
        for _ in range(count):
            number = self._chance.randrange(12)
            await self.make(number, self._entity(number) if self._chance.random() < 0.7 else None)

    async def make(self, number: int, entity: Mapping[str, Any] | None) -> None:
        """Let the entity *number* be *entity*."""
        self._sequence += 1
        await self._db.transact(lambda tx: self._make(tx, number, entity))

    async def _make(self, tx: Transaction, number: int, entity: Mapping[str, Any] | None) -> None:
        uid = f"uid-{number}"
        for statement in (DROP_SEARCH, DROP_ENTITY):
            await tx.execute(statement, {"uid": uid})
        if entity is not None:
            row = {"entity_id": uid, "entity_ref": ref_of(entity), "entity": "{}", "hash": "x", "updated_at": 0}
            await tx.execute(ADD_ENTITY, row)
            facts = flatten(entity).rows
            await tx.execute_many(
                ADD_ROW,
                [
                    {"entity_id": uid, "key": each.key, "value": each.value, "original_value": each.original_value}
                    for each in facts
                ],
            )
        await tx.execute(ADD_CHANGE, change(self._sequence, at=self._sequence, entity_id=uid))

    def _entity(self, number: int) -> Mapping[str, Any]:
        chance = self._chance
        spec = {"type": chance.choice(TYPES), "lifecycle": chance.choice(("production", "experimental"))}
        metadata = {"name": f"e-{number}", "uid": f"uid-{number}", "tags": chance.sample(TAGS, chance.randrange(3))}
        return {"kind": chance.choice(KINDS), "metadata": metadata, "spec": dict(chance.sample(list(spec.items()), 1))}


def component(number: int, **spec: Any) -> Mapping[str, Any]:
    return {"kind": "Component", "metadata": {"name": f"c-{number}", "uid": f"uid-{number}"}, "spec": spec}


def predicate(chance: random.Random, depth: int = 3) -> Predicate:
    """Some condition."""
    key = chance.choice(KEYS)
    match chance.randrange(6 if depth else 3):
        case 0:
            return Has(key)
        case 1:
            return Equals(key, tuple(chance.sample(VALUES, chance.randint(1, 3))))
        case 2:
            return StartsWith(key, chance.choice(("", "s", "e-", "p")))
        case 3:
            return Not(predicate(chance, depth - 1))
        case 4:
            return AllOf(tuple(predicate(chance, depth - 1) for _ in range(chance.randint(1, 3))))
        case _:
            return AnyOf(tuple(predicate(chance, depth - 1) for _ in range(chance.randint(1, 3))))


async def view_of(db: Database, columns: Columns, *facets: str) -> View:
    """What *columns* see of *facets* now; not None."""
    view = await columns.present(db, need_of((), facets))
    assert view is not None
    return view


async def total(db: Database, question: Question, columns: Columns | None = None) -> int:
    return (await query_entities(db, question, Part(limit=0), columns=columns)).total


@asynccontextmanager
async def snapshot(db: Database, folder: Path) -> AsyncIterator[Reading]:
    """What the database in *folder* holds now, for as long as the context lasts."""
    url = await postgresql.url_for(folder)
    if url is not None:
        async with postgresql.connected(url) as connection:
            await connection.execute(BEGIN_READING)
            seeing: Reading = PostgreSQLTransaction(connection, db.now())
            await seeing.fetch_one(NEWEST)
            yield seeing
            return
    file = connect(folder / "test.db", writing=False)
    file.execute("BEGIN")
    seeing = SQLiteTransaction(file, db.now())
    await seeing.fetch_one(NEWEST)
    yield seeing
    file.close()


@pytest.mark.parametrize("seed", range(4))
async def test_totals_are_what_sql_counts_however_the_catalog_changes(db: Database, seed: int):
    chance = random.Random(seed)
    catalog, columns = Catalog(db, chance), Columns()
    wrong = []
    for _ in range(25):
        await catalog.change(chance.randrange(4))
        asked = predicate(chance)
        terms = terms_of(asked)
        view = await columns.present(db, need_of(terms))
        met = None if view is None else view.meeting(terms)
        expected = await total(db, Question(query=asked))
        if met is None or len(met) != expected:
            wrong.append((asked, met, expected))
    assert wrong == []


@pytest.mark.parametrize("seed", range(4))
async def test_facets_are_what_sql_counts_however_the_catalog_changes(db: Database, seed: int):
    chance = random.Random(seed)
    catalog, columns = Catalog(db, chance), Columns()
    wrong = []
    for _ in range(25):
        await catalog.change(chance.randrange(4))
        asked = predicate(chance) if chance.random() < 0.7 else None
        names = chance.sample(("kind", "spec.Type", "metadata.tags", "spec.nothing", "metadata.name"), 3)
        found = await facets_of(db, names, query=asked, columns=columns)
        expected = await facets_of(db, names, query=asked)
        if found != expected:
            wrong.append((asked, found, expected))
    assert wrong == []


@pytest.mark.parametrize("order", ["metadata.name", "spec.lifecycle", "spec.nothing"])
async def test_a_page_has_the_total_that_sql_counts(db: Database, order: str):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    question = Question(filter=parse_filters(["kind=component", "spec.type"]), order=Order(order))
    pages = []
    for _ in range(4):
        await catalog.change(5)
        pages.append([await query_entities(db, question, Part(limit=2), columns=each) for each in (columns, None)])
    assert [by_columns for by_columns, _ in pages] == [by_sql for _, by_sql in pages]


async def test_whoever_looks_at_an_older_snapshot_is_told_nothing(db: Database, tmp_path: Path):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.change(8)
    await columns.prepare(db, KIND)
    async with snapshot(db, tmp_path) as older:
        await catalog.change()
        await columns.present(db, KIND)
        assert await columns.as_of(older, KIND) is None


async def test_what_was_seen_stays_as_it_was_seen(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1))
    seen = await view_of(db, columns, "kind")
    await catalog.make(2, component(2))
    await columns.present(db, KIND)
    assert seen.counts("kind", None) == [("Component", 1)]


async def test_columns_tell_about_how_many_meet_a_condition_unless_they_are_far_behind(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1))
    await columns.present(db, KIND)
    told = []
    for last in (NEAR + 1, NEAR + 2):
        lines = [change(number, at=number) for number in range(max(2, last), last + 1)]
        await db.transact(lambda tx, lines=lines: tx.execute_many(ADD_CHANGE, lines))  # type: ignore[misc]
        about = await db.read(columns.about)
        told.append([about(Equals("kind", ("component",))), about(Has("spec.type"))])
    assert told == [[1, None], [None, None]]


async def test_what_changes_between_two_questions_is_followed_in_the_snapshot_of_the_second(
    db: Database, tmp_path: Path
):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1, type="service"))
    await columns.prepare(db, need_of((), ["spec.type"]))
    await catalog.make(1, component(1, type="website"))
    async with snapshot(db, tmp_path) as now:
        view = await columns.as_of(now, need_of((), ["spec.type"]))
    assert view is not None
    assert view.counts("spec.type", None) == [("website", 1)]


async def test_a_log_that_was_cut_makes_columns_be_read_anew(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1))
    await columns.present(db, KIND)
    for number in (2, 3, 4):
        await catalog.make(number, component(number))
    await db.transact(lambda tx: tx.execute(PRUNE, {"last": 3}))
    assert (await view_of(db, columns, "kind")).counts("kind", None) == [("Component", 4)]


async def test_a_database_that_was_put_back_makes_columns_be_read_anew(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1))
    await columns.present(db, KIND)
    await db.transact(lambda tx: tx.execute(DROP_SEARCH, {"uid": "uid-1"}))
    await db.transact(lambda tx: tx.execute(BACKDATE, {"instant": 77}))
    assert (await view_of(db, columns, "kind")).counts("kind", None) == []


async def test_more_changes_than_are_followed_make_columns_be_read_anew(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    await catalog.make(1, component(1))
    await columns.present(db, KIND)
    await catalog.make(2, component(2))
    lines = [change(number, at=number, entity_id="uid-2") for number in range(3, reading.MOST_CHANGES + 4)]
    await db.transact(lambda tx: tx.execute_many(ADD_CHANGE, lines))
    assert (await view_of(db, columns, "kind")).counts("kind", None) == [("Component", 2)]


async def test_a_column_is_read_to_its_end_whatever_its_slices(db: Database):
    given = [
        {"entity_id": f"{value}-{number:05}", "key": "kind", "value": value, "original_value": value}
        for value in ("a", "b", None)
        for number in range(reading.SLICE + 1)
    ]
    await db.transact(lambda tx: tx.execute_many(ADD_ROW, given))
    view = await view_of(db, Columns(), "kind")
    assert (view.counts("kind", None), len(view.meeting([]) or ())) == (
        [("a", reading.SLICE + 1), ("b", reading.SLICE + 1)],
        3 * (reading.SLICE + 1),
    )


async def test_values_of_a_key_that_has_too_many_are_not_read_to_be_told_so_again(db: Database):
    columns = Columns(spare=2 * MOST_SPELLINGS)
    given = [
        {
            "entity_id": f"uid-{number:05}",
            "key": "metadata.name",
            "value": f"n-{number}",
            "original_value": f"N-{number}",
        }
        for number in range(MOST_SPELLINGS + 1)
    ]
    await db.transact(lambda tx: tx.execute_many(ADD_ROW, given))
    asked = need_of([Equals("metadata.name", ("n-1",))])
    told = [await columns.prepare(db, need_of([Has("metadata.name")])), await columns.prepare(db, asked)]
    assert (told, await columns.present(db, asked)) == ([True, False], None)


async def test_without_room_answers_are_right_all_the_same(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns(room=1)
    await catalog.change(8)
    assert await facets_of(db, ["kind"], columns=columns) == await facets_of(db, ["kind"])


async def test_numbers_of_entities_that_are_gone_are_not_kept_for_ever(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns(spare=3)
    found = []
    for number in range(12):
        await catalog.make(number, component(number))
        await catalog.make(number - 1, None)
        found.append((await view_of(db, columns, "kind", "metadata.name")).counts("metadata.name", None))
    assert found == [[(f"c-{number}", 1)] for number in range(12)]
    assert len(columns._numbers) <= 2 + 3 + 1


async def test_a_text_is_not_for_columns(db: Database):
    await add_entities(db, [rows.component("c-1"), rows.component("other")])
    question = Question(full_text=FullText("c-1", ("metadata.name",)))
    assert await total(db, question, Columns()) == 1


async def test_no_answer_is_older_than_its_question_while_many_ask_and_one_writes(db: Database):
    catalog, columns = Catalog(db, random.Random(1)), Columns()
    written = 0
    wrong: list[tuple[int, int, int]] = []

    async def write() -> None:
        nonlocal written
        for number in range(40):
            await catalog.make(number, component(number))
            written = number + 1

    async def ask(writing: "asyncio.Task[None]") -> None:
        while not writing.done():
            before = written
            counted = await total(db, Question(filter=parse_filters(["kind=component"])), columns)
            page = await query_entities(db, Question(), Part(limit=100), columns=columns)
            if not before <= counted <= page.total <= written + 1 or len(page.texts) != page.total:
                wrong.append((before, counted, page.total))

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write())
        for _ in range(6):
            tasks.create_task(ask(writing))
    assert wrong == []


class TestColumn:
    pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

    def test_a_key_with_too_many_spellings_keeps_its_entities_alone(self):
        column = column_of(*((f"v{number}", f"v{number}", number) for number in range(MOST_SPELLINGS + 1)))
        assert (column.having(["v1"]), len(column.present)) == (None, MOST_SPELLINGS + 1)

    def test_a_key_that_comes_to_have_too_many_spellings_keeps_its_entities_alone(self):
        before = column_of(*((f"v{number}", f"v{number}", number) for number in range(MOST_SPELLINGS)))
        column = before.changed(Entities([MOST_SPELLINGS]), column_of(("w", "w", MOST_SPELLINGS)))
        assert (column.having(["w"]), len(column.valued)) == (None, MOST_SPELLINGS + 1)

    def test_a_spelling_that_nobody_has_any_more_is_gone(self):
        before = column_of(("java", "Java", 1), ("java", "java", 2))
        assert sorted(before.changed(Entities([1]), column_of()).counts(None)) == [("java", 1)]

    def test_spellings_that_come_in_turn_are_told_apart(self):
        column = column_of(("", "", 1), ("java", "Java", 2), ("java", "java", 3), ("java", "Java", 4), (None, None, 5))
        assert sorted(column.counts(None)) == [("", 1), ("Java", 2), ("java", 1)]


def column_of(*facts: tuple[str | None, str | None, int]) -> Column:
    """The column of rows with these values, originals and numbers of entities."""
    builder = Builder()
    builder.add([value for value, _, _ in facts], [original for _, original, _ in facts], [each for *_, each in facts])
    return builder.column()
