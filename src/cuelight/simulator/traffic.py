"""What every request passes on its way in: it is counted by kind, and held up where a test asks for latency.

One raw ASGI middleware, the place for faults as well.
"""

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cuelight.clock import Clock
from cuelight.simulator.knobs import Knobs

CONTROL = "/_simulator/"
"""The control's own requests are neither counted nor held up."""


class Counts:
    """Requests by kind (`branch`, `tree`, `blob`, …) and by status, since the start or the last reset."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def add(self, kind: str, status: int) -> None:
        """Count one request."""
        self.kinds[kind] += 1
        self.statuses[status] += 1

    def reset(self) -> None:
        """Begin at nothing."""
        self.kinds.clear()
        self.statuses.clear()


class Traffic:
    """The middleware."""

    def __init__(self, app: ASGIApp, *, counts: Counts, knobs: Knobs, clock: Clock) -> None:
        self._app = app
        self._counts = counts
        self._knobs = knobs
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, late and counted."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        if self._knobs.latency > 0:
            await self._clock.sleep(self._knobs.latency)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The router has named its route in the scope by now.
                self._counts.add(getattr(scope.get("route"), "name", None) or "unknown", message["status"])
            await send(message)

        await self._app(scope, receive, counted)
