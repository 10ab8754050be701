"""Writing what a host answered: sources, the catalog's delta, wake-ups, the head and every signal's outcome, together.

The transaction begins with compare-and-set: where the claim is no longer ours, or the head moved under us, nothing is
written, and whoever holds the repository now does the work.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from cuelight.catalog import (
    Cause,
    Deferred,
    StaticLocation,
    apply,
    keys_in_use,
    location_entity,
    location_ref,
    refresh,
)
from cuelight.clock import SECOND, timed_id
from cuelight.db import Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Content, Finding
from cuelight.repositories.plan import Plan, is_glob
from cuelight.repositories.registry import Registry, Spelling
from cuelight.repositories.signals import DUE, Outcome, Signal
from cuelight.repositories.statements import (
    APPLIED_BEFORE,
    DROP_SOURCE,
    DROP_WANT,
    END_SIGNAL,
    FINISH,
    HOLD,
    INSERT_RECONCILE,
    KEEP_AS,
    LET_GO,
    MARK_READ,
    PUT_SOURCE,
    WANTS_OF,
)
from cuelight.repositories.tracked import Tracked
from cuelight.scm import Globs

PATIENCE = 60 * SECOND
"""For how long a push is believed whose commit the host does not show yet: its replicas may lag."""
FIRST_LOOK = 2 * SECOND
"""After what time such a push is looked at again; each further look waits as long as it is old."""


class Reconcile(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a repository: what was claimed, what the host answered, and when it began and had answered."""

    claim: Claim
    finding: Finding
    started: int
    answered: int

    @property
    def newest(self) -> Signal | None:
        """The newest of the signals that it answers for."""
        return max(self.claim.signals, key=lambda signal: signal.caused_at, default=None)


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a reconcile and its signals end."""

    outcome: Outcome
    reason: str


async def write(tx: Transaction, reconcile: Reconcile, registry: Registry) -> str:
    """Write what *reconcile* found; its outcome. Nothing is written where the repository is somebody else's by now."""
    claim, finding = reconcile.claim, reconcile.finding
    held = await tx.fetch_one(HOLD, {"repository": claim.tracked.id, "claim": claim.id})
    if held is None or held["head"] != claim.tracked.head:
        return "superseded"
    reconcile_id = timed_id(tx.now())
    verdict = _verdict(claim.tracked, finding)
    cause = _cause(reconcile, reconcile_id, tx.now())
    if finding.plan is not None:
        await _apply(tx, claim, finding, registry, cause)
    elif verdict.outcome in {"kept", "excluded"}:
        await refresh(tx, _wanted_keys(claim, finding), cause)  # who waits for a file learns that it will not come
    if finding.repository is not None and finding.repository.full_name != claim.tracked.full_name:
        await refresh(tx, await _old_keys(tx, claim, finding), cause)
    await tx.execute(FINISH, _row(reconcile, verdict, reconcile_id, tx.now()))
    waiting = await _waiting(tx, claim, finding)
    await _end_signals(tx, reconcile, verdict, reconcile_id, waiting)
    await tx.execute(INSERT_RECONCILE, _record(reconcile, verdict, reconcile_id, tx.now()))
    await _let_go(tx, claim, waiting)
    return verdict.outcome


async def _waiting(tx: Transaction, claim: Claim, finding: Finding) -> Signal | None:
    """The newest push, where it is young and its commit is neither the head that the host shows nor one applied before.

    A host's replica may lag behind its webhook. Older pushes are behind the newest, whatever became of them; what the
    filters leave out is not waited for.
    """
    if finding.excluded is not None:
        return None
    pushes = [signal for signal in claim.signals if signal.kind == "push"]
    newest = max(pushes, key=lambda signal: signal.caused_at, default=None)
    shown = {None, claim.tracked.head, finding.commit.sha if finding.commit else None}
    last_shown = max((signal.caused_at for signal in pushes if signal.after in shown), default=0)
    if newest is None or newest.caused_at <= last_shown or tx.now() - newest.caused_at >= PATIENCE:
        return None
    row = await tx.fetch_one(APPLIED_BEFORE, {"repository": claim.tracked.id, "commit": newest.after})
    return newest if row is None else None


async def _let_go(tx: Transaction, claim: Claim, waiting: Signal | None) -> None:
    """End the claim. What came in meanwhile is due now, what waits for the host a little later."""
    now = tx.now()
    row = {
        "repository": claim.tracked.id,
        "claim": claim.id,
        "now": now,
        "later": now + max(now - waiting.caused_at, FIRST_LOOK) if waiting else None,
        "waiting": waiting.id if waiting else "",
    }
    await tx.execute(LET_GO, row)
    tx.notify(DUE)


async def _apply(tx: Transaction, claim: Claim, finding: Finding, registry: Registry, cause: Cause) -> None:
    """Sources first, then what the catalog is told of them."""
    plan = finding.plan
    assert plan is not None  # noqa: S101 -- the caller looked
    await _write_sources(tx, claim.tracked.id, finding, plan, cause)
    marks = [{"repository": claim.tracked.id, "file": path, "now": tx.now()} for path in claim.wanted]
    await tx.execute_many(MARK_READ, marks)
    provider = claim.tracked.provider
    if registry.provider(provider) is not None:
        before, after = _pages(claim, finding, plan, registry)
        added = [_deferred(provider, page) for page in sorted(after - before)]
        removed = [location_ref(_location(page)) for page in sorted(before - after)]
        if added or removed:
            await apply(tx, provider, added, removed, cause)
    await refresh(tx, _keys(claim, finding, plan), cause)
    await _drop_unwanted(tx, claim, _spelling(claim, finding))


def _pages(claim: Claim, finding: Finding, plan: Plan, registry: Registry) -> tuple[set[str], set[str]]:
    """The pages of the descriptors until now, and from now on: a renamed repository or branch gives them new ones."""
    tracked, repository = claim.tracked, finding.repository
    urls = registry.urls(tracked.host)
    assert repository is not None  # noqa: S101 -- a plan has both
    assert finding.branch is not None  # noqa: S101
    after = {urls.blob(repository.web_url, finding.branch, path) for path in plan.after}
    before = {urls.blob(tracked.web_url, tracked.branch or finding.branch, path) for path in plan.before}
    return before, after


async def _write_sources(tx: Transaction, repository: str, finding: Finding, plan: Plan, cause: Cause) -> None:
    said = {
        "repository_id": repository,
        "commit_sha": cause.commit,
        "reconcile": cause.reconcile,
        "changed_at": tx.now(),
    }
    rows = [_source(path, kind, finding.contents[path]) for path, kind in plan.read.items()]
    rows += [_absent(path) for path in plan.absent]
    await tx.execute_many(PUT_SOURCE, [{**row, **said} for row in rows])
    await tx.execute_many(DROP_SOURCE, [{"repository": repository, "file": path} for path in plan.gone])
    kinds = [{"repository": repository, "file": path, "as_kind": kind} for path, kind in plan.kinds.items()]
    await tx.execute_many(KEEP_AS, kinds)


def _source(path: str, kind: str, content: Content) -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "state": "present" if content.packed is not None else "unreadable",
        "reason": content.reason,
        "blob": content.blob,
        "content": content.packed,
    }


def _absent(path: str) -> dict[str, Any]:
    return {"path": path, "kind": "wanted", "state": "absent", "reason": None, "blob": None, "content": None}


def _location(page: str) -> StaticLocation:
    return StaticLocation(type="url", target=page)


def _deferred(provider: str, page: str) -> Deferred:
    return Deferred(entity=location_entity(_location(page), presence="optional"), location_key=provider)


def _spelling(claim: Claim, finding: Finding) -> Spelling:
    repository = finding.repository
    name = repository.full_name if repository else claim.tracked.full_name
    default = repository is None or finding.branch == repository.default_branch
    return Spelling(
        host=claim.tracked.host, full_name=name, refs=(finding.branch, None) if default else (finding.branch,)
    )


def _keys(claim: Claim, finding: Finding, plan: Plan) -> list[str]:
    """The refresh keys of everything that differs, and of the globs that stand for some of it."""
    spelling = _spelling(claim, finding)
    touched = plan.touched
    names = set(touched)
    for pattern in filter(is_glob, claim.wanted):
        globs = Globs((pattern,))
        if claim.tracked.head is None or any(globs.matches(path) for path in touched):
            names.add(pattern)
    if any(signal.kind == "wanted" for signal in claim.signals):
        names.update(claim.wanted)
    return sorted({key for name in names for key in spelling.keys(name)})


def _wanted_keys(claim: Claim, finding: Finding) -> list[str]:
    """The refresh keys of everything that entities name in this repository."""
    tracked = claim.tracked
    by_name = Spelling(host=tracked.host, full_name=tracked.full_name, refs=(tracked.branch, None))
    return sorted(
        {
            key
            for path in claim.wanted
            for spelling in (by_name, _spelling(claim, finding))
            for key in spelling.keys(path)
        }
    )


async def _old_keys(tx: Transaction, claim: Claim, finding: Finding) -> list[str]:
    """The refresh keys, under the name that the row had, of all that was asked of it: whoever asked meant another now."""
    tracked = claim.tracked
    spelling = Spelling(
        host=tracked.host, full_name=tracked.full_name, refs=tuple({tracked.branch, finding.branch, None})
    )
    wants = await tx.fetch(WANTS_OF, {"ids": msgspec.json.encode([tracked.id]).decode()})
    return sorted({key for want in wants for key in spelling.keys(want["path"])})


async def _drop_unwanted(tx: Transaction, claim: Claim, spelling: Spelling) -> None:
    """Forget paths that no entity names any more; the next reconcile lets their sources go."""
    if not claim.wanted or any(signal.kind == "wanted" for signal in claim.signals):
        return
    keys = {path: spelling.keys(path) for path in claim.wanted}
    used = await keys_in_use(tx, [key for spelled in keys.values() for key in spelled])
    unwanted = [path for path, spelled in keys.items() if not used.intersection(spelled)]
    await tx.execute_many(DROP_WANT, [{"repository": claim.tracked.id, "file": path} for path in unwanted])


def _verdict(tracked: Tracked, finding: Finding) -> _Verdict:
    if finding.kept is not None:
        return _Verdict(outcome="kept", reason=finding.kept)
    if finding.excluded is not None:
        stays = "; what came from it stays" if tracked.head else ""
        return _Verdict(outcome="excluded", reason=f"{finding.excluded}{stays}")
    head = finding.commit.sha if finding.commit else ""
    if finding.plan is None:
        return _Verdict(outcome="confirmed", reason=f"the host's head is {head}, which is applied")
    return _Verdict(outcome="applied", reason=f"applied {head}: {_count(finding.plan)}")


def _count(plan: Plan) -> str:
    read = sum(kind == "descriptor" for kind in plan.read.values())
    gone = set(plan.before) - set(plan.after)
    words = [
        f"{read} descriptors read" if read != 1 else "1 descriptor read",
        f"{len(gone)} gone" if gone else "",
        f"{len(plan.read) - read} other files read" if len(plan.read) > read else "",
    ]
    return ", ".join(word for word in words if word)


def _cause(reconcile: Reconcile, reconcile_id: str, now: int) -> Cause:
    """The newest signal's cause: rows that a reconcile makes carry it."""
    newest, commit = reconcile.newest, reconcile.finding.commit
    author = commit.author if commit else None
    return Cause(
        id=newest.cause if newest else reconcile_id,
        at=newest.caused_at if newest else now,
        reconcile=reconcile_id,
        commit=commit.sha if commit else None,
        author=(author.login or author.name) if author else None,
    )


def _row(reconcile: Reconcile, verdict: _Verdict, reconcile_id: str, now: int) -> Mapping[str, Any]:
    """What the repository's row becomes. Where nothing is known, what was applied stays."""
    claim, finding = reconcile.claim, reconcile.finding
    tracked, repository, commit = claim.tracked, finding.repository, finding.commit
    name = repository.full_name if repository else tracked.full_name
    applied = commit is not None
    return {
        "repository": tracked.id,
        "claim": claim.id,
        "host_id": repository.id if repository else tracked.host_id,
        "full_name": name,
        "folded_name": name.lower(),
        "web_url": repository.web_url if repository else tracked.web_url,
        "default_branch": repository.default_branch if repository else tracked.default_branch,
        "branch": finding.branch if applied else tracked.branch,
        "status": "tracked" if applied else ("excluded" if finding.excluded and not tracked.head else tracked.status),
        "reason": None if applied else verdict.reason,
        "head": commit.sha if commit else tracked.head,
        "digest": finding.digest if applied else tracked.digest,
        "confirmed_at": now if applied else None,
        "by_reconcile": reconcile_id,
    }


async def _end_signals(
    tx: Transaction, reconcile: Reconcile, verdict: _Verdict, reconcile_id: str, waiting: Signal | None
) -> None:
    claim = reconcile.claim
    rows = [
        {
            "signal": signal.id,
            "repository": claim.tracked.id,
            "reconcile": reconcile_id,
            "finished_at": tx.now(),
            **_ending(signal, reconcile.finding, verdict, tx.now()),
        }
        for signal in claim.signals
        if signal is not waiting
    ]
    await tx.execute_many(END_SIGNAL, rows)


def _ending(signal: Signal, finding: Finding, verdict: _Verdict, now: int) -> Mapping[str, str]:
    """How *signal* ends: as its reconcile, or as superseded where the commit that it says never showed."""
    head = finding.commit.sha if finding.commit else None
    late = now - signal.caused_at >= PATIENCE
    if verdict.outcome == "confirmed" and signal.after not in {None, head} and late:
        reason = f"the host's head is {head}; {signal.after}, which this push says, did not show within a minute"
        return {"outcome": "superseded", "reason": reason}
    return {"outcome": verdict.outcome, "reason": verdict.reason}


def _record(reconcile: Reconcile, verdict: _Verdict, reconcile_id: str, now: int) -> Mapping[str, Any]:
    newest, commit = reconcile.newest, reconcile.finding.commit
    return {
        "id": reconcile_id,
        "repository_id": reconcile.claim.tracked.id,
        "cause": newest.cause if newest else None,
        "before_sha": reconcile.claim.tracked.head,
        "after_sha": commit.sha if commit else None,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "started_at": reconcile.started,
        "finished_at": now,
        "host_time": reconcile.answered - reconcile.started,
    }
