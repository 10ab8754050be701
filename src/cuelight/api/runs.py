"""Sweeps, scans and verifications: asked for here, done by the leader, followed here. This room never asks a host."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Answer, Call, Query, get, json_answer, post
from cuelight.clock import isoformat
from cuelight.errors import NotFoundError
from cuelight.repair.runs import Before, Kind, Options, Progress, Run, get_run, list_runs, request_run

_BY = "api"


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No options."""


class VerificationRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`repair`: have what differs looked at again, wait for that, and verify again."""

    repair: bool = False


class RunWindow(Window, frozen=True, kw_only=True):
    """Which runs; of any kind, where none is named."""

    kind: Literal["sweep", "scan", "verify"] | None = None


class RunItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run. `state` is waiting, running, done or failed; `error` says why it failed, or what of it did.

    `progress` has what it is at, and `seen` repositories of `of`, where that is known. `result` is there once it ended:
    of a sweep and a scan the counts, of a verification the report (in lists it is left out).
    """

    id: str
    kind: str
    state: str
    repair: bool
    asked_by: str
    requested_at: str
    started_at: str | None
    finished_at: str | None
    attempts: int
    progress: Progress | None
    result: msgspec.Raw | None
    error: str | None


STARTED = Answer(status=202, type=RunItem)


@post("/api/cuelight/v1/sweeps", Query, Nothing, access=Access.OPERATE, answers=STARTED)
async def start_sweep(context: Context, call: Call[Query, Nothing]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Have the heads of all tracked repositories asked for: 202 with the run."""
    return await _started(context, "sweep")


@post("/api/cuelight/v1/scans", Query, Nothing, access=Access.OPERATE, answers=STARTED)
async def start_scan(context: Context, call: Call[Query, Nothing]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Have everything discovered anew: 202 with the run."""
    return await _started(context, "scan")


@post("/api/cuelight/v1/verifications", Query, VerificationRequest, access=Access.OPERATE, answers=STARTED)
async def start_verification(context: Context, call: Call[Query, VerificationRequest]) -> Response:
    """Have the catalog compared with the hosts: 202 with the run."""
    return await _started(context, "verify", Options(repair=call.body.repair))


@get("/api/cuelight/v1/runs", RunWindow, access=Access.READ)
async def runs(context: Context, call: Call[RunWindow, None]) -> ItemList[RunItem]:
    """Runs, newest first, without their results."""
    query = call.query
    found = await list_runs(context.db, limit=query.limit, kind=query.kind, before=read_cursor(query.after, Before))
    return ItemList(items=[_item(_short(each)) for each in found], next_cursor=_cursor(found, query.limit))


@get("/api/cuelight/v1/runs/{id}", Query, access=Access.READ)
async def run(context: Context, call: Call[Query, None]) -> RunItem:
    """One run with what it came to."""
    found = await get_run(context.db, call.path["id"])
    if found is None:
        raise NotFoundError(f"there is no run {call.path['id']}; the newest of each kind are remembered")
    return _item(found)


ENDPOINTS = (start_sweep, start_scan, start_verification, runs, run)


async def _started(context: Context, kind: Kind, options: Options | None = None) -> Response:
    asked = await request_run(context.db, kind, _BY, options)
    headers = {"Location": f"/api/cuelight/v1/runs/{asked.id}"}
    return json_answer(_item(asked), status=202, headers=headers)


def _cursor(found: Sequence[Run], limit: int) -> str | None:
    return write_cursor(Before(found[-1].requested_at, found[-1].id)) if len(found) == limit else None


def _short(found: Run) -> Run:
    return msgspec.structs.replace(found, result=None)


def _item(found: Run) -> RunItem:
    return RunItem(
        id=found.id,
        kind=found.kind,
        state=found.state,
        repair=found.options.repair,
        asked_by=found.asked_by,
        requested_at=isoformat(found.requested_at),
        started_at=_instant(found.started_at),
        finished_at=_instant(found.finished_at),
        attempts=found.attempts,
        progress=found.progress,
        result=found.result,
        error=found.error,
    )


def _instant(at: int | None) -> str | None:
    return None if at is None else isoformat(at)
