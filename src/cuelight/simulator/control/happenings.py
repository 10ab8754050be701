"""The control's endpoints that make something happen: to repositories, their commits, their branches."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cuelight.simulator.control.bodies import (
    Amend,
    Commit,
    Create,
    Point,
    Rename,
    body_of,
    metadata_document,
    pushed_document,
    silent,
    state_document,
)
from cuelight.simulator.core import Pushed
from cuelight.simulator.github.answers import json_response
from cuelight.simulator.simulator import Simulator


class Happenings:
    """Each takes a request and returns what became of it."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def show(self, request: Request) -> Response:
        """Return a repository's metadata, branches and tags."""
        repository = self._simulator.host.repository(_full_name(request))
        return json_response(await run_in_threadpool(state_document, repository))

    async def create(self, request: Request) -> Response:
        """Create a repository; 201 with its metadata."""
        body = await body_of(request, Create)
        files = {path: text.encode() for path, text in body.files.items()}
        name = _full_name(request)
        repository = await self._simulator.create(name, body, files=files, webhook=body.webhook)
        return json_response(metadata_document(repository.metadata), status=201)

    async def amend(self, request: Request) -> Response:
        """Change a repository's metadata; another `owner` is a transfer. Return the metadata."""
        body = await body_of(request, Amend)
        metadata = await self._simulator.amend(_full_name(request), body, webhook=body.webhook)
        return json_response(metadata_document(metadata))

    async def delete(self, request: Request) -> Response:
        """Delete a repository; 204."""
        await self._simulator.delete(_full_name(request), webhook=not silent(request))
        return Response(status_code=204)

    async def commit(self, request: Request) -> Response:
        """Commit files; 201 with what moved, when the branch had moved, and the ids of the deliveries that tell of it."""
        body = await body_of(request, Commit)
        pushed = await self._simulator.commit(_full_name(request), body.edit(), webhook=False)
        return await self._moved(pushed, webhook=body.webhook, status=201)

    async def point(self, request: Request) -> Response:
        """Create a branch, or force it to another commit; return what moved."""
        body = await body_of(request, Point)
        branch = request.path_params["branch"]
        pushed = await self._simulator.point(_full_name(request), branch, body.to, webhook=False)
        return await self._moved(pushed, webhook=body.webhook)

    async def remove(self, request: Request) -> Response:
        """Delete a branch; return what moved."""
        branch = request.path_params["branch"]
        pushed = await self._simulator.point(_full_name(request), branch, None, webhook=False)
        return await self._moved(pushed, webhook=not silent(request))

    async def rename(self, request: Request) -> Response:
        """Call a branch by another name; return the repository's metadata."""
        body = await body_of(request, Rename)
        name, branch = _full_name(request), request.path_params["branch"]
        metadata = await self._simulator.rename_branch(name, branch, body.name, webhook=body.webhook)
        return json_response(metadata_document(metadata))

    async def grant(self, request: Request) -> Response:
        """Let the app read a repository; 204."""
        await self._simulator.allow(_full_name(request), readable=True, webhook=not silent(request))
        return Response(status_code=204)

    async def revoke(self, request: Request) -> Response:
        """Do not let the app read a repository any more; 204."""
        await self._simulator.allow(_full_name(request), readable=False, webhook=not silent(request))
        return Response(status_code=204)

    async def _moved(self, pushed: Pushed, *, webhook: bool, status: int = 200) -> Response:
        parcels = await self._simulator.announce([pushed]) if webhook else []
        return json_response(pushed_document(pushed, parcels), status=status)


def _full_name(request: Request) -> str:
    return f"{request.path_params['owner']}/{request.path_params['repo']}"
