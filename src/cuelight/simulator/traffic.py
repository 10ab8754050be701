"""What every request passes on its way in and out: it is held up where a test asks for latency, its answer goes bad where
a fault befalls it, and it is counted by kind.

One raw ASGI middleware. Only the API's answers go bad: Git, the pages and the control stay well.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cuelight.clock import Clock
from cuelight.simulator.faults import Dice, Fault
from cuelight.simulator.github.failures import Answered, spoilt
from cuelight.simulator.knobs import Knobs

CONTROL: Final = "/_simulator/"
"""The control's own requests are neither counted nor held up."""
DROP: Final = "cuelight.drop"
"""The extension of an ASGI scope by which a connection is closed without an answer."""
WELL: Final = frozenset({"git", "page", "raw"})


class Counts:
    """Requests by kind (`branch`, `tree`, `graphql:Heads`, …) and by status (0: no answer), and the faults that befell
    them, since the start or the last reset.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()

    def add(self, kind: str, status: int, fault: str | None = None) -> None:
        """Count one request."""
        self.kinds[kind] += 1
        self.statuses[status] += 1
        if fault:
            self.faults[fault] += 1

    def reset(self) -> None:
        """Begin at nothing."""
        self.kinds.clear()
        self.statuses.clear()
        self.faults.clear()


class Traffic:
    """The middleware."""

    def __init__(self, app: ASGIApp, *, counts: Counts, knobs: Knobs, dice: Dice, clock: Clock) -> None:
        self._app = app
        self._counts = counts
        self._knobs = knobs
        self._dice = dice
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, late, counted, and with the answer that is due to it."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        if self._knobs.latency > 0:
            await self._clock.sleep(self._knobs.latency)
        exchange = _Exchange(send)

        def settle(status: int) -> bool:
            return self._settle(scope, exchange, status)

        await self._app(scope, receive, exchange.passing(settle))
        if exchange.fault is not None:
            await self._spoil(scope, exchange)

    def _settle(self, scope: Scope, exchange: "_Exchange", status: int) -> bool:
        """Decide whether a fault befalls the request, now that its kind is known; a good one is counted at once."""
        # The router has named its route in the scope by now.
        exchange.kind = scope.get("kind") or getattr(scope.get("route"), "name", None) or "unknown"
        struck = None if exchange.kind in WELL else self._dice.fault(exchange.kind)
        if struck is None:
            self._counts.add(exchange.kind, status)
            return True
        exchange.fault, exchange.source = struck
        return False

    async def _spoil(self, scope: Scope, exchange: "_Exchange") -> None:
        fault = exchange.fault
        assert fault is not None  # noqa: S101  (only then is there something to spoil)
        if fault in {"held", "dropped"}:
            self._counts.add(exchange.kind, 0, fault)
            await self._drop(scope, fault)
            return
        bad = spoilt(fault, exchange.answered(), exchange.source, self._dice.faults)
        self._counts.add(exchange.kind, bad.status, fault)
        await exchange.send({"type": "http.response.start", "status": bad.status, "headers": bad.headers})
        await exchange.send({"type": "http.response.body", "body": bad.body})

    async def _drop(self, scope: Scope, fault: Fault) -> None:
        if fault == "held":
            await self._clock.sleep(self._dice.faults.hold)
        drop: Callable[[], None] | None = (scope.get("extensions") or {}).get(DROP, {}).get("now")
        if drop is None:
            raise ConnectionResetError("the simulated host drops this connection")
        drop()
        # The server learns of it in its loop's next turn, and then asks for no answer any more.
        await self._clock.sleep(0)


class _Exchange:
    """One request's answer on its way out: passed on, or kept until it is whole."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.kind = ""
        self.fault: Fault | None = None
        self.source = random.Random()
        self._start: Message = {}
        self._body = bytearray()

    def passing(self, settle: Callable[[int], bool]) -> Send:
        """Return what the application sends to; *settle* is told the status and says whether the answer passes."""

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if settle(message["status"]):
                    await self.send(message)
                else:
                    self._start = message
            elif self.fault is None:
                await self.send(message)
            else:
                self._body += message.get("body", b"")

        return passed

    def answered(self) -> Answered:
        """Return the answer that was kept."""
        return Answered(self._start["status"], list(self._start.get("headers", ())), bytes(self._body))
