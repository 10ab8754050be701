"""The search rows of final entities, and the texts among them: what differs is written, and nothing else.

An entity that changes usually differs in one or two of its thirty rows, and each row is three pages of the file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from cuelight.catalog.documents import Entity, refs_parameter
from cuelight.catalog.tables import SEARCH, TEXTS
from cuelight.catalog.texts import KEYS
from cuelight.db import Reading, Statement, Transaction
from cuelight.model import SearchRow, flatten

_ROWS = Statement(
    lambda words: select(SEARCH.c.entity_id, SEARCH.c.key, SEARCH.c.value, SEARCH.c.original_value).where(
        SEARCH.c.entity_id.in_(words.each("ids"))
    )
)
_ADD = Statement(insert(SEARCH))
_DROP = Statement(
    delete(SEARCH).where(
        SEARCH.c.entity_id == bindparam("id"), SEARCH.c.key == bindparam("name"), SEARCH.c.value == bindparam("said")
    )
)
_DROP_EMPTY = Statement(
    delete(SEARCH).where(
        SEARCH.c.entity_id == bindparam("id"), SEARCH.c.key == bindparam("name"), SEARCH.c.value.is_(None)
    )
)
_ADD_TEXT = Statement(
    insert(TEXTS)
    .inline()
    .values(entity_id=bindparam("id"), key=bindparam("name"), kind=bindparam("sort"), value=bindparam("said"))
)
_DROP_TEXT = Statement(
    delete(TEXTS).where(
        TEXTS.c.entity_id == bindparam("id"),
        TEXTS.c.key == bindparam("name"),
        TEXTS.c.kind == bindparam("sort"),
        TEXTS.c.value == bindparam("said"),
    )
)

Rows = Sequence[tuple[str, SearchRow]]
"""Pairs of an entity's id and a row of it."""


class Indexed(msgspec.Struct, frozen=True):
    """A final entity whose rows are to be written; `known` where it may have rows already."""

    entity_id: str
    entity: Entity
    known: bool


async def index(tx: Transaction, entities: Sequence[Indexed]) -> None:
    """Make the search rows of *entities* what `flatten` says."""
    before = await _rows(tx, [each.entity_id for each in entities if each.known])
    added: list[tuple[str, SearchRow]] = []
    gone: list[tuple[str, SearchRow]] = []
    for each in entities:
        rows, old = flatten(each.entity).rows, before.get(each.entity_id)
        if not old:
            added += ((each.entity_id, row) for row in rows)
            continue
        new = dict.fromkeys(rows)
        added += ((each.entity_id, row) for row in new if row not in old)
        gone += ((each.entity_id, row) for row in old if row not in new)
    kinds = {each.entity_id: each.entity["kind"].lower() for each in entities}
    await _drop(tx, gone)
    await tx.execute_many(_DROP_TEXT, _texts(gone, kinds))
    await tx.execute_many(_ADD, (_columns(entity_id, row) for entity_id, row in added))
    await tx.execute_many(_ADD_TEXT, _texts(added, kinds))


async def _rows(tx: Reading, ids: Sequence[str]) -> Mapping[str, dict[SearchRow, None]]:
    found: dict[str, dict[SearchRow, None]] = {entity_id: {} for entity_id in ids}
    if ids:
        for row in await tx.fetch(_ROWS, {"ids": refs_parameter(ids)}):
            found[row[0]][SearchRow(row[1], row[2], row[3])] = None
    return found


async def _drop(tx: Transaction, rows: Rows) -> None:
    await tx.execute_many(
        _DROP,
        ({"id": entity_id, "name": row.key, "said": row.value} for entity_id, row in rows if row.value is not None),
    )
    await tx.execute_many(_DROP_EMPTY, _empty(rows))


def _empty(rows: Rows) -> Iterable[dict[str, Any]]:
    return ({"id": entity_id, "name": row.key} for entity_id, row in rows if row.value is None)


def _columns(entity_id: str, row: SearchRow) -> dict[str, Any]:
    return {"entity_id": entity_id, "key": row.key, "value": row.value, "original_value": row.original_value}


def _texts(rows: Rows, kinds: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The texts among *rows*; *kinds* by id."""
    for entity_id, row in rows:
        if row.key in KEYS and row.value is not None:
            yield {"id": entity_id, "name": row.key, "sort": kinds[entity_id], "said": row.value}
