"""What the host remembers beside Git: owners, and each repository's metadata, as small JSON files written atomically."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from cuelight.errors import ConfigurationError, InputError
from cuelight.simulator.core import limits

T = TypeVar("T")
Visibility = Literal["public", "private", "internal"]


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has repositories: an organisation or a user. `id` is stable."""

    id: int
    login: str
    kind: Literal["Organization", "User"] = "Organization"


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """A repository's description of itself. `id` survives renames; instants are microseconds since the epoch."""

    id: int
    owner: str
    name: str
    created_at: int
    updated_at: int
    pushed_at: int
    description: str | None = None
    default_branch: str = "main"
    archived: bool = False
    fork: bool = False
    visibility: Visibility = "public"
    topics: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    """Full names that it had, the latest last."""
    former_branches: Mapping[str, str] = {}
    """Names that branches had, and what became of them."""

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Metadata to set; what is left out stays as it is. Another `owner` is a transfer."""

    owner: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    default_branch: str | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET
    fork: bool | msgspec.UnsetType = msgspec.UNSET
    visibility: Visibility | msgspec.UnsetType = msgspec.UNSET
    topics: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET

    def given(self) -> dict[str, Any]:
        """Return the fields that are set."""
        fields = {name: getattr(self, name) for name in Changes.__struct_fields__}
        return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


class Counter(msgspec.Struct, frozen=True):
    """The id that the next owner or repository gets; never given twice."""

    next_id: int = 1


def check_description(changes: Changes) -> None:
    """Raise InputError where a description or a topic list is longer than the host takes."""
    given = changes.given()
    if len(given.get("description") or "") > limits.DESCRIPTION_LENGTH:
        raise InputError(f"the description is longer than {limits.DESCRIPTION_LENGTH} characters; shorten it")
    topics = given.get("topics", ())
    if len(topics) > limits.TOPICS or any(len(topic) > limits.NAME_LENGTH for topic in topics):
        raise InputError(f"more than {limits.TOPICS} topics, or one longer than {limits.NAME_LENGTH} characters")


def write_record(path: Path, record: msgspec.Struct) -> None:
    """Replace the file at *path* by *record*, whole or not at all."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_bytes(msgspec.json.encode(record))
    draft.replace(path)


def read_record(path: Path, kind: type[T]) -> T:
    """Read what `write_record` wrote; ConfigurationError where the file is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{os.fspath(path)} is not a record of the simulator ({error}); remove it") from error
