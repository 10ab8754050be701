"""How reconciles end: the row that each was about, its signals, its record, and the claim, which is let go of.

Those that are written together end together: each kind of row is one statement, or one for all of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.clock import SECOND
from cuelight.db import Reading, Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.plan import Plan
from cuelight.repositories.signals import DUE, Signal
from cuelight.repositories.statements import (
    END_OLDER_PUSHES,
    END_SIGNAL,
    FINISH,
    INSERT_RECONCILE,
    OPEN_KINDS,
    OPEN_KINDS_OF,
)
from cuelight.repositories.turns import urgency
from cuelight.repositories.verdicts import Verdict, ending

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


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a reconcile ends, and which of its signals stay open."""

    reconcile: Reconcile
    verdict: Verdict
    open: Sequence[Signal]

    @property
    def claim(self) -> Claim:
        """What ends with it."""
        return self.reconcile.claim

    @property
    def repository(self) -> str:
        """The id of the row that it is about."""
        return self.claim.tracked.id

    @property
    def ended(self) -> Sequence[Signal]:
        """The signals that it puts an end to."""
        return [signal for signal in self.claim.signals if signal not in self.open]


async def end(tx: Transaction, endings: Sequence[Ending]) -> None:
    """Write *endings*, each of another repository.

    It takes turns with whoever notes a signal: one noted between the look for such and the end would wait for ever.
    """
    await _end_signals(tx, endings)
    await tx.execute_many(INSERT_RECONCILE, [_record(each, tx.now()) for each in endings])
    fresh = await _fresh(tx, endings)
    rows = [_row(each, tx.now()) | _free(each, fresh.get(each.repository, ()), tx.now()) for each in endings]
    await tx.execute_many(FINISH, rows)
    tx.notify(DUE)


async def _end_signals(tx: Transaction, endings: Sequence[Ending]) -> None:
    rows = [row for each in endings for row in _ended(each, tx.now())]
    await tx.execute_many(END_SIGNAL, rows)
    for each in endings:
        claim = each.claim
        if claim.since and any(signal.kind == "push" for signal in claim.signals):
            said = {**_said(each, tx.now()), "outcome": "superseded", "reason": _BEHIND}
            await tx.execute(END_OLDER_PUSHES, {**said, "before": claim.since, "limit": OLDER})


def _ended(end: Ending, now: int) -> Iterator[dict[str, Any]]:
    """How each of the signals ended."""
    said = _said(end, now)
    for signal in end.ended:
        verdict = ending(signal, end.reconcile.finding, end.verdict, now)
        yield {**said, "signal": signal.id, "outcome": verdict.outcome, "reason": verdict.reason}


def _said(end: Ending, now: int) -> dict[str, Any]:
    return {"repository": end.repository, "reconcile": end.reconcile.id, "finished_at": now}


async def _fresh(tx: Reading, endings: Sequence[Ending]) -> Mapping[str, Collection[str]]:
    """By repository the kinds of the signals that came in meanwhile: all that wait, where none stays open."""
    found: dict[str, list[str]] = defaultdict(list)
    ids = msgspec.json.encode([each.repository for each in endings if not each.open]).decode()
    for row in await tx.fetch(OPEN_KINDS_OF, {"ids": ids}):
        found[row["repository_id"]].append(row["kind"])
    for each in endings:
        if each.open:
            known = msgspec.json.encode([signal.id for signal in each.open]).decode()
            rows = await tx.fetch(OPEN_KINDS, {"repository": each.repository, "since": 0, "ids": known})
            found[each.repository] = [row["kind"] for row in rows]
    return found


def _free(end: Ending, fresh: Collection[str], now: int) -> dict[str, Any]:
    """When the row is due: because of *fresh* signals, which came in meanwhile, now; of those that stay open a little later."""
    later = max((signal.caused_at for signal in end.open), default=None)
    due = None if later is None else now + max(now - later, FIRST_LOOK)
    urgent = urgency([*fresh, *(signal.kind for signal in end.open)])
    return {"due": now if fresh else due, "urgency": urgent}


def _row(end: Ending, now: int) -> dict[str, Any]:
    """What the repository's row becomes. Where nothing is known, what was applied stays."""
    claim, finding = end.claim, end.reconcile.finding
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
        "by_reconcile": end.reconcile.id,
        **_state(end.reconcile, end.verdict, now),
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


def _record(end: Ending, now: int) -> Mapping[str, Any]:
    reconcile = end.reconcile
    newest, commit = reconcile.newest, reconcile.finding.commit
    return {
        "id": reconcile.id,
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
