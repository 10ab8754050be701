"""What GitHub tells of a repository itself: its events `repository`, `public`, `create` and `delete`. Pure.

Each says no more than "look at this repository again, under the filters". So what a payload lacks costs little: a name that
it had before is left out, and only an event that does not say which repository, or what happened, comes to nothing.
"""

import re
from collections.abc import Mapping
from typing import Final

from cuelight.integrations.github.payloads import ChangesPayload, HappeningPayload, read
from cuelight.integrations.github.subjects import key_of, named
from cuelight.scm import Action, Repository, RepositoryChange, Translated

# https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository
_ACTIONS: Final[Mapping[str, Action]] = {
    "created": "created",
    "deleted": "deleted",
    "archived": "archived",
    "unarchived": "unarchived",
    "renamed": "renamed",
    "transferred": "transferred",
    "privatized": "visibility",
    "publicized": "visibility",
    "edited": "edited",
}
_NAME: Final = re.compile(r"[a-z_]{1,64}")


def happened(event: str, document: bytes) -> Translated:
    """What *event* (`repository`, `public`, `create`, `delete`) says; ValueError where *document* is not JSON of an object."""
    payload = read(document, HappeningPayload)
    said = _said(event, payload)
    topic, key = f"github.{event}", key_of(payload)
    if isinstance(said, str):
        return Translated(topic=topic, key=key, reason=said)
    return Translated(topic=topic, key=key, change=said)


def idle(event: str, action: str | None) -> str:
    """Why an *event* of this *action*, which no catalog cares about, changes nothing."""
    if action is None or not _NAME.fullmatch(action):
        return f"the {event} event names no action"
    return f"{event} events of action {action} say nothing about descriptors"


def _said(event: str, payload: HappeningPayload) -> RepositoryChange | str:
    """The change, or why there is none."""
    about = named(payload)
    if about is None:
        return f"the {event} event names no repository (repository.id, full_name and html_url)"
    match event:
        case "repository":
            return _acted(payload, about)
        case "public":
            return RepositoryChange(repository=about, action="visibility")
        case _:
            return _branched(event, payload, about)


def _acted(payload: HappeningPayload, about: Repository) -> RepositoryChange | str:
    action = _ACTIONS.get(payload.action or "")
    if action is None:
        return idle("repository", payload.action)
    return RepositoryChange(repository=about, action=action, previous=_previous(action, payload.changes, about))


def _previous(action: Action, changes: ChangesPayload | None, about: Repository) -> str | None:
    """The full name that *about* had before; None where its owner and name stayed, or nothing tells them."""
    owner, _, name = about.full_name.partition("/")
    match action:
        case "renamed":
            before = changes.name if changes else None
            return f"{owner}/{before}" if before else None
        case "transferred":
            # a transfer may give it another name as well
            before = changes.login if changes else None
            return f"{before}/{(changes and changes.name) or name}" if before else None
        case _:
            return None


def _branched(event: str, payload: HappeningPayload, about: Repository) -> RepositoryChange | str:
    """What a `create` or `delete` says; its `ref` is always a short name."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#create
    created = event == "create"
    match payload.ref_type:
        case "branch" if payload.ref:
            action: Action = "branch_created" if created else "branch_deleted"
            return RepositoryChange(repository=about, action=action, branch=payload.ref)
        case "tag":
            return f"a tag was {'created' if created else 'deleted'}; descriptors are read from branches"
        case "repository" if created:
            return RepositoryChange(repository=about, action="created")
        case _:
            return f"the {event} event names no branch (ref and ref_type)"
