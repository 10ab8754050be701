"""Looking at an entity again because somebody asks for it: its repository at its host, and itself in the catalog.

One transaction marks both under one cause, `refresh:<id>`, which is the id of the signal as well: by that the request is
followed until the signal has ended and nothing in the catalog is due any more because of it.
"""

from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, or_, select

from cuelight.catalog import Cause, refresh_entity
from cuelight.catalog.channels import FILES
from cuelight.catalog.processing.claiming import LEASE
from cuelight.catalog.tables import REFRESH_KEYS, REFRESH_STATE, STITCH_QUEUE
from cuelight.clock import timed_id
from cuelight.db import Database, Reading, Row, Statement, Transaction
from cuelight.repositories.elsewhere import PAGE_KEY, make_due
from cuelight.repositories.places import location_of, repository_at
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.tables import REPOSITORIES, SIGNALS


def _because(table: Table) -> Any:
    """The rows of *table* that were written because of a refresh, or by the reconcile that answered it."""
    return or_(table.c.cause == bindparam("cause"), table.c.reconcile == bindparam("by_reconcile"))


GIVEN = Statement(select(REFRESH_STATE.c.unprocessed).where(REFRESH_STATE.c.entity_ref == bindparam("ref")))
KEYS = Statement(
    select(REFRESH_KEYS.c.key)
    .join(REFRESH_STATE, REFRESH_STATE.c.entity_id == REFRESH_KEYS.c.entity_id)
    .where(REFRESH_STATE.c.entity_ref == bindparam("ref"))
)
REQUEST = Statement(
    select(
        *(SIGNALS.c[name] for name in ("outcome", "reason", "reconcile", "created_at", "finished_at", "repository_id")),
        REPOSITORIES.c.full_name,
        REPOSITORIES.c.attempts,
        REPOSITORIES.c.reason.label("trouble"),
    )
    .join(REPOSITORIES, REPOSITORIES.c.id == SIGNALS.c.repository_id)
    .where(SIGNALS.c.id == bindparam("cause"), SIGNALS.c.kind == "refresh")
)
PROCESSING = Statement(
    select(REFRESH_STATE.c.entity_ref)
    .where(
        REFRESH_STATE.c.due_at <= bindparam("until"),
        or_(REFRESH_STATE.c.due_at <= bindparam("now"), REFRESH_STATE.c.claim_id.is_not(None)),
        _because(REFRESH_STATE),
    )
    .limit(1)
)
"""An entity that is due, or being processed."""
STITCHING = Statement(
    select(STITCH_QUEUE.c.entity_ref).where(STITCH_QUEUE.c.due_at <= bindparam("now"), _because(STITCH_QUEUE)).limit(1)
)


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh that was asked for. `repository_id` None: no tracked repository stands behind the entity."""

    id: str
    entity_ref: str
    repository_id: str | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a refresh; instants are in microseconds.

    `outcome` and `reason` are those of its signal; while that is open (`outcome` None), `reason` says why its host gave no
    answer the last `unanswered` times. `at_rest`: the signal has ended, and the catalog has done what follows from it.
    """

    id: str
    repository_id: str
    repository: str
    outcome: str | None
    reason: str | None
    unanswered: int
    at_rest: bool
    requested_at: int
    finished_at: int | None


async def ask_for_refresh(db: Database, registry: Registry, ref: str) -> Refresh | None:
    """Have the entity of this full, lower-case ref looked at again: the repository that its file is in, the entity, and
    the Locations above it. None where there is no such entity, or nothing names it any more.
    """

    async def ask(tx: Transaction) -> Refresh | None:
        cause = Cause(id=f"refresh:{timed_id(tx.now())}", at=tx.now())
        if not await refresh_entity(tx, ref, cause):
            return None
        repository = await _repository(tx, registry, ref)
        if repository is None:
            await _look_at_pages(tx, ref, cause)
            return Refresh(id=cause.id, entity_ref=ref, repository_id=None)
        await note(tx, repository["id"], Signal(id=cause.id, kind="refresh", cause=cause.id, caused_at=cause.at))
        return Refresh(id=cause.id, entity_ref=ref, repository_id=repository["id"])

    return await db.transact(ask)


async def refresh_progress(db: Database, refresh_id: str) -> Progress | None:
    """What has become of the refresh *refresh_id*; None where no repository was asked because of one with this id."""

    async def look(tx: Reading) -> Progress | None:
        row = await tx.fetch_one(REQUEST, {"cause": refresh_id})
        return None if row is None else _progress(refresh_id, row, at_rest=await _at_rest(tx, refresh_id, row))

    return await db.read(look)


async def _repository(tx: Reading, registry: Registry, ref: str) -> Row | None:
    """The row of the repository that the entity *ref* was read from."""
    given = await tx.fetch_one(GIVEN, {"ref": ref})
    location = location_of(msgspec.json.decode(given["unprocessed"])) if given else None
    place = registry.place(location.target) if location and location.type == "url" else None
    return await repository_at(tx, place) if place else None


async def _look_at_pages(tx: Transaction, ref: str, cause: Cause) -> None:
    """Have the pages, or the local files, read again that the entity *ref* was made from, or names."""
    given = await tx.fetch_one(GIVEN, {"ref": ref})
    location = location_of(msgspec.json.decode(given["unprocessed"])) if given else None
    if location and location.type == "file":
        tx.notify(FILES)
    own = [location.target] if location and location.type == "url" else []
    keys = [row["key"] for row in await tx.fetch(KEYS, {"ref": ref})]
    await make_due(tx, [*own, *(key.removeprefix(PAGE_KEY) for key in keys if key.startswith(PAGE_KEY))], cause)


async def _at_rest(tx: Reading, refresh_id: str, request: Row) -> bool:
    if request["outcome"] is None:
        return False
    now = tx.now()
    known = {"cause": refresh_id, "by_reconcile": request["reconcile"], "now": now}
    if await tx.fetch_one(PROCESSING, {**known, "until": now + LEASE}) is not None:
        return False
    return await tx.fetch_one(STITCHING, known) is None


def _progress(refresh_id: str, row: Row, *, at_rest: bool) -> Progress:
    waits = row["outcome"] is None
    return Progress(
        id=refresh_id,
        repository_id=row["repository_id"],
        repository=row["full_name"],
        outcome=row["outcome"],
        reason=(row["trouble"] if row["attempts"] else None) if waits else row["reason"],
        unanswered=row["attempts"] if waits else 0,
        at_rest=at_rest,
        requested_at=row["created_at"],
        finished_at=row["finished_at"],
    )
