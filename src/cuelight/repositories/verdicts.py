"""How a reconcile ends, and each of its signals: an outcome, and a reason that a person understands. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from cuelight.repositories.inquiry import ASKED, Finding
from cuelight.repositories.plan import Plan
from cuelight.repositories.shortcut import YOUNG, reached, unseen
from cuelight.repositories.signals import Outcome, Signal
from cuelight.repositories.tracked import Tracked

PATIENCE: Final = YOUNG
"""For how long an event is believed that the host does not show yet: its replicas may lag."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome and its reason."""

    outcome: Outcome
    reason: str


def verdict(tracked: Tracked, finding: Finding, held_back: int) -> Verdict:
    """How a reconcile ends; *held_back* entities would have gone, and the deletion brake keeps them."""
    brake = (
        f"; {_entities(held_back)} held back by the deletion brake: see cuelight deletions list" if held_back else ""
    )
    if finding.kept is not None:
        return Verdict(outcome="kept", reason=finding.kept)
    if finding.excluded is not None:
        goes = f"; what came from it goes{brake}" if finding.plan else ""
        return Verdict(outcome="excluded", reason=f"{finding.excluded}{goes}")
    if finding.gone is not None:
        goes = f"; what came from it goes{brake}" if finding.plan else ""
        return Verdict(outcome="emptied", reason=f"{finding.gone}{goes}")
    head = finding.commit.sha if finding.commit else ""
    if finding.plan is None:
        return Verdict(outcome="confirmed", reason=f"the host's head is {head}, which is applied")
    if finding.proven and head == tracked.head and not finding.plan.touched:
        return Verdict(outcome="confirmed", reason=f"the host's head is {head}, and its files are applied")
    return Verdict(outcome="applied", reason=f"applied {head}: {_count(finding.plan)}{brake}")


def ending(signal: Signal, finding: Finding, whole: Verdict, now: int) -> Verdict:
    """How *signal* ends: as its reconcile, or as superseded where what it says never showed."""
    head = finding.commit.sha if finding.commit else None
    if whole.outcome != "confirmed" or signal.after in {None, head, *finding.behind}:
        return whole
    if now - signal.caused_at < PATIENCE:
        return whole
    reason = f"the host's head is {head}; {signal.after}, which this push says, did not show within a minute"
    return Verdict(outcome="superseded", reason=reason)


def waiting(signals: Sequence[Signal], finding: Finding, applied: AbstractSet[str], now: int) -> Sequence[Signal]:
    """The signals that stay open: what they say is young, and the host does not show it yet.

    *applied* are the commits that are the head, or were. Of pushes only the newest are waited for: the others are behind
    these, whatever became of them; and of deletions, which all say the same. What the filters leave out, or what is gone, is not waited for.
    """
    if finding.excluded is not None or finding.gone is not None:
        return ()
    if finding.postponed:
        return signals
    visible = applied | ({finding.commit.sha} if finding.commit else set())
    young = [signal for signal in signals if now - signal.caused_at < PATIENCE]
    ends = [signal for signal in young if signal.hint.gone and finding.commit is not None]
    before = reached(young, visible | finding.behind)
    return [*ends[-ASKED:], *(push for push in unseen(young, visible)[:ASKED] if push.after not in before)]


def _entities(count: int) -> str:
    return "1 entity is" if count == 1 else f"{count} entities are"


def _count(plan: Plan) -> str:
    read = sum(kind == "descriptor" for kind in plan.read.values())
    others = sum(kind != "descriptor" for kind in plan.read.values())
    words = [
        f"{read} descriptors read" if read != 1 else "1 descriptor read",
        f"{len(plan.lost)} gone" if plan.lost else "",
        f"{others} other files read" if others else "",
    ]
    return ", ".join(word for word in words if word)
