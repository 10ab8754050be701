"""Running an application with its listeners, until it is told to stop."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from cuelight.app.application import Application
from cuelight.app.roles import Roles
from cuelight.errors import ConfigurationError

GRACE = 10
"""Seconds that requests get to finish once the server is told to stop."""

BACKLOG = 2048
"""Connections that may wait to be accepted."""


async def serve(app: Application, roles: Roles, *, ready: Callable[[str], None] = lambda _address: None) -> None:
    """Serve *app* on its configured address until a signal or cancellation; *ready* gets the address once it listens.

    ConfigurationError where the address cannot be listened on.
    """
    listen = app.settings.backend.listen
    listener = _bind(listen.host, listen.port)
    working = asyncio.create_task(app.run(roles), name="work")
    server = _server(app.asgi(roles))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="serve")
    ready(_address(listener))
    try:
        await asyncio.wait({working, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        await serving
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _server(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    return uvicorn.Server(config)


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
