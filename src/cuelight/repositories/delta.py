"""Telling the catalog what a reconcile found: descriptors that came and went, and files that changed."""

from collections.abc import Collection, Mapping, Sequence

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
from cuelight.repositories.plan import Plan, is_glob
from cuelight.repositories.registry import Registry, Spelling
from cuelight.repositories.statements import DROP_WANT, TAKEN_OVER, WANTS_OF
from cuelight.scm import Globs


async def tell(tx: Transaction, claim: Claim, finding: Finding, registry: Registry, cause: Cause) -> int:
    """Have the catalog follow *finding*, which has a plan; how many entities the deletion brake keeps from going."""
    assert finding.plan is not None  # noqa: S101 -- the caller looked
    await refresh(tx, _keys(claim, finding, finding.plan), cause)  # first: what is due may take over what is let go of
    held_back = 0
    if registry.provider(claim.tracked.provider) is not None:
        held_back = await _apply(tx, claim, pages(claim, finding, registry), cause)
    await _drop_unwanted(tx, claim, finding)
    return held_back


async def tell_of_names(tx: Transaction, claim: Claim, finding: Finding, cause: Cause) -> None:
    """Wake who asked for files that will not come, and who asked under a name that the repository has no longer."""
    if finding.kept is not None or finding.excluded is not None or finding.gone is not None:
        await refresh(tx, _wanted_keys(claim, finding), cause)
    if finding.repository is not None and finding.repository.full_name != claim.tracked.full_name:
        await refresh(tx, await _old_keys(tx, claim, finding), cause)


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


async def _apply(tx: Transaction, claim: Claim, known: Pages, cause: Cause) -> int:
    provider = claim.tracked.provider
    before, after = set(known.before.values()), set(known.after.values())
    lost = before - after
    lost -= await _taken_over(tx, claim, lost)
    added = [_deferred(provider, page) for page in sorted(after - before)]
    removed = [location_ref(_location(page)) for page in sorted(lost)]
    if not added and not removed:
        return 0
    announced = max((signal.hint.announced for signal in claim.signals), default=0)
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


def spelling(claim: Claim, finding: Finding) -> Spelling:
    """Under which names entities know the files of this branch from now on."""
    repository = finding.repository
    name = repository.full_name if repository else claim.tracked.full_name
    branch = finding.branch or claim.tracked.branch
    default = repository is None or branch == repository.default_branch
    return Spelling(host=claim.tracked.host, full_name=name, refs=(branch, None) if default else (branch,))


def _keys(claim: Claim, finding: Finding, plan: Plan) -> list[str]:
    """The refresh keys of everything that differs, and of the globs that stand for some of it."""
    names = set(plan.touched)
    for pattern in filter(is_glob, claim.wanted):
        globs = Globs((pattern,))
        if claim.tracked.head is None or any(globs.matches(path) for path in plan.touched):
            names.add(pattern)
    if any(signal.kind == "wanted" for signal in claim.signals):
        names.update(claim.wanted)
    named = spelling(claim, finding)
    return sorted({key for name in names for key in named.keys(name)})


def _wanted_keys(claim: Claim, finding: Finding) -> list[str]:
    """The refresh keys of everything that is wanted, under every name that the repository may be asked by."""
    tracked = claim.tracked
    by_name = Spelling(host=tracked.host, full_name=tracked.full_name, refs=(tracked.branch, None))
    return sorted(
        {key for path in claim.wanted for named in (by_name, spelling(claim, finding)) for key in named.keys(path)}
    )


async def _old_keys(tx: Transaction, claim: Claim, finding: Finding) -> list[str]:
    """The refresh keys, under the name that the row had, of all that was asked of it: whoever asked meant another now."""
    tracked = claim.tracked
    named = Spelling(host=tracked.host, full_name=tracked.full_name, refs=tuple({tracked.branch, finding.branch, None}))
    wants = await tx.fetch(WANTS_OF, {"ids": msgspec.json.encode([tracked.id]).decode()})
    return sorted({key for want in wants for key in named.keys(want["path"])})


async def _drop_unwanted(tx: Transaction, claim: Claim, finding: Finding) -> None:
    """Forget paths that no entity names any more; the next reconcile lets their sources go."""
    if not claim.wanted or any(signal.kind == "wanted" for signal in claim.signals):
        return
    named = spelling(claim, finding)
    keys = {path: named.keys(path) for path in claim.wanted}
    used = await keys_in_use(tx, [key for spelled in keys.values() for key in spelled])
    unwanted: Sequence[str] = [path for path, spelled in keys.items() if not used.intersection(spelled)]
    await tx.execute_many(DROP_WANT, [{"repository": claim.tracked.id, "file": path} for path in unwanted])
