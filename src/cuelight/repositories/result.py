"""Writing what a host answered: sources, the catalog's delta, wake-ups, the head and every signal's outcome, together.

The transaction begins with compare-and-set: where the claim is no longer ours, or the head moved under us, nothing is
written, and whoever holds the repository now does the work.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.catalog import Cause
from cuelight.clock import SECOND
from cuelight.db import Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.contents import Content
from cuelight.repositories.delta import Pages, drop_unwanted, pages, tell, tell_of_names, tell_of_wants
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.plan import Kind, Plan
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import DUE, Signal
from cuelight.repositories.stakes import list_again
from cuelight.repositories.statements import (
    DROP_SOURCE,
    END_OLDER_PUSHES,
    END_SIGNALS,
    FINISH,
    HOLD,
    INSERT_RECONCILE,
    KEEP_AS,
    LET_GO,
    MARK_READ,
    OPEN_KINDS,
    PUT_PAGE,
    PUT_SOURCE,
    UNSETTLE,
)
from cuelight.repositories.turns import urgency
from cuelight.repositories.verdicts import Verdict, ending, verdict, waiting

FIRST_LOOK = 2 * SECOND
"""After what time what the host does not show yet is looked at again; each further look waits as long as it is old."""
OLDER: Final = 500
"""Pushes that end with those of a claim which are newer."""
_BEHIND: Final = "more pushes came in than are answered one by one; the host was asked because of newer ones"


class Reconcile(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a repository: what was claimed, what the host answered, and when it began and had answered.

    `applied` are those of the pushes' commits that are the head, or were. Of a difference that was written in parts, `finding`
    has the last, `whole` is all of it, and `held_back` counts what the deletion brake kept in the others.
    """

    id: str
    claim: Claim
    finding: Finding
    applied: frozenset[str]
    started: int
    answered: int
    whole: Plan | None = None
    held_back: int = 0

    @property
    def newest(self) -> Signal | None:
        """The newest of the signals that it answers for."""
        return max(self.claim.signals, key=lambda signal: signal.caused_at, default=None)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a reconcile, and the signals that it put an end to."""

    outcome: str
    ended: Sequence[Signal] = ()


LOST: Final = Written(outcome="superseded")
"""The repository is somebody else's by now: nothing was written."""


class _Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a reconcile ends, under which id, and which signals stay open."""

    id: str
    verdict: Verdict
    open: Sequence[Signal]


async def write_part(tx: Transaction, reconcile: Reconcile, registry: Registry) -> int | None:
    """Write the part of a large difference that *reconcile* has; how many entities the brake held back, None where it is
    somebody else's by now.

    Until the last part was written (`write`), the row says that its sources are between two commits: whoever takes it up
    after a kill looks at the whole tree, and goes on from there.
    """
    claim = reconcile.claim
    if not await _is_ours(tx, claim):
        return None
    await tx.execute(UNSETTLE, {"repository": claim.tracked.id, "claim": claim.id})
    return await _apply(tx, reconcile, registry, _cause(reconcile, tx.now()))


async def write(tx: Transaction, reconcile: Reconcile, registry: Registry) -> Written:
    """Write what *reconcile* found. Nothing is written where the repository is somebody else's by now."""
    claim, finding = reconcile.claim, reconcile.finding
    if not await _is_ours(tx, claim):
        return LOST
    cause = _cause(reconcile, tx.now())
    open_signals = waiting(claim.signals, finding, reconcile.applied, tx.now())
    held_back = reconcile.held_back + await _conclude(tx, reconcile, registry, cause)
    whole = msgspec.structs.replace(finding, plan=reconcile.whole or finding.plan)
    await tell_of_names(tx, claim, whole, cause)
    if finding.granted:
        await list_again(tx, claim.tracked.id, reconcile.started)
    end = _Ending(id=reconcile.id, verdict=verdict(claim.tracked, whole, held_back), open=open_signals)
    await tx.execute(FINISH, _row(reconcile, end, tx.now()))
    await _end_signals(tx, reconcile, end)
    await tx.execute(INSERT_RECONCILE, _record(reconcile, end, tx.now()))
    await _let_go(tx, claim, open_signals)
    ended = [signal for signal in claim.signals if signal not in open_signals]
    return Written(outcome=end.verdict.outcome, ended=ended)


async def _is_ours(tx: Transaction, claim: Claim) -> bool:
    held = await tx.fetch_one(HOLD, {"repository": claim.tracked.id, "claim": claim.id})
    return held is not None and held["head"] == claim.tracked.head


async def _apply(tx: Transaction, reconcile: Reconcile, registry: Registry, cause: Cause) -> int:
    """Sources first, then what the catalog is told of them; how many entities the brake held back."""
    claim, finding = reconcile.claim, reconcile.finding
    if finding.plan is None:
        return 0
    known = pages(claim, finding, registry)
    await _write_sources(tx, reconcile, finding.plan, known, cause)
    return await tell(tx, claim, finding, registry, cause)


async def _conclude(tx: Transaction, reconcile: Reconcile, registry: Registry, cause: Cause) -> int:
    """Apply the last part, or all there is, and see to what is wanted, of which there may be as many as files."""
    claim, finding = reconcile.claim, reconcile.finding
    if finding.plan is None:
        return 0
    files = msgspec.json.encode(sorted(claim.unread)).decode()
    await tx.execute(MARK_READ, {"repository": claim.tracked.id, "files": files, "now": tx.now()})
    await tell_of_wants(tx, claim, finding, cause)
    held_back = await _apply(tx, reconcile, registry, cause)
    await drop_unwanted(tx, claim, finding)
    return held_back


async def _let_go(tx: Transaction, claim: Claim, open_signals: Sequence[Signal]) -> None:
    """End the claim. What came in meanwhile is due now, what waits for the host a little later."""
    now = tx.now()
    later = max((signal.caused_at for signal in open_signals), default=None)
    due = None if later is None else now + max(now - later, FIRST_LOOK)
    known = msgspec.json.encode([signal.id for signal in open_signals]).decode()
    rows = await tx.fetch(OPEN_KINDS, {"repository": claim.tracked.id, "since": 0, "ids": known})
    urgent = urgency([*(row["kind"] for row in rows), *(signal.kind for signal in open_signals)])
    row = {"repository": claim.tracked.id, "claim": claim.id, "due": now if rows else due, "urgency": urgent}
    await tx.execute(LET_GO, row)
    tx.notify(DUE)


async def _write_sources(tx: Transaction, reconcile: Reconcile, plan: Plan, known: Pages, cause: Cause) -> None:
    """Sources as they are from now on, before the catalog hears of them."""
    claim, contents = reconcile.claim, reconcile.finding.contents
    repository = claim.tracked.id
    said = {
        "repository_id": repository,
        "commit_sha": cause.commit,
        "reconcile": cause.reconcile,
        "changed_at": tx.now(),
    }
    rows = [{**_source(path, kind, contents[path]), "page": known.after.get(path)} for path, kind in plan.read.items()]
    rows += [_absent(path) for path in plan.absent]
    await tx.execute_many(PUT_SOURCE, [{**row, **said} for row in rows])
    await tx.execute_many(DROP_SOURCE, [{"repository": repository, "file": path} for path in plan.gone])
    kinds = [{"repository": repository, "file": path, "as_kind": kind} for path, kind in plan.kinds.items()]
    await tx.execute_many(KEEP_AS, kinds)
    moved = {**known.moved, **{path: known.after[path] for path in plan.kinds if path in known.after}}
    pages_ = [{"repository": repository, "file": path, "as_page": page} for path, page in moved.items()]
    await tx.execute_many(PUT_PAGE, pages_)


def _source(path: str, kind: Kind, content: Content) -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "state": "unreadable" if content.reason is not None else "present",
        "reason": content.reason,
        "blob": content.blob,
        "content": content.packed,
    }


def _absent(path: str) -> dict[str, Any]:
    absent = {"path": path, "kind": "wanted", "state": "absent"}
    return {**absent, "reason": None, "blob": None, "content": None, "page": None}


def _cause(reconcile: Reconcile, now: int) -> Cause:
    """The newest signal's cause: rows that a reconcile makes carry it."""
    newest, commit = reconcile.newest, reconcile.finding.commit
    author = commit.author if commit else None
    return Cause(
        id=newest.cause if newest else reconcile.id,
        at=newest.caused_at if newest else now,
        reconcile=reconcile.id,
        commit=commit.sha if commit else None,
        author=(author.login or author.name) if author else None,
    )


def _row(reconcile: Reconcile, end: _Ending, now: int) -> Mapping[str, Any]:
    """What the repository's row becomes. Where nothing is known, what was applied stays."""
    claim, finding = reconcile.claim, reconcile.finding
    repository = finding.repository or claim.tracked.as_repository()
    return {
        "repository": claim.tracked.id,
        "claim": claim.id,
        "host_id": repository.id or None,
        "full_name": repository.full_name,
        "folded_name": repository.full_name.lower(),
        "web_url": repository.web_url,
        "default_branch": repository.default_branch,
        "visibility": repository.visibility,
        "by_reconcile": end.id,
        **_state(reconcile, end.verdict, now),
    }


def _state(reconcile: Reconcile, end: Verdict, now: int) -> Mapping[str, Any]:
    """Where the row stands: at the commit that was found, at none, or where it stood."""
    tracked, finding = reconcile.claim.tracked, reconcile.finding
    if finding.commit is not None:
        proof = (
            {"proven": finding.commit.sha, "commits": 0, "confirmed_at": now}
            if finding.proven
            else {"proven": tracked.proven, "commits": finding.commits, "confirmed_at": None}
        )
        return {
            "status": "tracked",
            "reason": None,
            "branch": finding.branch,
            "head": finding.commit.sha,
            "digest": finding.digest,
            **proof,
        }
    if finding.kept is None:
        nothing = dict.fromkeys(("head", "digest", "proven", "commits", "confirmed_at"))
        status = "excluded" if finding.excluded else "gone"
        return {**nothing, "status": status, "reason": end.reason, "branch": finding.branch or tracked.branch}
    kept = {name: getattr(tracked, name) for name in ("status", "branch", "head", "digest", "proven", "commits")}
    return {**kept, "reason": end.reason, "confirmed_at": None}


async def _end_signals(tx: Transaction, reconcile: Reconcile, end: _Ending) -> None:
    """Those that end alike end in one statement: there may be hundreds."""
    claim = reconcile.claim
    alike: dict[Verdict, list[str]] = defaultdict(list)
    for signal in claim.signals:
        if signal not in end.open:
            alike[ending(signal, reconcile.finding, end.verdict, tx.now())].append(signal.id)
    said = {"repository": claim.tracked.id, "reconcile": end.id, "finished_at": tx.now()}
    rows = [
        {**said, "ids": msgspec.json.encode(ids).decode(), **msgspec.structs.asdict(each)}
        for each, ids in alike.items()
    ]
    await tx.execute_many(END_SIGNALS, rows)
    if claim.since and any(signal.kind == "push" for signal in claim.signals):
        row = {**said, "before": claim.since, "limit": OLDER, "outcome": "superseded", "reason": _BEHIND}
        await tx.execute(END_OLDER_PUSHES, row)


def _record(reconcile: Reconcile, end: _Ending, now: int) -> Mapping[str, Any]:
    newest, commit = reconcile.newest, reconcile.finding.commit
    return {
        "id": end.id,
        "repository_id": reconcile.claim.tracked.id,
        "cause": newest.cause if newest else None,
        "before_sha": reconcile.claim.tracked.head,
        "after_sha": commit.sha if commit else None,
        "outcome": end.verdict.outcome,
        "reason": end.verdict.reason,
        "started_at": reconcile.started,
        "finished_at": now,
        "host_time": reconcile.answered - reconcile.started,
    }
