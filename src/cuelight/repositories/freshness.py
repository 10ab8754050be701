"""How fresh an entity is: the commit that it was read at, when its host last confirmed that, and what is on its way.

All of it is read from rows; no host is asked. What passes through: a ref or a uid becomes the final entity, that the
address of its file, that the tracked repository behind it and its source, together with the entity's last change.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, case, func, or_, select

from cuelight.catalog.queries.entities import BY_REF, BY_UID
from cuelight.catalog.tables import CHANGES
from cuelight.db import Database, Reading, Row, Statement
from cuelight.model import LocationRef, ref_of
from cuelight.repositories.elsewhere import state_of_page
from cuelight.repositories.places import location_of, repository_at
from cuelight.repositories.plan import is_glob
from cuelight.repositories.registry import Registry
from cuelight.repositories.tables import RECONCILES, REPOSITORIES, SIGNALS, SOURCES
from cuelight.scm import Place

ORPHAN: Final = "backstage.io/orphan"

SOURCE = Statement(
    select(SOURCES.c.state, SOURCES.c.reason, SOURCES.c.commit_sha).where(
        SOURCES.c.repository_id == bindparam("repository"),
        SOURCES.c.path == bindparam("path"),
        SOURCES.c.kind != "candidate",
    )
)
WAITING = Statement(
    select(func.count().label("n")).where(
        SIGNALS.c.repository_id == bindparam("repository"), SIGNALS.c.outcome.is_(None)
    )
)
LAST_CHANGE = Statement(
    select(
        *(CHANGES.c[name] for name in ("at", "cause", "caused_at", "reconcile", "commit_sha", "author")),
        RECONCILES.c.host_time,
    )
    .outerjoin(RECONCILES, RECONCILES.c.id == CHANGES.c.reconcile)
    .where(CHANGES.c.entity_ref == bindparam("ref"))
    .order_by(CHANGES.c.sequence.desc())
    .limit(1)
)
_R = REPOSITORIES.c
_UNSETTLED = and_(_R.reason.is_not(None), or_(_R.status == "candidate", _R.status == "tracked"))
STALENESS = Statement(
    select(
        func.min(case((_R.status == "tracked", _R.confirmed_at))).label("oldest"),
        func.count(_R.due_at).label("waiting"),
        func.count(case((_UNSETTLED, 1))).label("unsettled"),
    )
)


class FileSource(msgspec.Struct, frozen=True, kw_only=True):
    """The file that an entity was read from. Of an address of no configured host, only that address is known."""

    url: str
    host: str | None = None
    repository: str | None = None
    branch: str | None = None
    path: str | None = None


class LastChange(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of a final entity: when it was written, because of what, and how long that took.

    Instants and durations are in microseconds: `total` from the cause's coming in, `host` of it waiting for the host's
    answers, `ours` the rest. None where that is not known: there is no cause, or its reconcile is forgotten.
    """

    at: int
    cause: str | None
    caused_at: int | None
    commit: str | None
    author: str | None
    total: int | None
    host: int | None
    ours: int | None


class Backing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind an entity.

    `commit` is the one at which its file became what it is, `head` the commit that is applied, `proven` the last one that
    the host's own answers and no payload stand for, `confirmed_at` when the host last named its head. `waiting` counts
    open signals: something is on its way. `reason` says why the entity may not be as its file is now; None where it is.
    """

    source: FileSource | None = None
    commit: str | None = None
    head: str | None = None
    proven: str | None = None
    confirmed_at: int | None = None
    waiting: int = 0
    reason: str | None = None


class EntityFreshness(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh an entity was at the instant `asked_at`."""

    entity_ref: str
    asked_at: int
    backing: Backing
    last_change: LastChange | None

    @property
    def lag(self) -> int | None:
        """Microseconds since the host's last confirmation; None where there was none."""
        confirmed = self.backing.confirmed_at
        return None if confirmed is None else max(0, self.asked_at - confirmed)


class Staleness(msgspec.Struct, frozen=True, kw_only=True):
    """Of all repositories: microseconds since the `oldest` confirmation of a tracked one, how many are `waiting` to be
    looked at, and of how many the last look was `unsettled`, so that what was applied stays.
    """

    oldest: int
    waiting: int
    unsettled: int


async def freshness_of_ref(db: Database, registry: Registry, ref: str) -> EntityFreshness | None:
    """How fresh the entity of this full, lower-case ref is; None where there is none."""
    return await db.read(lambda tx: _freshness(tx, registry, BY_REF, {"ref": ref}))


async def freshness_of_uid(db: Database, registry: Registry, uid: str) -> EntityFreshness | None:
    """How fresh the entity of this `metadata.uid` is; None where there is none."""
    return await db.read(lambda tx: _freshness(tx, registry, BY_UID, {"uid": uid}))


async def measure_staleness(db: Database) -> Staleness:
    """How far behind their hosts the repositories may be. Reads every row of `repositories` once."""

    async def look(tx: Reading) -> Staleness:
        row = await tx.fetch_one(STALENESS)
        oldest = row["oldest"] if row else None
        return Staleness(
            oldest=0 if oldest is None else max(0, tx.now() - oldest),
            waiting=row["waiting"] if row else 0,
            unsettled=row["unsettled"] if row else 0,
        )

    return await db.read(look)


async def _freshness(
    tx: Reading, registry: Registry, statement: Statement, key: dict[str, str]
) -> EntityFreshness | None:
    row = await tx.fetch_one(statement, key)
    if row is None:
        return None
    entity: dict[str, Any] = msgspec.json.decode(row["entity"])
    backing = await _backing(tx, registry, location_of(entity))
    if ORPHAN in entity["metadata"].get("annotations", {}):
        backing = msgspec.structs.replace(backing, reason="nothing names it any more: it is an orphan")
    ref = ref_of(entity)
    return EntityFreshness(entity_ref=ref, asked_at=tx.now(), backing=backing, last_change=await _last_change(tx, ref))


async def _backing(tx: Reading, registry: Registry, location: LocationRef | None) -> Backing:
    """What stands behind an entity that was read from *location*."""
    if location is None or location.type != "url":
        where = f"its location is {location}" if location else "it names no location"
        return Backing(reason=f"no repository stands behind it: {where}")
    url = location.target
    place = registry.place(url)
    if place is None:
        reason = await state_of_page(tx, url) or f"no integration reads {url}; add its host under integrations"
        return Backing(source=FileSource(url=url), reason=f"no repository stands behind it: {reason}")
    row = await repository_at(tx, place)
    if row is None:
        named = FileSource(url=url, host=place.host, repository=place.full_name, branch=place.ref, path=place.path)
        where = f"{place.full_name} is not tracked at {place.ref or 'its default branch'}"
        return Backing(source=named, reason=f"no repository stands behind it: {where}")
    return await _tracked(tx, row, place, url)


async def _tracked(tx: Reading, row: Row, place: Place, url: str) -> Backing:
    """The repository of *row*, in which the file at *place* is."""
    file = await tx.fetch_one(SOURCE, {"repository": row["id"], "path": place.path})
    signals = await tx.fetch_one(WAITING, {"repository": row["id"]})
    branch = row["branch"] or place.ref
    return Backing(
        source=FileSource(url=url, host=row["host"], repository=row["full_name"], branch=branch, path=place.path),
        commit=file["commit_sha"] if file else None,
        head=row["head"],
        proven=row["proven"],
        confirmed_at=row["confirmed_at"],
        waiting=signals["n"] if signals else 0,
        reason=row["reason"] or _unread(file, row, place.path),
    )


def _unread(file: Row | None, row: Row, path: str) -> str | None:
    """Why the file at *path* does not say what the entity is; None where it does."""
    name, head = row["full_name"], row["head"]
    if head is None:
        return f"{name} was not read yet"
    if file is None:
        return None if is_glob(path) else f"{name} has no {path} at {head}, or it was not read yet"
    if file["state"] == "absent":
        return f"{name} has no {path} at {head}"
    return None if file["state"] == "present" else file["reason"]


async def _last_change(tx: Reading, ref: str) -> LastChange | None:
    row = await tx.fetch_one(LAST_CHANGE, {"ref": ref})
    if row is None:
        return None
    total = None if row["caused_at"] is None else max(0, row["at"] - row["caused_at"])
    host = _host_time(row, total)
    return LastChange(
        at=row["at"],
        cause=row["cause"],
        caused_at=row["caused_at"],
        commit=row["commit_sha"],
        author=row["author"],
        total=total,
        host=host,
        ours=None if total is None or host is None else total - host,
    )


def _host_time(row: Row, total: int | None) -> int | None:
    """How much of *total* was spent waiting for the host: nothing, where no reconcile was on the way."""
    if total is None:
        return None
    if row["reconcile"] is None:
        return 0
    return None if row["host_time"] is None else min(row["host_time"], total)
