"""Run records: who asked for a sweep, a scan or a verification, how far it is, and what it came to.

Whoever asks inserts a waiting row and wakes the leader; the leader's process does the work. So an API never asks a host.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, update

from cuelight.clock import timed_id
from cuelight.db import Database, Row, Statement, Transaction
from cuelight.repair.tables import RUNS

CHANNEL = "runs"
"""The channel on which a commit tells of a run that was asked for, or ended."""
KEPT = 200
"""Runs of a kind that are remembered."""
TRIES = 3
"""How often a run is begun whose process died."""
MAX_PAGE = 500

Kind = Literal["sweep", "scan", "verify"]
State = Literal["waiting", "running", "done", "failed"]


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it is to be done. `repair`: what a verification finds wrong is looked at again, and verified again."""

    repair: bool = False


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is: what it is at, `seen` repositories of `of`, where that is known."""

    step: str
    seen: int
    of: int | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run. Instants are in microseconds; `result` is JSON, there once it is `done`; `error` says why it `failed`."""

    id: str
    kind: Kind
    state: State
    options: Options
    asked_by: str
    requested_at: int
    started_at: int | None
    finished_at: int | None
    attempts: int
    progress: Progress | None
    result: msgspec.Raw | None
    error: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"done", "failed"}


class Before(msgspec.Struct, frozen=True):
    """Where a page begins: after the run with this instant and id."""

    at: int
    id: str


_R = RUNS.c
_INSERT = Statement(insert(RUNS))
_WAITING = Statement(
    select(RUNS).where(_R.state == "waiting", _R.kind == bindparam("kind"), _R.options == bindparam("options")).limit(1)
)
_NEXT = Statement(
    select(RUNS).where(_R.state == "waiting", _R.kind == bindparam("kind")).order_by(_R.requested_at, _R.id).limit(1)
)
_BEGIN = Statement(
    update(RUNS)
    .where(_R.id == bindparam("run"), _R.state == "waiting")
    .values(state="running", started_at=bindparam("now"), attempts=_R.attempts + 1)
)
_PROGRESS = Statement(
    update(RUNS).where(_R.id == bindparam("run"), _R.state == "running").values(progress=bindparam("told"))
)
_END = Statement(
    update(RUNS)
    .where(_R.id == bindparam("run"), _R.state == "running")
    .values(
        state=bindparam("ending"), finished_at=bindparam("now"), result=bindparam("outcome"), error=bindparam("reason")
    )
)
_TAKE_UP = Statement(
    # Only the leader runs them: those that it finds running were left by one that is dead.
    update(RUNS)
    .where(_R.state == "running")
    .values(
        state=case((_R.attempts < TRIES, "waiting"), else_="failed"),
        finished_at=case((_R.attempts < TRIES, None), else_=bindparam("now", type_=_R.finished_at.type)),
        error=case((_R.attempts < TRIES, None), else_=bindparam("reason")),
    )
)
_ONE = Statement(select(RUNS).where(_R.id == bindparam("id")))
_PAGE = Statement(
    select(RUNS)
    .where(
        or_(
            _R.requested_at < bindparam("before_at"),
            and_(_R.requested_at == bindparam("before_at"), _R.id < bindparam("before_id")),
        ),
        _R.kind == func.coalesce(bindparam("kind"), _R.kind),
    )
    .order_by(_R.requested_at.desc(), _R.id.desc())
    .limit(bindparam("limit"))
)
_FORGET = Statement(
    delete(RUNS).where(
        _R.id.in_(
            select(_R.id)
            .where(_R.kind == bindparam("kind"), _R.finished_at.is_not(None))
            .order_by(_R.requested_at.desc(), _R.id.desc())
            .offset(bindparam("kept"))
        )
    )
)


async def request_run(db: Database, kind: Kind, asked_by: str, options: Options | None = None) -> Run:
    """Ask for a run; where the same was asked for already and has not begun, that one is the answer."""

    async def work(tx: Transaction) -> Run:
        row = _new(kind, asked_by, options or Options(), tx.now())
        waiting = await tx.fetch_one(_WAITING, {"kind": kind, "options": row["options"]})
        if waiting is None:
            await tx.execute(_INSERT, row)
            tx.notify(CHANNEL)
        return run_of(waiting or row)

    return await db.transact(work)


async def begin_next(db: Database, kind: Kind) -> Run | None:
    """Begin the oldest run of *kind* that waits; None where none does. Only for the leader."""
    if await db.get(_NEXT, {"kind": kind}) is None:
        return None

    async def work(tx: Transaction) -> Run | None:
        row = await tx.fetch_one(_NEXT, {"kind": kind})
        if row is None or not await tx.execute(_BEGIN, {"run": row["id"], "now": tx.now()}):
            return None
        begun = {"state": "running", "started_at": tx.now(), "attempts": row["attempts"] + 1}
        return msgspec.structs.replace(run_of(row), **begun)

    return await db.transact(work)


async def tell_progress(db: Database, run_id: str, progress: Progress) -> None:
    """Say how far a run is."""
    row = {"run": run_id, "told": msgspec.json.encode(progress).decode()}
    await db.transact(lambda tx: tx.execute(_PROGRESS, row))


async def end_run(db: Database, run_id: str, *, result: msgspec.Struct | None, error: str | None = None) -> None:
    """End a run that is running, with what it came to, or (or besides) why it failed; older ones are forgotten."""

    async def work(tx: Transaction) -> None:
        row = {
            "run": run_id,
            "now": tx.now(),
            "ending": "done" if error is None else "failed",
            "outcome": None if result is None else msgspec.json.encode(result).decode(),
            "reason": error,
        }
        await tx.execute(_END, row)
        ended = await tx.fetch_one(_ONE, {"id": run_id})
        if ended is not None:
            await tx.execute(_FORGET, {"kind": ended["kind"], "kept": KEPT})
        tx.notify(CHANNEL)

    await db.transact(work)


async def take_up_runs(db: Database) -> int:
    """Have what a dead leader was at begun again, a few times at most; how many runs that was. Only for a new leader."""
    reason = f"the process that ran it ended {TRIES} times before it was done; see its log"
    return await db.transact(lambda tx: tx.execute(_TAKE_UP, {"now": tx.now(), "reason": reason}))


async def get_run(db: Database, run_id: str) -> Run | None:
    """One run; None where there is none."""
    row = await db.get(_ONE, {"id": run_id})
    return None if row is None else run_of(row)


async def list_runs(
    db: Database, *, limit: int, kind: Kind | None = None, before: Before | None = None
) -> Sequence[Run]:
    """Runs (of *kind*), newest first."""
    start = before or Before(2**62, "")
    parameters = {"before_at": start.at, "before_id": start.id, "kind": kind, "limit": min(limit, MAX_PAGE)}
    return [run_of(row) for row in await db.read(lambda tx: tx.fetch(_PAGE, parameters))]


def run_of(row: Row) -> Run:
    """The run that *row* holds."""
    return Run(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        options=msgspec.json.decode(row["options"], type=Options),
        asked_by=row["asked_by"],
        requested_at=row["requested_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        attempts=row["attempts"],
        progress=msgspec.json.decode(row["progress"], type=Progress) if row["progress"] else None,
        result=msgspec.Raw(row["result"].encode()) if row["result"] else None,
        error=row["error"],
    )


def _new(kind: Kind, asked_by: str, options: Options, now: int) -> dict[str, Any]:
    empty = dict.fromkeys(("started_at", "finished_at", "progress", "result", "error"))
    return {
        **empty,
        "id": f"{kind}:{timed_id(now)}",
        "kind": kind,
        "state": "waiting",
        "options": msgspec.json.encode(options).decode(),
        "asked_by": asked_by,
        "requested_at": now,
        "attempts": 0,
    }
