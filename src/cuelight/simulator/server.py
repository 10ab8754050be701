"""The simulator as a server: one ASGI application, run in this event loop or in a process of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cuelight.errors import ConfigurationError, CuelightError, ServiceUnavailableError
from cuelight.simulator.control import Control
from cuelight.simulator.github.answers import json_response
from cuelight.simulator.simulator import Simulator
from cuelight.simulator.smart import Git
from cuelight.simulator.traffic import CONTROL, DROP, Traffic

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def application(simulator: Simulator, base: str) -> ASGIApp:
    """Return *simulator* as an ASGI application that clients reach at *base* (unless its settings name another address).

    The application's lifespan runs the courier: without it, webhooks stay in the queue.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with simulator.courier.working():
            yield

    face = simulator.reach_at(base)
    git = Git(simulator.host, simulator.announce, token=simulator.settings.token)
    routes = [*Control(simulator).routes(), *face.routes(), *git.routes(), *face.pages()]
    inner = Starlette(routes=routes, exception_handlers={CuelightError: _refused}, lifespan=lifespan)
    inner.router.redirect_slashes = False
    return Traffic(inner, counts=simulator.counts, knobs=simulator.knobs, dice=simulator.dice, clock=simulator.clock)


@asynccontextmanager
async def running(simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve *simulator* in this event loop and yield its address; port 0 takes a free one.

    ConfigurationError where the port is taken, or where *host* is off loopback and there is no token: the control
    endpoints would be open to the network.
    """
    if host not in LOOPBACK and simulator.settings.token is None:
        raise ConfigurationError(
            f"the simulator would listen on {host} for everyone; give it a token, or use 127.0.0.1"
        )
    listener = listen(host, port)
    base = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    async with listening(application(simulator, base), listener):
        yield base


@asynccontextmanager
async def listening(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve *app* on *listener* in this event loop, and close it at the end."""
    server = _Server(uvicorn.Config(app, http=_Droppable, log_config=None, access_log=False, ws="none", lifespan="on"))
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await _first(server.ready.wait(), serving)
        yield
    finally:
        server.should_exit = True
        await serving


async def _first(hoped: Coroutine[Any, Any, Any], feared: asyncio.Task[None]) -> None:
    """Return once *hoped* is done; should *feared* end before that, raise what ended it."""
    task = asyncio.ensure_future(hoped)
    await asyncio.wait({task, feared}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        await feared
        raise ServiceUnavailableError("the server ended before it listened")


class _Droppable(HttpToolsProtocol):
    """uvicorn's protocol, which also lets the application close a connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"now": self.transport.abort}}


class _Server(uvicorn.Server):
    """uvicorn as a guest: it says when it listens, and leaves the signals to its host."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to *host* and *port* (0: a free one), or raise ConfigurationError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the simulated host cannot listen on {host}:{port}: {error.strerror}; is another one running there? "
            "Stop it, or choose another port with --host-port"
        ) from error
    return listener


async def _refused(request: Request, error: Exception) -> Response:
    """Answer for what no face words itself: the control in JSON, Git and the pages in a line of text."""
    status = error.status if isinstance(error, CuelightError) else 500
    if request.url.path.startswith(CONTROL):
        return json_response({"error": {"name": type(error).__name__, "message": str(error)}}, status=status)
    return PlainTextResponse(f"{error}\n", status)
