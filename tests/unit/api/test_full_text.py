"""Full text means what Backstage's does, however it is looked up: a value holds the term, `%` and `_` being wild."""

import json
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cuelight.catalog import Cause
from cuelight.catalog.documents import uid_of
from cuelight.catalog.ownership.removal import remove
from cuelight.catalog.queries import FullText, Order, Part, Question, query_entities
from cuelight.catalog.queries.fulltext import FEW_WITH_TEXT
from cuelight.catalog.stitching.index import Indexed, index
from cuelight.catalog.tables import FINAL_ENTITIES, TEXTS
from cuelight.catalog.texts import KEYS
from cuelight.clock import ManualClock
from cuelight.db import Database, Statement, Transaction, upsert
from cuelight.model import flatten, parse_filters, ref_of
from tests.database import database
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

FIELDS = ("metadata.name", "metadata.title", "metadata.description", "metadata.tags")
ELSEWHERE = (*FIELDS, "spec.nothing")
"""A field more, which nobody has, so that trigrams cannot answer."""
ALPHABET = "aabbÀàßΣς日本語🙂 -.*^:()\"'\\%_"
ALL = Statement(select(TEXTS.c.entity_id, TEXTS.c.key, TEXTS.c.kind, TEXTS.c.value))
SERVE = Statement(lambda words: upsert(words, FINAL_ENTITIES, keys=["entity_id"], columns=["entity"]))
CAUSE = Cause(id="test", at=0)


def written(chance: random.Random, longest: int = 12) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randint(0, longest)))


def described(name: str, chance: random.Random) -> dict[str, Any]:
    """A component whose uid is what the catalog would give it, with random texts."""
    entity = component(name)
    entity["metadata"] |= {
        "uid": uid_of(f"component:default/{name}"),
        "title": written(chance),
        "description": written(chance, 40),
        "tags": [written(chance, 5) for _ in range(chance.randint(0, 3))],
    }
    return entity


def holds(entity: dict[str, Any], term: str, fields: Iterable[str] = FIELDS) -> bool:
    """What the answer has to be, by Python's own means."""
    metadata = entity["metadata"]
    values = [value for each in fields for value in _listed(metadata.get(each.partition(".")[2]))]
    sought = term.strip().lower()
    if not {"%", "_"} & {*sought}:
        return any(sought in value.lower() for value in values)
    pattern = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in sought)
    return any(re.search(pattern, value.lower(), re.DOTALL) for value in values)


def _listed(value: str | list[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or []


async def found(db: Database, text: FullText, **question: Any) -> set[str]:
    """The names of all that hold *text*; they are as many as the total says."""
    asked = Question(full_text=text, **question)
    page = await query_entities(db, asked, Part(limit=10_000))
    names = set(re.findall(r'"name": ?"([^"]*)"', "".join(page.texts)))
    assert page.total == len(page.texts) == len(names)
    return names


def parts(entity: dict[str, Any], chance: random.Random) -> str:
    """Some stretch of one of its texts."""
    text: str = entity["metadata"][chance.choice(["title", "description"])]
    start = chance.randint(0, len(text))
    return text[start : start + chance.randint(1, 9)]


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path, ManualClock()) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(3))
async def test_trigrams_and_like_find_what_python_finds(db: Database, seed: int):
    chance = random.Random(seed)
    entities = [described(f"c{number:02}", chance) for number in range(60)]
    await add_entities(db, entities)
    terms = [*(parts(chance.choice(entities), chance) for _ in range(60)), *(written(chance, 4) for _ in range(20))]
    for term in filter(str.strip, terms):
        expected = {entity["metadata"]["name"] for entity in entities if holds(entity, term)}
        kind = parse_filters(["kind=component"])
        assert await found(db, FullText(term, FIELDS)) == expected, term
        assert await found(db, FullText(term, FIELDS), filter=kind) == expected, term
        assert await found(db, FullText(term, ELSEWHERE)) == expected, term


@pytest.mark.parametrize("term", ["needle", "eed", "ne", "n_edle", "n%e"])
@pytest.mark.parametrize("order", [None, Order("metadata.name"), Order("metadata.title", descending=True)])
async def test_a_text_that_many_hold_is_found_in_all_of_them(db: Database, order: Order | None, term: str):
    entities = [described(f"c{number:03}", random.Random(number)) for number in range(FEW_WITH_TEXT + 100)]
    for entity in entities[50:]:
        entity["metadata"]["title"] = f"has {entity['metadata']['name']} needle"
    await add_entities(db, entities)
    fields = ("metadata.title", "metadata.tags")
    names = {entity["metadata"]["name"] for entity in entities if holds(entity, term, fields)}
    assert await found(db, FullText(term, fields), order=order) == names


@pytest.mark.parametrize("order", [None, Order("metadata.title")])
async def test_of_many_with_a_text_those_are_counted_that_meet_the_filter_too(db: Database, order: Order | None):
    entities = [component(f"c{number:04}", type=("service", "website")[number % 9 == 0]) for number in range(3_000)]
    for number, entity in enumerate(entities):
        entity["metadata"]["title"] = f"{'needle' if number % 3 else 'hay'} {number}"
    await add_entities(db, entities)
    text = FullText("needle", ("metadata.title", "metadata.tags"))
    needles = {f"c{number:04}" for number in range(3_000) if number % 3}
    for spec, names in {
        "": needles,
        ",spec.type=service": needles,
        ",spec.owner=team-a,spec.type=website": set(),
    }.items():
        assert await found(db, text, order=order, filter=parse_filters([f"kind=component{spec}"])) == names


@pytest.mark.parametrize(
    ("term", "kinds", "names"),
    [
        ("pay", ["component"], {"pay"}),
        ("compo", ["component"], {"pay", "ship"}),
        ("group", ["component", "group"], {"team"}),
    ],
)
async def test_the_kind_is_a_field_to_look_in_too(db: Database, term: str, kinds: list[str], names: set[str]):
    team = {**component("team"), "kind": "Group"}
    await add_entities(db, [component("pay"), component("ship"), team])
    asked = parse_filters([f"kind={kind}" for kind in kinds])
    assert await found(db, FullText(term, ("metadata.name", "kind")), filter=asked) == names


async def test_texts_stay_what_the_entities_say_while_these_change(tmp_path: Path):
    chance = random.Random(1)
    there: dict[str, dict[str, Any]] = {}
    async with database(tmp_path, ManualClock()) as db:
        for _ in range(150):
            await change(db, there, chance)
        assert await texts(db) == sorted(row for entity in there.values() for row in texts_of(entity))
    vacuumed(tmp_path)
    async with database(tmp_path, ManualClock()) as db:
        for _ in range(30):
            await change(db, there, chance)
        for entity in list(there.values()):
            term = parts(entity, chance)
            if term.strip():
                expected = {name for name, each in there.items() if holds(each, term)}
                assert await found(db, FullText(term, FIELDS)) == expected, term
    vacuumed(tmp_path)


async def change(db: Database, there: dict[str, dict[str, Any]], chance: random.Random) -> None:
    """Write or delete an entity, or several."""
    names = [f"c{chance.randint(0, 20):02}" for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.3:
        refs = [f"component:default/{name}" for name in names]
        await db.transact(lambda tx: remove(tx, refs, CAUSE))
        for name in names:
            there.pop(name, None)
        return
    entities = {name: described(name, chance) for name in names}
    there |= entities

    async def work(tx: Transaction) -> None:
        await tx.execute_many(SERVE, map(final, entities.values()))
        await index(tx, [Indexed(each["metadata"]["uid"], each, known=True) for each in entities.values()])

    await db.transact(work)


def final(entity: dict[str, Any]) -> dict[str, Any]:
    row = {"entity_id": entity["metadata"]["uid"], "entity_ref": ref_of(entity), "entity": json.dumps(entity)}
    return {**row, "hash": "x", "updated_at": 0}


async def texts(db: Database) -> list[tuple[str, ...]]:
    return sorted(tuple(row[place] for place in range(4)) for row in await db.read(lambda tx: tx.fetch(ALL)))


def texts_of(entity: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [row for row in flatten(entity).rows if row.key in KEYS and row.value is not None]
    return [(entity["metadata"]["uid"], row.key, "component", str(row.value)) for row in rows]


def vacuumed(folder: Path) -> None:
    """Let SQLite write its file anew, and see that its index says what the rows say."""
    if (folder / "test.db").exists():
        with closing(sqlite3.connect(folder / "test.db")) as connection:
            connection.execute("INSERT INTO texts_trigrams (texts_trigrams, rank) VALUES ('integrity-check', 1)")
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("INSERT INTO texts_trigrams (texts_trigrams, rank) VALUES ('integrity-check', 1)")
