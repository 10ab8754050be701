"""Why a difference is no drift: each explanation is a row that a person can look at. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cuelight.repair.verification.view import Circumstances, View, file_of

ORPHAN = "backstage.io/orphan"


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What explanations go by: both views, what is going on in ours, and by file (`url:…`) what is up with its repository.

    `rivals`: see `rebuilding.Rebuilt`.
    """

    expected: View
    actual: View
    rivals: Mapping[str, Mapping[str, Any]]
    circumstances: Circumstances
    files: Mapping[str, str]

    def of_ref(self, ref: str) -> str | None:
        """Why the entity *ref* may differ."""
        around, ours = self.circumstances, self.actual.entities.get(ref)
        files = {file_of(entity) for entity in (ours, self.expected.entities.get(ref)) if entity is not None}
        if ref in around.busy:
            return "it is being processed"
        if ref in around.held:
            return "the deletion brake holds its deletion back, or somebody restored it: see cuelight deletions list"
        if self._is_a_claimants(ref):
            return "several claim it, and one of them has it: see the conflicts"
        if ours is not None and (ref in around.failing or files & around.unreadable):
            return "its last good version is kept, as its file has an error: see the problems"
        if ours is not None and _annotations(ours).get(ORPHAN) == "true":
            return "it is an orphan, kept by configuration"
        return next((self.files[file] for file in sorted(files) if file in self.files), None)

    def _is_a_claimants(self, ref: str) -> bool:
        """Whether several claim *ref*, and it is served as one of them gives it."""
        ours = self.actual.entities.get(ref)
        if ours is None or ref not in self.expected.contested | self.actual.contested:
            return False
        given = (self.expected.entities.get(ref), self.rivals.get(ref))
        return any(each is not None and _unrelated(each) == _unrelated(ours) for each in given)

    def of_file(self, file: str) -> str | None:
        """Why what *file* declares may differ."""
        wanted, found = self.expected.refs.get(file, frozenset()), self.actual.refs.get(file, frozenset())
        if file in self.files:
            return self.files[file]
        if file in self.circumstances.unreadable:
            return "its last good version is kept, as it has an error: see the problems"
        reasons = [self.of_ref(ref) for ref in sorted(wanted ^ found)]
        return reasons[0] if reasons and all(reasons) else None

    def of_relations(self, ref: str, explained: frozenset[str]) -> str | None:
        """Why *ref* may differ, where nothing of it does but its relations to entities that are *explained*."""
        wanted, found = self.expected.entities.get(ref), self.actual.entities.get(ref)
        if wanted is None or found is None or _unrelated(wanted) != _unrelated(found):
            return None
        others = sorted({other for other, _ in _relations(wanted) ^ _relations(found)})
        return f"it has other relations to {others[0]}, which is explained" if explained.issuperset(others) else None


def explained_refs(refs: Iterable[str], grounds: Grounds) -> dict[str, str]:
    """Those of *refs*, whose entities differ, that may, with why."""
    refs = list(refs)
    explained = {ref: reason for ref in refs if (reason := grounds.of_ref(ref))}
    settled = frozenset(explained)
    related = {ref: reason for ref in refs if ref not in settled and (reason := grounds.of_relations(ref, settled))}
    return explained | related


def _annotations(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    return entity["metadata"].get("annotations") or {}


def _relations(entity: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["targetRef"], each["type"]) for each in entity.get("relations") or ()}


def _unrelated(entity: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in entity["metadata"].items() if name not in {"uid", "etag"}}
    return {**entity, "metadata": metadata, "relations": None}
