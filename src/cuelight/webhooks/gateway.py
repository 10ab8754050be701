"""The ingress as ASGI, in front of the framework: its paths are its own, everything else goes on."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from cuelight.asgi.failures import failure
from cuelight.errors import CuelightError, InvalidSignature
from cuelight.journal import Receipt
from cuelight.webhooks.body import DisconnectedError, Receive
from cuelight.webhooks.ingress import Ingress

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

PREFIXES = ("/webhooks/", "/api/events/http/")
"""The entry point, and where Backstage has it."""


class WebhookGateway:
    """Hands the webhooks' paths to *ingress* and everything else to *app*."""

    def __init__(self, app: App, ingress: Ingress) -> None:
        self._app = app
        self._ingress = ingress

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = _name(scope)
        if name is None:
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            await _answer(send, 405, b"", {"allow": "POST"})
        else:
            await self._post(name, scope, receive, send)

    async def _post(self, name: str, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            receipt = await self._ingress.receive(name, scope, receive)
        except DisconnectedError:
            return
        except CuelightError as error:
            await _refuse(scope, receive, send, error)
            return
        except Exception as error:  # noqa: BLE001 -- whatever it was, the sender gets an answer that keeps it to itself
            await failure(scope, error)(scope, receive, send)
            return
        await _answer(send, 202, _accepted(receipt))


def _name(scope: MutableMapping[str, Any]) -> str | None:
    """The webhook that *scope* is posted to; None where its path is not ours."""
    if scope["type"] != "http":
        return None
    path: str = scope["path"]
    for prefix in PREFIXES:
        if path.startswith(prefix):
            return path.removeprefix(prefix)
    return None


def _accepted(receipt: Receipt) -> bytes:
    return msgspec.json.encode({"status": "accepted", "id": receipt.id, "outcome": receipt.outcome})


async def _refuse(scope: MutableMapping[str, Any], receive: Receive, send: Send, error: CuelightError) -> None:
    if isinstance(error, InvalidSignature):
        await _answer(send, 403, b'{"message":"invalid signature"}')
        return
    answer = failure(scope, error)
    if error.status in {408, 413, 503}:
        answer.headers["Connection"] = "close"  # the rest of the body is not read
    await answer(scope, receive, send)


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    fields = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    fields += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
