"""Columns out of rows: a whole one, in slices that nobody has to wait for; and what changed since it was read."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, literal_column, select, tuple_

from cuelight.catalog.documents import refs_parameter
from cuelight.catalog.queries.changes import NEWEST
from cuelight.catalog.queries.columns.column import Builder, Column, Entities
from cuelight.catalog.queries.columns.numbers import Numbers
from cuelight.catalog.queries.pages import BY_ENTITY
from cuelight.catalog.tables import CHANGES, SEARCH
from cuelight.db import Reading, Row, Statement, Words

SLICE = 2_000
"""Rows that are taken in at once: a few milliseconds."""
ENTITIES = 100
"""Entities whose rows are read at once."""
MOST_CHANGES = 2_000
"""Lines of the change log that are followed; past it a column is read anew."""

_row = SEARCH.c
SPELLED = Statement(
    select(_row.value, _row.original_value, _row.entity_id)
    .where(
        _row.key == bindparam("key"),
        tuple_(_row.value, _row.entity_id) > tuple_(bindparam("after_value"), bindparam("after_id")),
    )
    .order_by(_row.value, _row.entity_id)
    .limit(bindparam("limit"))
)
EMPTY = Statement(
    select(_row.value, _row.original_value, _row.entity_id)
    .where(_row.key == bindparam("key"), _row.value.is_(None), _row.entity_id > bindparam("after_id"))
    .order_by(_row.entity_id)
    .limit(bindparam("limit"))
)
SINCE = Statement(
    select(CHANGES.c.sequence, CHANGES.c.at, CHANGES.c.entity_id)
    .where(CHANGES.c.sequence >= bindparam("since"))
    .order_by(CHANGES.c.sequence)
    .limit(bindparam("limit"))
)


def _of_entities(words: Words) -> Select[Any]:
    """By entity first, whatever is known of the table: PostgreSQL would read all rows of the keys where it knows little."""
    of = (
        select(_row.key, _row.value, _row.original_value, _row.entity_id)
        .where(_row.entity_id.in_(words.each("ids")))
        .with_hint(SEARCH, BY_ENTITY, "sqlite")
    )
    if words.dialect == "sqlite":
        return of.where(_row.key.in_(words.each("keys")))
    rows = of.offset(literal_column("0")).subquery("of_entities")  # which PostgreSQL reads as it stands
    return select(rows).where(rows.c.key.in_(words.each("keys")))


OF_ENTITIES = Statement(_of_entities)


class Position(msgspec.Struct, frozen=True):
    """A line of the change log, and when it was written: a database that was put back has others. 0, 0 before the first."""

    sequence: int
    at: int


class Kept(msgspec.Struct, frozen=True):
    """A column, and after which change it is so."""

    column: Column
    position: Position


def position_of(row: Row | None) -> Position:
    """The position of the newest change, which is *row*."""
    return Position(0, 0) if row is None else Position(row["sequence"], row["at"])


async def read_column(tx: Reading, key: str, numbers: Numbers) -> Kept:
    """The column of *key* as of the snapshot *tx*."""
    position = position_of(await tx.fetch_one(NEWEST))
    builder = Builder()
    for statement in (SPELLED, EMPTY):
        await _read(tx, statement, key, _Taking(builder, numbers))
    return Kept(builder.column(), position)


async def follow(
    tx: Reading, columns: Mapping[str, Kept], newest: Position, numbers: Numbers
) -> Mapping[str, Kept] | None:
    """*columns*, none of which is newer, as of the snapshot *tx*, whose newest change is *newest*.

    None where too much has changed, or where the log is not the one that they followed.
    """
    oldest = min(kept.position.sequence for kept in columns.values())
    log = await tx.fetch(SINCE, {"since": oldest, "limit": MOST_CHANGES + 1})
    if not _leads_on(log, [kept.position for kept in columns.values()], newest):
        return None
    ids = sorted({row["entity_id"] for row in log if row["sequence"] > oldest})
    now = await _columns_of(tx, ids, list(columns), numbers)
    changed = Entities(numbers.of(ids))
    return {key: Kept(kept.column.changed(changed, now[key]), newest) for key, kept in columns.items()}


class _Taking:
    """Takes rows into a column."""

    def __init__(self, builder: Builder, numbers: Numbers) -> None:
        self._builder = builder
        self._numbers = numbers

    def take(self, rows: Sequence[Row]) -> None:
        """Take in *rows*."""
        numbers = self._numbers.of([row["entity_id"] for row in rows])
        self._builder.add([row["value"] for row in rows], [row["original_value"] for row in rows], numbers)


async def _read(tx: Reading, statement: Statement, key: str, taking: _Taking) -> None:
    """Take in what *statement* has of *key*, slice by slice."""
    after: tuple[str | None, str] = "", ""
    while True:
        value, entity_id = after
        asked = {"key": key, "after_value": value, "after_id": entity_id, "limit": SLICE}
        rows = await tx.fetch(statement, asked)
        taking.take(rows)
        if len(rows) < SLICE:
            return
        after = rows[-1]["value"], rows[-1]["entity_id"]


async def _columns_of(tx: Reading, ids: Sequence[str], keys: Sequence[str], numbers: Numbers) -> Mapping[str, Column]:
    """The columns of *keys* that the entities with these *ids* would make alone."""
    builders = {key: Builder() for key in keys}
    for start in range(0, len(ids), ENTITIES):
        some = ids[start : start + ENTITIES]
        rows = await tx.fetch(OF_ENTITIES, {"ids": refs_parameter(some), "keys": refs_parameter(keys)})
        for key, builder in builders.items():
            _Taking(builder, numbers).take([row for row in rows if row["key"] == key])
    return {key: builder.column() for key, builder in builders.items()}


def _leads_on(log: Sequence[Row], positions: Sequence[Position], newest: Position) -> bool:
    """Whether *log*, from the oldest of *positions* on, has each of them and every line up to *newest*."""
    first = max(1, min(position.sequence for position in positions))
    if [row["sequence"] for row in log] != list(range(first, newest.sequence + 1)):
        return False
    return all(position.sequence == 0 or log[position.sequence - first]["at"] == position.at for position in positions)
