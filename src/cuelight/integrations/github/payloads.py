"""The fields of GitHub's payloads and answers that we read, and nothing of the rest. Pure.

Two readings of one document. The typed one is fast, and fits what GitHub sends. Real payloads are odder than any
schema, though (`corpus/payloads` has 52 that do not fit their own): what the typed reading refuses is read field by field,
and a field of the wrong type counts as missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

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
    pushed_at: int | str | None = None


class Numbered(msgspec.Struct, frozen=True):
    """Something of which only the id counts: an organization."""

    id: int | None = None


class AccountPayload(msgspec.Struct, frozen=True):
    """A user, an organization or an enterprise: who owns something."""

    login: str | None = None
    html_url: str | None = None


class InstallationPayload(Numbered, frozen=True):
    """An app's installation; most events give no more than its id."""

    account: AccountPayload | None = None
    html_url: str | None = None


class Payload(msgspec.Struct, frozen=True):
    """What every event may name: where it happened."""

    repository: RepositoryPayload | None = None
    organization: Numbered | None = None
    installation: InstallationPayload | None = None


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


class FormerName(msgspec.Struct, frozen=True):
    """The name that something had."""

    before: str | None = msgspec.field(name="from", default=None)


class FormerRepository(msgspec.Struct, frozen=True):
    """What was another at a repository."""

    name: FormerName | None = None


class FormerOwner(msgspec.Struct, frozen=True):
    """Who had it: one of both."""

    user: AccountPayload | None = None
    organization: AccountPayload | None = None


class FormerOwnership(msgspec.Struct, frozen=True):
    """Whose it was."""

    before: FormerOwner | None = msgspec.field(name="from", default=None)


class ChangesPayload(msgspec.Struct, frozen=True):
    """What was otherwise before a `repository` event, as far as it concerns the full name."""

    repository: FormerRepository | None = None
    owner: FormerOwnership | None = None

    @property
    def name(self) -> str | None:
        """The name that the repository had, without its owner."""
        former = self.repository.name if self.repository else None
        return former.before if former else None

    @property
    def login(self) -> str | None:
        """The owner that it had."""
        former = self.owner.before if self.owner else None
        account = (former.organization or former.user) if former else None
        return account.login if account else None


class HappeningPayload(Payload, frozen=True):
    """A `repository`, `public`, `create` or `delete` event."""

    action: str | None = None
    changes: ChangesPayload | None = None
    ref: str | None = None
    ref_type: str | None = None


class GrantsPayload(Payload, frozen=True):
    """An `installation` or `installation_repositories` event. A listed repository has id, name, `full_name` and `private`."""

    action: str | None = None
    repositories: tuple[RepositoryPayload, ...] | None = None
    repositories_added: tuple[RepositoryPayload, ...] | None = None
    repositories_removed: tuple[RepositoryPayload, ...] | None = None


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
    given = [field for field in fields if field.encode_name in raw]
    found = {field.name: _field(raw[field.encode_name], field.type) for field in given}
    return kind(**{name: value for name, value in found.items() if value is not None})


def _field(raw: Any, declared: Any) -> Any:
    """*raw* as one of the types that the optional *declared* names; None where it has another."""
    wanted = declared.__args__[0]
    if isinstance(raw, dict) and _is_struct(wanted):
        return _object(raw, wanted)
    if isinstance(raw, list) and get_origin(wanted) is tuple and _is_struct(get_args(wanted)[0]):
        return _objects(raw, get_args(wanted)[0])
    try:
        return msgspec.convert(raw, declared)
    except msgspec.ValidationError:
        return None


def _objects(raw: Sequence[Any], kind: type[T]) -> tuple[T, ...]:
    """Every item of *raw* as a *kind*; one that is no object lacks all its fields."""
    return tuple(_object(item if isinstance(item, dict) else {}, kind) for item in raw)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
