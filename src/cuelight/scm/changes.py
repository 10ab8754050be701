"""What a sender says happened, in words that no host owns. A change is a hint, never the truth."""

from typing import Final, Literal

import msgspec


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as a host names it: in a payload (a hint) or in an answer (the truth).

    `id` is the host's stable id, which survives renames; `host` the configured host name (`github.com`);
    `full_name` `owner/name`. Fields that a payload lacks are None.
    """

    host: str
    id: str
    full_name: str
    web_url: str
    default_branch: str | None = None
    archived: bool | None = None
    fork: bool | None = None
    visibility: str | None = None
    topics: tuple[str, ...] = ()


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a commit, as far as the host says."""

    name: str | None = None
    email: str | None = None
    login: str | None = None


class Push(msgspec.Struct, frozen=True, kw_only=True, tag="push"):
    """A branch or a tag moved from `before` to `after`.

    `ref` is the full ref, `branch` its short name (None for a tag). `before` is None where the ref was created,
    `after` None where it was deleted. `paths` are the files that differ, folded over all commits and sorted, or
    None where the host says nothing usable of them; they are all of them only where `complete`.
    """

    repository: Repository
    ref: str
    branch: str | None
    before: str | None
    after: str | None
    paths: tuple[str, ...] | None
    complete: bool
    created: bool = False
    deleted: bool = False
    forced: bool = False
    author: Author | None = None
    message: str | None = None
    commits: int | None = None
    """How many commits the sender lists, where it lists all of them."""
    pushed_at: int | None = None
    """When the host says that it happened, in microseconds since the epoch."""


Action = Literal[
    "created",
    "deleted",
    "archived",
    "unarchived",
    "renamed",
    "transferred",
    "visibility",
    "edited",
    "branch_created",
    "branch_deleted",
    "granted",
    "revoked",
]


class RepositoryChange(msgspec.Struct, frozen=True, kw_only=True, tag="repository"):
    """Something happened to a repository itself: look at it again, under the filters.

    `branch` is the short name of a branch that was created or deleted. `previous` is the full name that it had before it
    was renamed or transferred, where the sender says it. `granted` and `revoked`: an app's access to it.
    """

    repository: Repository
    action: Action
    branch: str | None = None
    previous: str | None = None


Change = Push | RepositoryChange
"""Everything that a payload can become."""
_DECODER: Final[msgspec.json.Decoder[Change]] = msgspec.json.Decoder(Change)


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a delivery stands for: its topic (`github.push`), its key (the repository), its change.

    `change` is None where the delivery says nothing that a catalog cares about; `reason` then says why, in a sentence.
    """

    topic: str
    key: str
    change: Change | None = None
    reason: str | None = None


def change_to_json(change: Change) -> bytes:
    """Encode *change* for the wire and the journal."""
    return msgspec.json.encode(change)


def change_from_json(data: bytes | str) -> Change:
    """Decode what `change_to_json` wrote; msgspec.ValidationError where it is something else."""
    return _DECODER.decode(data)
