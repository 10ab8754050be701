"""Git over HTTP: clone, fetch and push against the core's repositories, in process.

dulwich speaks the protocol; here a request's bytes go in, an answer's bytes come out, and each ref that a push moved
becomes a `Pushed`. Protocol: https://git-scm.com/docs/http-protocol (version 0; newer clients fall back to it).
"""

from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import Any, BinaryIO, Final

from dulwich.config import ConfigFile, StackedConfig
from dulwich.errors import GitProtocolError, HangupException, HookError
from dulwich.hooks import Hook
from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID
from dulwich.protocol import ZERO_SHA, ReceivableProtocol
from dulwich.refs import Ref
from dulwich.repo import BaseRepo
from dulwich.server import Backend, BackendRepo, PackHandler, ReceivePackHandler, UploadPackHandler
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cuelight.errors import NotFoundError
from cuelight.simulator.bodies import read_body
from cuelight.simulator.core import CodeHost, Person, Pushed, Repository, limits
from cuelight.simulator.core.repository import BRANCHES
from cuelight.simulator.credentials import accepted, presented

HANDLERS: Final[dict[str, type[UploadPackHandler] | type[ReceivePackHandler]]] = {
    "git-upload-pack": UploadPackHandler,
    "git-receive-pack": ReceivePackHandler,
}
NO_CACHE: Final = {"Cache-Control": "no-cache, max-age=0, must-revalidate", "Pragma": "no-cache"}
Announce = Callable[[Sequence[Pushed]], Awaitable[Any]]


class Git:
    """The endpoints that `git` talks to; `announce` is told what each push moved."""

    def __init__(self, host: CodeHost, announce: Announce, *, token: str | None) -> None:
        self._host = host
        self._announce = announce
        self._token = token

    def routes(self) -> list[BaseRoute]:
        """Return the routes, below each repository's `clone_url`."""
        return [
            Route("/{owner}/{repo}/info/refs", self.refs, name="git"),
            Route("/{owner}/{repo}/{service:path}", self.service, methods=["POST"], name="git"),
        ]

    async def refs(self, request: Request) -> Response:
        """`GET …/info/refs?service=`: what there is to fetch, or to push against."""
        service = request.query_params.get("service", "")
        refused = self._refused(request, service)
        if refused is not None:
            return refused
        served = Served(self._repository(request))
        body = await run_in_threadpool(served.advertise, service)
        return Response(body, media_type=f"application/x-{service}-advertisement", headers=NO_CACHE)

    async def service(self, request: Request) -> Response:
        """`POST …/git-upload-pack` and `…/git-receive-pack`."""
        service = request.path_params["service"]
        refused = self._refused(request, service)
        if refused is not None:
            return refused
        if request.headers.get("content-type") != f"application/x-{service}-request":
            return PlainTextResponse(f"send application/x-{service}-request\n", 415)
        repository = self._repository(request)
        if service == "git-receive-pack" and repository.metadata.archived:
            return PlainTextResponse("This repository was archived so it is read-only.\n", 403)
        body = await read_body(request, limits.PUSH_BYTES)
        served = Served(repository)
        try:
            answer = await run_in_threadpool(served.call, service, body)
        except (GitProtocolError, HangupException) as error:
            return PlainTextResponse(f"the request is not Git's protocol: {error}\n", 400)
        pusher = _pusher(request)
        moved = [self._pushed(repository, pusher, one) for one in served.moved]
        await self._announce([await run_in_threadpool(self._host.note, pushed) for pushed in moved])
        return Response(answer, media_type=f"application/x-{service}-result", headers=NO_CACHE)

    def _pushed(self, repository: Repository, pusher: Person, moved: "Moved") -> Pushed:
        old, new, ref = moved
        return Pushed(
            repository=repository.metadata,
            ref=ref.decode("utf-8", "replace"),
            before=None if old == ZERO_SHA else old.decode(),
            after=None if new == ZERO_SHA else new.decode(),
            pusher=pusher,
            at=self._host.clock.now(),
        )

    def _refused(self, request: Request, service: str) -> Response | None:
        if service not in HANDLERS:
            return PlainTextResponse("this host speaks Git's smart protocol only\n", 403)
        if not accepted(presented(request.headers.get("authorization")), self._token):
            return PlainTextResponse("Invalid username or token.\n", 401, {"WWW-Authenticate": 'Basic realm="GitHub"'})
        return None

    def _repository(self, request: Request) -> Repository:
        name = request.path_params["repo"].removesuffix(".git")
        return self._host.repository(f"{request.path_params['owner']}/{name}")


Moved = tuple[ObjectID, ObjectID, Ref]


class Served(BaseRepo):
    """A repository as dulwich's server wants it, for one request. `moved` is what a push moved: old, new, ref."""

    object_store: DiskObjectStore

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository.store, repository.refs)
        self._repository = repository
        self.moved: list[Moved] = []
        self.hooks = {"update": _Update(repository), "post-receive": _Received(self.moved)}

    def advertise(self, service: str) -> bytes:
        """Return the refs and what the server is capable of."""
        out = BytesIO()
        handler = self._handler(service, b"", out, advertise=True)
        handler.proto.write_pkt_line(f"# service={service}\n".encode())
        handler.proto.write_pkt_line(None)
        self._handle(handler)
        return out.getvalue()

    def call(self, service: str, body: bytes) -> bytes:
        """Answer one request of *service*."""
        out = BytesIO()
        self._handle(self._handler(service, body, out))
        return out.getvalue()

    def get_named_file(self, path: str) -> BinaryIO | None:  # noqa: ARG002  (dulwich's signature)
        """Return nothing: there is no file beside the objects and refs that the server should heed."""
        return None

    def get_config_stack(self) -> StackedConfig:
        """Return an empty configuration: neither the repository's nor the machine's has a say."""
        return StackedConfig([ConfigFile()])

    def _handler(self, service: str, body: bytes, out: BytesIO, *, advertise: bool = False) -> PackHandler:
        proto = ReceivableProtocol(BytesIO(body).read, out.write)
        return HANDLERS[service](_Only(self), [""], proto, stateless_rpc=True, advertise_refs=advertise)

    def _handle(self, handler: PackHandler) -> None:
        with self._repository.lock:
            handler.handle()


def _pusher(request: Request) -> Person:
    given = presented(request.headers.get("authorization"))
    return Person.account((given and given.user) or "demo-developer")


class _Only(Backend):
    """A backend of one repository."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def open_repository(self, path: str) -> BackendRepo:  # noqa: ARG002  (dulwich's signature)
        return self._served


class _Update(Hook):
    """Refuses a ref that moved meanwhile, a head without its commit, and the removal of the default branch."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def execute(self, *args: Any) -> tuple[bytes, bytes]:
        """Raise HookError, in Git's words, or return what to print: nothing."""
        ref, old, new = (part.decode("utf-8", "replace") for part in args)
        current = self._repository.at(ref) or ZERO_SHA.decode()
        if current != old:
            raise HookError("stale info: the ref has moved since; fetch first")
        if new == ZERO_SHA.decode():
            if ref == BRANCHES + self._repository.metadata.default_branch:
                raise HookError("refusing to delete the current branch")
        else:
            self._check(ref, new)
        return b"", b""

    def _check(self, ref: str, new: str) -> None:
        objects = self._repository.objects
        try:
            commit = objects.peeled(new)
            if objects.kind(commit) == "commit":
                objects.listing(objects.commit(commit).tree)
            elif ref.startswith(BRANCHES):
                raise HookError("a branch must point at a commit")
        except NotFoundError as error:
            raise HookError("missing necessary objects") from error


class _Received(Hook):
    """Notes what a push has moved."""

    def __init__(self, moved: list[Moved]) -> None:
        self._moved = moved

    def execute(self, *args: Any) -> None:
        """Take the list that dulwich gives."""
        self._moved.extend(args[0])
