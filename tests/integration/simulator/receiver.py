"""Whoever a webhook is sent to: keeps what arrives and answers as told."""

import json
from typing import Any

from starlette.types import Receive, Scope, Send


class Receiver:
    """An ASGI application. `bodies` and `headers` are what arrived, in order; `status` is what it answers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.status = 202

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def events(self) -> list[str]:
        return [headers["x-github-event"] for headers in self.headers]

    @property
    def pushes(self) -> list[dict[str, Any]]:
        return self.of("push")

    def of(self, event: str) -> list[dict[str, Any]]:
        """What arrived as *event*."""
        return [payload for payload, name in zip(self.payloads, self.events, strict=True) if name == event]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
            return
        self.headers.append({name.decode().lower(): value.decode() for name, value in scope["headers"]})
        self.bodies.append(await self._body(receive))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def _body(self, receive: Receive) -> bytes:
        body = b""
        while True:
            message = await receive()
            body += bytes(message.get("body", b""))
            if not message.get("more_body", False):
                return body
