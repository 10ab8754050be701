"""The differences between what the hosts show and what is held, as items that a person understands. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cuelight.repair.comparison import Drift, Picture, compare, digest
from cuelight.repair.picture import branch_key
from cuelight.repair.verification.explanations import Grounds, explained_refs
from cuelight.repair.verification.holdings import Holding
from cuelight.repair.verification.rebuilding import Rebuilt
from cuelight.repair.verification.report import Item
from cuelight.repair.verification.sight import Sight
from cuelight.repair.verification.view import View


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found out: what the hosts show, what is made of that, what is held, and what that is served as."""

    sights: Sequence[Sight]
    rebuilt: Rebuilt
    held: Mapping[str, Holding]
    served: View

    @property
    def known(self) -> frozenset[str]:
        """The keys of the sights that say something, and of what is held of their repositories."""
        held = {sight.target.holding.key for sight in self._said() if sight.target.holding}
        return frozenset(held | {sight.key for sight in self._said()})

    def expected(self) -> Picture:
        """What should be."""
        seen = [sight for sight in self._said() if sight.head is not None]
        return Picture(
            heads={sight.key: sight.head for sight in seen if sight.head is not None},
            sources={sight.key: sight.blobs for sight in seen},
            refs=self.rebuilt.view.refs,
            entities=self.rebuilt.view.entities,
        )

    def actual(self) -> Picture:
        """What is."""
        held = [holding for holding in self.held.values() if holding.key in self.known]
        return Picture(
            heads={holding.key: holding.tracked.head for holding in held if holding.tracked.head is not None},
            sources={holding.key: holding.blobs for holding in held},
            refs=self.served.refs,
            entities=self.served.entities,
        )

    def digest(self) -> str:
        """The digest of what should be, as a scan from empty would make it; of what is unknown, as it is held."""
        heads, sources = {}, {}
        for sight in self.sights:
            held = sight.target.holding
            head = sight.head or (held.tracked.head if held and sight.state == "unknown" else None)
            branch = sight.branch or (held.tracked.branch if held else None)
            by_location = held is not None and held.by_location
            if head is not None and not by_location:
                host_id = sight.repository.id if sight.repository else sight.target.repository_id
                key = branch_key(sight.target.host, host_id or "", branch or "")
                heads[key] = head
                sources[key] = self.rebuilt.descriptors.get(sight.key, {})
        return digest(Picture(heads=heads, sources=sources, entities=self.rebuilt.view.entities))

    def _said(self) -> Iterable[Sight]:
        unread = {sight.key for sight in self.rebuilt.unknown}
        return (sight for sight in self.sights if sight.state != "unknown" and sight.key not in unread)


def items(facts: Facts, grounds: Grounds, moving: frozenset[str]) -> list[Item]:
    """Every difference, the explained ones with their explanation. *moving* are the keys of what does not stand still."""
    left_over = facts.rebuilt.left_over
    differences = [each for each in compare(facts.expected(), facts.actual()) if each.subject not in left_over]
    refs = explained_refs([each.subject for each in differences if each.part == "entity"], grounds)
    branches = _Branches(facts, moving)
    return [
        *(_item(each, grounds, refs, branches) for each in differences),
        *(_leftover(ref, provider) for ref, provider in sorted(left_over.items())),
    ]


class _Branches:
    """Which branch a difference is about, and what explains differences there."""

    def __init__(self, facts: Facts, moving: frozenset[str]) -> None:
        self._moving = moving
        self._names = {holding.key: _name(holding) for holding in facts.held.values()}
        self._names |= {sight.key: sight.name for sight in facts.sights}
        self._waiting = {holding.key: holding.waiting for holding in facts.held.values() if holding.waiting}
        self._files = {
            f"{key}:{path}": (key, path)
            for key, paths in (
                *((sight.key, sight.blobs) for sight in facts.sights),
                *((holding.key, holding.blobs) for holding in facts.held.values()),
            )
            for path in paths
        }

    def place(self, subject: str) -> tuple[str, str]:
        """The key of the branch that *subject* is of, and the path in it; empty where it is the branch itself."""
        return self._files.get(subject, (subject, ""))

    def name(self, key: str) -> str:
        """What a person calls it."""
        return self._names.get(key, key)

    def explanation(self, key: str) -> str | None:
        """Why it may differ."""
        if key in self._moving:
            return "it moved while it was verified"
        waiting = self._waiting.get(key)
        return f"it is about to be looked at: {waiting} is open" if waiting else None


def _item(each: Drift, grounds: Grounds, refs: Mapping[str, str], branches: _Branches) -> Item:
    if each.part in {"head", "source"}:
        key, path = branches.place(each.subject)
        name = branches.name(key)
        subject, explanation, repository = (f"{name}:{path}" if path else name), branches.explanation(key), name
    else:
        subject, repository = each.subject, None
        explanation = refs.get(subject) if each.part == "entity" else grounds.of_file(subject)
    return Item(
        part=each.part,
        subject=subject,
        expected=each.expected,
        actual=each.actual,
        reason=_sentence(each, subject),
        repository=repository,
        explained_by=explanation,
    )


def _leftover(ref: str, provider: str) -> Item:
    return Item(
        part="entity",
        subject=ref,
        expected=None,
        actual="present",
        reason=f"{ref} is served, and no provider of the configuration gives it",
        explained_by=f"provider {provider} is no longer in the configuration; what came from it stays",
    )


def _sentence(each: Drift, subject: str) -> str:
    match each.part:
        case "head":
            return _head(each, subject)
        case "source":
            return (
                f"{subject}: its host has {each.expected or 'no such file'}, and {each.actual or 'nothing'} is stored"
            )
        case "ref":
            return f"{subject} declares {each.expected or 'nothing'}, and {each.actual or 'nothing'} came from it"
    if each.expected is None:
        return f"{subject} is served, and nothing at the hosts declares it"
    if each.actual is None:
        return f"{subject} is declared, and is not served"
    return f"{subject} is served with {each.actual}, and should have {each.expected}"


def _head(each: Drift, subject: str) -> str:
    if each.expected is None:
        return f"{subject} is not to be held (it is left out, or gone), and {each.actual} is applied"
    if each.actual is None:
        return f"{subject} is at {each.expected}, and nothing of it is applied"
    return f"{subject} is at {each.expected}, and {each.actual} is applied"


def _name(holding: Holding) -> str:
    tracked = holding.tracked
    return f"{tracked.full_name}@{tracked.branch}" if tracked.branch else tracked.full_name
