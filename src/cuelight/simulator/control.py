"""The simulated host's own address space, `/_simulator/`: what tests, benchmarks and the demo do to it from outside.

| request | what |
| --- | --- |
| `POST /_simulator/repos/{owner}/{repo}` | create a repository |
| `PATCH`, `DELETE` of the same | change its metadata, delete it |
| `POST /_simulator/repos/{owner}/{repo}/commits` | commit files and send the webhook |
| `GET`, `DELETE /_simulator/requests` | how many requests of which kind; begin at nothing |
| `GET /_simulator/deliveries` | what became of the webhooks, newest first |
| `GET`, `POST /_simulator/hooks` | where webhooks go |
| `GET`, `PATCH /_simulator/knobs` | latency and limits |

Bodies are JSON and must say so: no page of another site can send that here without being asked first.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cuelight.clock import isoformat
from cuelight.errors import AuthenticationError, InputError
from cuelight.simulator.bodies import read_body
from cuelight.simulator.core import Changes, Edit, Metadata, Person, Repository, limits
from cuelight.simulator.courier import Delivery
from cuelight.simulator.credentials import accepted, presented
from cuelight.simulator.github.answers import json_response
from cuelight.simulator.knobs import Knobs
from cuelight.simulator.simulator import Simulator

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
REPOSITORY = "/_simulator/repos/{owner}/{repo}"


class CreateBody(Changes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new repository: metadata, first files, and whether their push is announced."""

    files: dict[str, str] = msgspec.field(default_factory=dict)
    webhook: bool = True


class CommitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A commit. `files` maps paths to text, null to remove; `webhook` false loses the delivery."""

    files: dict[str, str | None]
    message: str = "Update the descriptors"
    branch: str | None = None
    author: str = "demo-developer"
    webhook: bool = True


class HookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to add."""

    url: str
    secret: str | None = None


class Control:
    """The endpoints, over one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", REPOSITORY, self.create),
            ("PATCH", REPOSITORY, self.amend),
            ("DELETE", REPOSITORY, self.delete),
            ("POST", f"{REPOSITORY}/commits", self.commit),
            ("GET", "/_simulator/requests", self.requests),
            ("DELETE", "/_simulator/requests", self.reset),
            ("GET", "/_simulator/deliveries", self.deliveries),
            ("GET", "/_simulator/hooks", self.hooks),
            ("POST", "/_simulator/hooks", self.subscribe),
            ("GET", "/_simulator/knobs", self.knobs),
            ("PATCH", "/_simulator/knobs", self.turn),
        ]
        return [Route(path, self._guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    async def create(self, request: Request) -> Response:
        """Create a repository; 201 with its metadata."""
        body = await _json(request, CreateBody)
        name = _full_name(request)
        repository = await run_in_threadpool(self._simulator.host.create, name, body)
        if body.files:
            edit = Edit(files=_encoded(body.files), message="Initial commit")
            await self._simulator.commit(name, edit, webhook=body.webhook)
        return json_response(_metadata(repository.metadata), status=201)

    async def amend(self, request: Request) -> Response:
        """Change a repository's metadata. No webhook tells of it yet: whoever tracks it has to look."""
        body = await _json(request, Changes)
        return json_response(
            _metadata(await run_in_threadpool(self._simulator.host.amend, self._repository(request), body))
        )

    async def delete(self, request: Request) -> Response:
        """Delete a repository; 204. No webhook tells of it yet."""
        await run_in_threadpool(self._simulator.host.delete, self._repository(request))
        return Response(status_code=204)

    async def commit(self, request: Request) -> Response:
        """Commit files; 201 with what moved, when the branch had moved, and the ids of the deliveries that tell of it."""
        body = await _json(request, CommitBody)
        edit = Edit(
            files=_encoded(body.files), message=body.message, branch=body.branch, author=Person.account(body.author)
        )
        pushed = await self._simulator.commit(_full_name(request), edit, webhook=False)
        parcels = await self._simulator.announce([pushed]) if body.webhook else []
        document = {
            "repository": pushed.repository.full_name,
            "repositoryId": pushed.repository.id,
            "ref": pushed.ref,
            "before": pushed.before,
            "after": pushed.after,
            "time": isoformat(pushed.at),
            "instant": pushed.at,
            "deliveries": [parcel.guid for parcel in parcels],
        }
        return json_response(document, status=201)

    async def requests(self, _request: Request) -> Response:
        """Return how many requests there were, by kind and by status."""
        counts = self._simulator.counts
        statuses = {str(status): count for status, count in counts.statuses.items()}
        return json_response({"total": counts.kinds.total(), "kinds": dict(counts.kinds), "statuses": statuses})

    async def reset(self, _request: Request) -> Response:
        """Count from nothing again; 204."""
        self._simulator.counts.reset()
        return Response(status_code=204)

    async def deliveries(self, _request: Request) -> Response:
        """Return what became of the webhooks, newest first."""
        return json_response({"items": [_delivery(one) for one in self._simulator.courier.deliveries]})

    async def hooks(self, _request: Request) -> Response:
        """Return where webhooks go; secrets stay here."""
        items = [{"id": hook.id, "url": hook.url, "signed": hook.secret is not None} for hook in self._simulator.hooks]
        return json_response({"items": items})

    async def subscribe(self, request: Request) -> Response:
        """Add a webhook; 201 with its id."""
        body = await _json(request, HookBody)
        if not body.url.startswith(("http://", "https://")):
            raise InputError(f"{body.url[:200]!r} is not an address of a webhook; it begins with http:// or https://")
        hook = self._simulator.subscribe(body.url, body.secret)
        return json_response({"id": hook.id, "url": hook.url, "signed": hook.secret is not None}, status=201)

    async def knobs(self, _request: Request) -> Response:
        """Return how everything is turned."""
        return json_response(self._simulator.knobs)

    async def turn(self, request: Request) -> Response:
        """Turn what the body names and leave the rest."""
        given = await _json(request, dict[str, Any])
        knobs = self._simulator.knobs
        turned = _converted(msgspec.structs.asdict(knobs) | given, Knobs)
        for name in given:
            setattr(knobs, name, getattr(turned, name))
        return json_response(knobs)

    def _repository(self, request: Request) -> Repository:
        return self._simulator.host.repository(_full_name(request))

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if not accepted(presented(request.headers.get("authorization")), self._simulator.settings.token):
                raise AuthenticationError("the simulator was started with a token; send it as Authorization: Bearer …")
            return await endpoint(request)

        return guarded


async def _json(request: Request, kind: type[T]) -> T:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InputError("send JSON, with Content-Type: application/json")
    body = await read_body(request, limits.BYTES_PER_COMMIT)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(f"the body is not what {request.url.path} takes: {error}") from error


def _converted(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"no such setting: {error}") from error


def _full_name(request: Request) -> str:
    return f"{request.path_params['owner']}/{request.path_params['repo']}"


def _encoded(files: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {path: None if text is None else text.encode() for path, text in files.items()}


def _metadata(metadata: Metadata) -> dict[str, Any]:
    return {**msgspec.structs.asdict(metadata), "full_name": metadata.full_name}


def _delivery(delivery: Delivery) -> dict[str, Any]:
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
