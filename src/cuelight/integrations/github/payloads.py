"""The fields of GitHub's payloads and answers that we read, and nothing of the rest. Pure.

Two readings of one document. The typed one is fast, and fits what GitHub sends. Real payloads are odder than any
schema, though (`corpus/payloads` has 52 that do not fit their own): what the typed reading refuses is read field by field,
and a field of the wrong type counts as missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Account(msgspec.Struct, frozen=True):
    """Who wrote a commit: a Git identity, with the login where GitHub knows it."""

    name: str | None = None
    email: str | None = None
    username: str | None = None


class CommitPayload(msgspec.Struct, frozen=True):
    """One pushed commit; a list of files is None where it is missing."""

    id: str | None = None
    message: str | None = None
    author: Account | None = None
    added: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None
    modified: tuple[str, ...] | None = None


class RepositoryPayload(msgspec.Struct, frozen=True):
    """A repository, in a payload or in an answer. Without `id`, `full_name` and `html_url` it is none."""

    id: int | None = None
    full_name: str | None = None
    html_url: str | None = None
    default_branch: str | None = None
    archived: bool | None = None
    fork: bool | None = None
    private: bool | None = None
    visibility: str | None = None
    topics: tuple[str, ...] | None = None


class Numbered(msgspec.Struct, frozen=True):
    """Something of which only the id counts: an organization, an app's installation."""

    id: int | None = None


class Payload(msgspec.Struct, frozen=True):
    """What every event may name: where it happened."""

    repository: RepositoryPayload | None = None
    organization: Numbered | None = None
    installation: Numbered | None = None


class PushPayload(Payload, frozen=True):
    """A push. A flag is None where it is missing."""

    ref: str | None = None
    before: str | None = None
    after: str | None = None
    created: bool | None = None
    deleted: bool | None = None
    forced: bool | None = None
    commits: tuple[CommitPayload, ...] | None = None
    head_commit: CommitPayload | None = None


def read(document: bytes, kind: type[T]) -> T:
    """Read *document* as a *kind* of payload; ValueError where it is not JSON of an object."""
    try:
        return _typed(document, kind)
    except RecursionError as error:
        raise ValueError("the document is nested too deeply") from error


def _typed(document: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.ValidationError:
        return _lenient(document, kind)


def _lenient(document: bytes, kind: type[T]) -> T:
    raw = msgspec.json.decode(document)
    if not isinstance(raw, dict):
        raise ValueError(f"the document is JSON, but of {type(raw).__name__}, not of an object")  # noqa: TRY004 - the contract says ValueError
    return _object(raw, kind)


def _object(raw: Mapping[str, Any], kind: type[T]) -> T:
    """A *kind* of those fields of *raw* that have the right type."""
    fields = msgspec.structs.fields(kind)  # type: ignore[arg-type] # every kind here is a Struct
    found = {field.name: _field(raw[field.name], field.type) for field in fields if field.name in raw}
    return kind(**{name: value for name, value in found.items() if value is not None})


def _field(raw: Any, declared: Any) -> Any:
    """*raw* as the type that the optional *declared* names; None where it has another."""
    wanted = declared.__args__[0]
    if isinstance(raw, dict) and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _object(raw, wanted)
    if isinstance(raw, list) and wanted == tuple[CommitPayload, ...]:
        return _commits(raw)
    try:
        return msgspec.convert(raw, wanted)
    except msgspec.ValidationError:
        return None


def _commits(raw: Sequence[Any]) -> tuple[CommitPayload, ...]:
    """Every item of *raw* as a commit; one that is none lacks its lists."""
    return tuple(_object(item, CommitPayload) if isinstance(item, dict) else CommitPayload() for item in raw)
