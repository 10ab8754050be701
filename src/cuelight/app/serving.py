"""Running an application with its listeners, until it is told to stop."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
import uvicorn
from starlette.types import ASGIApp

from cuelight.app.application import Application
from cuelight.app.roles import Roles
from cuelight.asgi.connection import Connection
from cuelight.errors import ConfigurationError

GRACE = 10
"""Seconds that requests get to finish once the server is told to stop."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)
BACKLOG = 2048
"""Connections that may wait to be accepted."""


async def serve(app: Application, roles: Roles, *, ready: Callable[[str], None] = lambda _address: None) -> None:
    """Serve *app* on its configured addresses until a signal or cancellation; *ready* gets the main one once it listens.

    ConfigurationError where an address cannot be listened on.
    """
    listeners = _listeners(app, roles)
    servers = [_server(answering) for _, answering in listeners]
    working = asyncio.create_task(app.run(roles), name="work")
    serving = [
        asyncio.create_task(server.serve(sockets=[listener]), name="serve")
        for server, (listener, _) in zip(servers, listeners, strict=True)
    ]
    ready(_address(listeners[0][0]))
    try:
        with _left_alone_by_collections(), _told_to_stop() as told:
            waiting = asyncio.create_task(told.wait())
            await asyncio.wait({working, waiting, *serving}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    finally:
        app.dismiss()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


@contextmanager
def _left_alone_by_collections() -> Iterator[None]:
    """Spare what the program is made of in each collection of garbage: of half a million objects none ever is.

    To look at them all stops everything for some 70 ms, and a load does it every few hundred entities.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """An event that is set by the first signal to stop; the next one acts as the system has it, for the impatient."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        told.set()
        for each in SIGNALS:
            loop.remove_signal_handler(each)

    for each in SIGNALS:
        loop.add_signal_handler(each, tell)
    try:
        yield told
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)


def _listeners(app: Application, roles: Roles) -> list[tuple[socket.socket, ASGIApp]]:
    """Where to listen, and what answers there: the main address first, then the webhooks' own where they have one."""
    backend = app.settings.backend
    own = backend.ingress.listen
    main = _bind(backend.listen.host, backend.listen.port)
    if own is None or not roles.ingress:
        return [(main, app.asgi(roles))]
    try:
        outer = _bind(own.host, own.port)
    except ConfigurationError:
        main.close()
        raise
    inside = msgspec.structs.replace(roles, ingress=False)
    return [(main, app.asgi(inside)), (outer, app.outer_asgi())]


class _Server(uvicorn.Server):
    """uvicorn without its signals: it would send them again once it has stopped, and nothing would be closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    return _Server(config)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"{host}:{port} cannot be listened on: {error.strerror}; is another Cuelight running there? "
            "Stop it, or choose another with --port or backend.listen.port"
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else small answers wait for an ACK of 40 ms
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
