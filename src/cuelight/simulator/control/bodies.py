"""What the control takes and gives as JSON."""

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from cuelight.clock import isoformat
from cuelight.errors import InputError
from cuelight.simulator.bodies import read_body
from cuelight.simulator.core import Changes, Edit, Metadata, Person, Pushed, Repository, limits
from cuelight.simulator.courier import Delivery, Hook, Parcel

T = TypeVar("T")


class Create(Changes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new repository: metadata, first files, and whether webhooks tell of it."""

    files: dict[str, str] = msgspec.field(default_factory=dict)
    webhook: bool = True


class Amend(Changes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Metadata to set, and whether webhooks tell of it."""

    webhook: bool = True


class Commit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A commit. `files` maps paths to text, null to remove; `onto` names the commit that it follows instead of the branch's
    head, so that the branch is forced; `merge` names one that it takes in; `webhook` false loses the delivery.
    """

    files: dict[str, str | None] = msgspec.field(default_factory=dict)
    message: str = "Update the descriptors"
    branch: str | None = None
    author: str = "demo-developer"
    onto: str | None = None
    merge: str | None = None
    webhook: bool = True

    def edit(self) -> Edit:
        """Return it in the core's words."""
        return Edit(
            files={path: None if text is None else text.encode() for path, text in self.files.items()},
            message=self.message,
            author=Person.account(self.author),
            branch=self.branch,
            onto=self.onto,
            merge=self.merge,
        )


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a branch shall be: at what `to` means (a branch, a tag, an id)."""

    to: str
    webhook: bool = True


class Rename(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a branch shall be called."""

    name: str
    webhook: bool = True


class Subscribe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to add; `app`: the app's own."""

    url: str
    secret: str | None = None
    app: bool = False


async def body_of(request: Request, kind: type[T]) -> T:
    """Return the JSON body of *request*, or raise InputError where it is something else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InputError("send JSON, with Content-Type: application/json")
    body = await read_body(request, limits.BYTES_PER_COMMIT)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(f"the body is not what {request.url.path} takes: {error}") from error


def turned(current: T, given: dict[str, Any]) -> T:
    """Set the fields of the mutable *current* that *given* names; InputError, and nothing set, where one does not fit."""
    kind = type(current)
    try:
        fitting = msgspec.convert(msgspec.to_builtins(current) | given, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"no such setting: {error}") from error
    for name in given:
        setattr(current, name, getattr(fitting, name))
    return current


def silent(request: Request) -> bool:
    """Tell whether the query says `webhook=false`, for requests without a body."""
    return request.query_params.get("webhook", "true") == "false"


def metadata_document(metadata: Metadata) -> dict[str, Any]:
    """Return a repository's metadata."""
    return {**msgspec.structs.asdict(metadata), "full_name": metadata.full_name}


def state_document(repository: Repository) -> dict[str, Any]:
    """Return all there is to know of a repository: its metadata, its branches and what they point at."""
    return {**metadata_document(repository.metadata), "branches": repository.heads(), "tags": repository.tags()}


def pushed_document(pushed: Pushed, parcels: list[Parcel]) -> dict[str, Any]:
    """Return what moved, when, and the ids of the deliveries that tell of it."""
    return {
        "repository": pushed.repository.full_name,
        "repositoryId": pushed.repository.id,
        "ref": pushed.ref,
        "before": pushed.before,
        "after": pushed.after,
        "time": isoformat(pushed.at),
        "instant": pushed.at,
        "deliveries": [parcel.guid for parcel in parcels],
    }


def hook_document(hook: Hook) -> dict[str, Any]:
    """Return where a hook sends to; its secret stays here."""
    return {"id": hook.id, "url": hook.url, "signed": hook.secret is not None, "app": hook.app}


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """Return what became of a webhook."""
    parcel = delivery.parcel
    return {
        "id": delivery.id,
        "guid": parcel.guid,
        "hook": parcel.hook.id,
        "url": parcel.hook.url,
        "event": parcel.event,
        "repository": parcel.repository,
        "deliveredAt": isoformat(delivery.delivered_at),
        "duration": delivery.duration,
        "status": delivery.status,
        "statusCode": delivery.status_code,
    }
