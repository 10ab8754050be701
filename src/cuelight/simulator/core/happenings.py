"""What happens to a repository itself: it is created, renamed, archived and so on. Each becomes a host's own event."""

from typing import Literal

import msgspec

from cuelight.simulator.core.people import Person
from cuelight.simulator.core.records import Metadata

Action = Literal[
    "created",
    "deleted",
    "archived",
    "unarchived",
    "renamed",
    "transferred",
    "privatized",
    "publicized",
    "described",
    "topics",
    "default_branch",
    "granted",
    "revoked",
]


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One of these, to a `repository` (as it is after that; a deleted one as it was) that was `before`.

    `granted` and `revoked`: an app may read it, or may not any more.
    """

    action: Action
    repository: Metadata
    before: Metadata
    sender: Person = Person.account("demo-developer")


def happenings(before: Metadata, after: Metadata, sender: Person) -> list[Happened]:
    """Return what turned *before* into *after*, one thing each."""
    return [
        Happened(action=action, repository=after, before=before, sender=sender) for action in _actions(before, after)
    ]


def _actions(before: Metadata, after: Metadata) -> list[Action]:
    private = after.visibility != "public"
    found: list[tuple[Action, bool]] = [
        ("transferred", before.owner != after.owner),
        ("renamed", before.name != after.name),
        ("privatized", before.visibility != after.visibility and private),
        ("publicized", before.visibility != after.visibility and not private),
        ("described", before.description != after.description),
        ("topics", before.topics != after.topics),
        ("default_branch", before.default_branch != after.default_branch),
        ("archived", after.archived and not before.archived),
        ("unarchived", before.archived and not after.archived),
    ]
    return [action for action, holds in found if holds]
