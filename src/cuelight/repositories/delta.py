"""Telling the catalog what a reconcile found: descriptors that came and went, and files that changed."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence

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
from cuelight.db import Transaction
from cuelight.repositories.claims import Claim
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.plan import Plan, matching
from cuelight.repositories.registry import Registry, Spelling
from cuelight.repositories.statements import BY_NAME, DROP_WANTS, SOURCES_OF, TAKEN_OVER, WANTS_OF

LOOKED_AT = 5_000
"""Wanted paths, at most, of which one reconcile asks whether an entity still names them."""


async def tell(tx: Transaction, claim: Claim, finding: Finding, registry: Registry, cause: Cause) -> int:
    """Have the catalog follow *finding*, which has a plan; how many entities the deletion brake keeps from going."""
    assert finding.plan is not None  # noqa: S101 -- the caller looked
    await refresh(tx, _keys(claim, finding, finding.plan), cause)  # first: what is due may take over what is let go of
    if registry.provider(claim.tracked.provider) is None:
        return 0
    announced = max(finding.plan.announced, *(signal.hint.announced for signal in claim.signals), 0)
    return await _apply(tx, claim, pages(claim, finding, registry), cause, announced)


async def tell_of_wants(tx: Transaction, claim: Claim, finding: Finding, cause: Cause) -> None:
    """Wake who named files that were never looked up, or asks about all that were; once a reconcile, before `tell`."""
    names = set(claim.unread)
    if claim.tracked.head is None:
        names.update(claim.globs)
    if any(signal.kind == "wanted" for signal in claim.signals):
        names.update(claim.wanted)
    await refresh(tx, sorted(_keys_of(names, spellings(claim, finding))), cause)


async def tell_of_names(tx: Transaction, claim: Claim, finding: Finding, cause: Cause) -> None:
    """Wake who asked for files that will not come, and who asked for what has another name, or another branch, by now.

    *finding* has all that differs. What went is another's to answer for, where one bears the name by now.
    """
    tracked = claim.tracked
    both = [*spellings(claim, finding), _by_name(claim)]
    touched = finding.plan.touched if finding.plan else ()
    keys: set[str] = set()
    if finding.commit is None:
        keys |= _keys_of([*claim.wanted, *touched], both)
    if finding.commit is not None and _address(claim, finding) != _old_address(claim):
        keys |= _keys_of([*await _paths(tx, tracked.id), *touched], both)
    if finding.commit is not None and tracked.head is None:
        keys |= _keys_of(await _wanted_by_name(tx, claim, finding), spellings(claim, finding))
    await refresh(tx, sorted(keys), cause)


def _address(claim: Claim, finding: Finding) -> tuple[str | None, ...]:
    """By what the files of the branch are named."""
    repository = finding.repository or claim.tracked.as_repository()
    return (repository.full_name, finding.branch, repository.default_branch)


def _old_address(claim: Claim) -> tuple[str | None, ...]:
    tracked = claim.tracked
    return (tracked.full_name, tracked.branch, tracked.default_branch)


def _by_name(claim: Claim) -> Spelling:
    """By which names the row was known until now."""
    tracked = claim.tracked
    refs = tuple({tracked.branch, tracked.default_branch, None})
    return Spelling(host=tracked.host, full_name=tracked.full_name, refs=refs)


def _keys_of(paths: Iterable[str], named: Iterable[Spelling]) -> set[str]:
    spelled = list(named)
    return {key for path in paths for each in spelled for key in each.keys(path)}


async def _paths(tx: Transaction, repository: str) -> set[str]:
    """Every path that is held of *repository*, or that an entity named in it."""
    one = {"ids": msgspec.json.encode([repository]).decode()}
    held, wants = await tx.fetch(SOURCES_OF, one), await tx.fetch(WANTS_OF, one)
    return {row["path"] for row in (*held, *wants)}


async def _wanted_by_name(tx: Transaction, claim: Claim, finding: Finding) -> set[str]:
    """What was asked of other rows by the name that this one has: of one that is gone, it is this one's to answer."""
    name = (finding.repository or claim.tracked.as_repository()).full_name
    rows = await tx.fetch(BY_NAME, {"host": claim.tracked.host, "name": name.lower()})
    others = [row["id"] for row in rows if row["id"] != claim.tracked.id]
    wants = await tx.fetch(WANTS_OF, {"ids": msgspec.json.encode(others).decode()}) if others else []
    return {row["path"] for row in wants}


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """The pages of descriptors, by path: until now, and from now on."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def moved(self) -> Mapping[str, str]:
        """The descriptors that stay, and have another page from now on."""
        return {path: page for path, page in self.after.items() if self.before.get(path, page) != page}


def pages(claim: Claim, finding: Finding, registry: Registry) -> Pages:
    """The pages of the descriptors of the plan of *finding*: a renamed repository or branch gives them new ones."""
    tracked, repository, plan = claim.tracked, finding.repository, finding.plan
    urls = registry.urls(tracked.host)
    assert plan is not None  # noqa: S101 -- the caller looked
    branch = tracked.branch or finding.branch or ""
    before = {path: page or urls.blob(tracked.web_url, branch, path) for path, page in plan.before.items()}
    if repository is None or finding.branch is None:
        return Pages(before=before, after={})
    after = {path: urls.blob(repository.web_url, finding.branch, path) for path in plan.after}
    return Pages(before=before, after=after)


async def _apply(tx: Transaction, claim: Claim, known: Pages, cause: Cause, announced: int) -> int:
    provider = claim.tracked.provider
    before, after = set(known.before.values()), set(known.after.values())
    lost = before - after
    lost -= await _taken_over(tx, claim, lost)
    added = [_deferred(provider, page) for page in sorted(after - before)]
    removed = [location_ref(_location(page)) for page in sorted(lost)]
    if not added and not removed:
        return 0
    applied = await apply(tx, provider, added, removed, cause, announced=announced)
    return applied.held


async def _taken_over(tx: Transaction, claim: Claim, lost: Collection[str]) -> set[str]:
    """Those of the pages *lost* that are another repository's by now, which took over the name that this one had."""
    if not lost:
        return set()
    parameters = {
        "pages": msgspec.json.encode(sorted(lost)).decode(),
        "repository": claim.tracked.id,
        "provider": claim.tracked.provider,
    }
    return {row["page"] for row in await tx.fetch(TAKEN_OVER, parameters)}


def _location(page: str) -> StaticLocation:
    return StaticLocation(type="url", target=page)


def _deferred(provider: str, page: str) -> Deferred:
    return Deferred(entity=location_entity(_location(page), presence="optional"), location_key=provider)


def spellings(claim: Claim, finding: Finding) -> Sequence[Spelling]:
    """Under which names entities know the files of this branch from now on: its own, and that by which it was asked for."""
    tracked, repository = claim.tracked, finding.repository
    name = repository.full_name if repository else tracked.full_name
    branch = finding.branch or tracked.branch
    default = repository is None or branch == repository.default_branch
    refs = (branch, None) if default else (branch,)
    return [
        Spelling(host=tracked.host, full_name=each, refs=refs)
        for each in dict.fromkeys([name.lower(), tracked.asked_name or name.lower()])
    ]


def _keys(claim: Claim, finding: Finding, plan: Plan) -> list[str]:
    """The refresh keys of everything that differs, and of the globs that stand for some of it."""
    touched = plan.touched
    globs = [pattern for pattern in claim.globs if matching(touched, pattern)]
    return sorted(_keys_of({*touched, *globs}, spellings(claim, finding)))


async def drop_unwanted(tx: Transaction, claim: Claim, finding: Finding) -> None:
    """Forget paths that no entity names any more; the next reconcile lets their sources go. Of very many, some are looked at."""
    if not claim.wanted or claim.unread or any(signal.kind == "wanted" for signal in claim.signals):
        return
    named = spellings(claim, finding)
    some = claim.wanted if len(claim.wanted) <= LOOKED_AT else random.sample(claim.wanted, LOOKED_AT)
    keys = {path: _keys_of([path], named) for path in some}
    used = await keys_in_use(tx, sorted(set().union(*keys.values())))
    unwanted = [path for path, spelled in keys.items() if not used.intersection(spelled)]
    files = msgspec.json.encode(unwanted).decode()
    await tx.execute(DROP_WANTS, {"repository": claim.tracked.id, "files": files})
