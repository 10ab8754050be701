"""GitHub's events of repositories themselves, as its webhooks send them: `repository`, `public`, `create`, `delete`, and what
an app may read. Pure: each returns a payload.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cuelight.simulator.core import Happened, Metadata, Owner, Pushed
from cuelight.simulator.core.repository import BRANCHES, TAGS
from cuelight.simulator.github import documents
from cuelight.simulator.github.apps import installation_document
from cuelight.simulator.github.documents import Addresses, Document
from cuelight.simulator.github.installations import Installation

EDITED = {"described": "description", "topics": "topics", "default_branch": "default_branch"}
"""What happens, and the field of the metadata that GitHub calls edited."""


class Event(msgspec.Struct, frozen=True):
    """A webhook's name and payload."""

    name: str
    payload: Document


class Owners(msgspec.Struct, frozen=True):
    """Whose a repository is now, and was before."""

    now: Owner
    before: Owner


def repository_events(at: Addresses, owners: Owners, happened: Happened) -> list[Event]:
    """Return what GitHub sends for *happened* to everybody who listens; nothing for what concerns an app alone."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository
    if happened.action in {"granted", "revoked"}:
        return []
    action = "edited" if happened.action in EDITED else happened.action
    changed = _changes(at, owners, happened)
    payload = {
        "action": action,
        **({"changes": changed} if changed else {}),
        **_common(at, owners.now, happened.repository, happened.sender.login or happened.sender.name),
    }
    events = [Event("repository", payload)]
    if action == "publicized":
        events.append(Event("public", {key: payload[key] for key in payload if key != "action"}))
    return events


def ref_event(at: Addresses, owner: Owner, pushed: Pushed) -> Event | None:
    """Return the `create` or `delete` event of a ref that *pushed* made or removed; None where it only moved."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#create
    if pushed.before is not None and pushed.after is not None:
        return None
    metadata = pushed.repository
    created = pushed.before is None
    described = {"master_branch": metadata.default_branch, "description": metadata.description} if created else {}
    payload = {
        "ref": pushed.ref.removeprefix(BRANCHES).removeprefix(TAGS),
        "ref_type": "tag" if pushed.ref.startswith(TAGS) else "branch",
        **described,
        "pusher_type": "user",
        **_common(at, owner, metadata, pushed.pusher.login or pushed.pusher.name),
    }
    return Event("create" if created else "delete", payload)


def installation_event(at: Addresses, installation: Installation, happened: Happened) -> Event:
    """Return what tells the app that it may read a repository (`granted`), or may not any more."""
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation_repositories
    metadata = happened.repository
    brief = {
        "id": metadata.id,
        "node_id": documents.node_id("Repository", metadata.id),
        "name": metadata.name,
        "full_name": metadata.full_name,
        "private": metadata.visibility != "public",
    }
    granted = happened.action == "granted"
    payload = {
        "action": "added" if granted else "removed",
        "installation": installation_document(at, installation),
        "repository_selection": installation.selection,
        "repositories_added": [brief] if granted else [],
        "repositories_removed": [] if granted else [brief],
        "requester": None,
        "sender": documents.account(at, happened.sender.login or happened.sender.name),
    }
    return Event("installation_repositories", payload)


def for_app(payload: Mapping[str, Any], installation: Installation) -> Document:
    """Return *payload* as an app's own webhook has it: it names the installation."""
    brief = {"id": installation.id, "node_id": documents.node_id("IntegrationInstallation", installation.id)}
    return {"installation": brief, **payload}


def _common(at: Addresses, owner: Owner, metadata: Metadata, sender: str) -> Document:
    named = {"organization": documents.organisation(at, owner)} if owner.kind == "Organization" else {}
    return {
        "repository": documents.repository(at, metadata, owner),
        **named,
        "sender": documents.account(at, sender),
    }


def _changes(at: Addresses, owners: Owners, happened: Happened) -> Document:
    before = happened.before
    if happened.action in EDITED:
        field = EDITED[happened.action]
        return {field: {"from": _plain(getattr(before, field))}}
    told: dict[str, Callable[[], Document]] = {
        "renamed": lambda: {"repository": {"name": {"from": before.name}}},
        "transferred": lambda: {"owner": {"from": _owner(at, owners.before)}},
    }
    return told[happened.action]() if happened.action in told else {}


def _owner(at: Addresses, owner: Owner) -> Document:
    if owner.kind == "Organization":
        return {"organization": documents.organisation(at, owner)}
    return {"user": documents.owner_account(at, owner)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
